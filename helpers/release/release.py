"""Release an image: check, build, test, push by digest, and only then move the tags."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from helpers.engine.client import Client
from helpers.engine.containers import find_image, tag_image, untag_image
from helpers.images.build import build_planned
from helpers.images.inspection import inspecting
from helpers.images.packages import read_packages
from helpers.images.resolve import choose_named
from helpers.images.sbom import make_sbom
from helpers.model import labels
from helpers.model.changelog import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import Descriptor
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, ReleaseStep
from helpers.model.image import ImageName
from helpers.model.names import digest_of
from helpers.model.platform import variant
from helpers.model.repo import Repo
from helpers.model.results import DirState
from helpers.registry.errors import RegistryError
from helpers.release.attestations import CYCLONEDX, PROVENANCE, Attested, Origin, attest, provenance
from helpers.release.checks import check_release, released_before, taken
from helpers.release.claim import Claim, Owner
from helpers.release.plan import ReleasePlan, TagsPlan
from helpers.release.publish import (
    Index,
    make_index,
    move_tag,
    push_image,
    push_index,
    read_index,
    restoring,
)
from helpers.release.published_versions import OWNER, RELEASED
from helpers.release.targets import Target, open_access, targets
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import WORKING_FOLDER, Lease, working_folder
from helpers.system.repo_files import read_changelog
from helpers.testing.request import TestRequest
from helpers.testing.run import run_tests
from helpers.vcs.discovery import discover_dirs

# Each is asked of a registry that lacks a layer.
_SIBLINGS = 4


@dataclass(frozen=True, slots=True)
class Released:
    """What a release came to.

    Attributes:
        digest: of the index that the tags name.
        anew: otherwise it had been made before, and nothing was left to do.
    """

    reference: str
    digest: str
    anew: bool = True


@dataclass(frozen=True, slots=True)
class Releaser:
    """Makes releases of a repo's images."""

    client: Client
    repo: Repo
    host: Host
    listen: Listener
    interrupted: Callable[[], bool] = lambda: False

    def release(self, plan: ReleasePlan) -> Released:
        """Carry out a plan; whatever fails, the floating tags stay where they were.

        Raises:
            HelpersError: with what to do; nothing is half-released, and the same command goes on
                where this one ended.
        """
        self.check(plan)
        with self.claimed(plan) as claims:
            # Asked again: somebody may have been faster.
            done = released_before(plan, claims.targets, partial(self._tell, plan))
            if done:
                self._keep_tags(plan)
                return _before(plan, claims.targets, done)
            started = now()
            try:
                build_planned(self.repo, plan.builds, self.host, self.listen)
                self._test(plan)
            except HelpersError:
                # On one engine, who was faster has images of the same names: that says more.
                with suppress(RegistryError):
                    for claim in claims.claims:
                        claim.check()
                raise
            return self._publish(plan, claims, [one.reference for one in plan.builds], started)

    def push(self, plan: ReleasePlan, references: Sequence[str]) -> Released:
        """Push images that were built earlier; they are not tested again.

        Args:
            references: the images on this engine, one for each platform.

        Raises:
            HelpersError: as `release`.
        """
        self.check(plan)
        with self.claimed(plan) as claims:
            return self._publish(plan, claims, references, now())

    def check(self, plan: ReleasePlan) -> Released | None:
        """Look whether a plan can be carried out, without changing anything here or elsewhere.

        Returns:
            The same release, where it was made before.

        Raises:
            HelpersError: it cannot, as `release` and `push` would say.
        """
        found = self._targets(plan)
        owner = read_owner(self.repo, self.host, keep=False)
        done = check_release(plan, self.repo.checkout, found, owner, partial(self._tell, plan))
        return _before(plan, found, done) if done else None

    @contextmanager
    def claimed(self, plan: TagsPlan) -> "Iterator[Claims]":
        """The right to move the tags of an image, in all registries of a plan.

        Raises:
            HelpersError: somebody else has it, or a registry refuses.
        """
        found = self._targets(plan)
        owner = read_owner(self.repo, self.host)
        what = f"{plan.image_name} {plan.version_tag}"
        lease = f"release-{_short(f'{plan.stage} {plan.image_name}')}"
        with ExitStack() as stack:
            try:
                stack.enter_context(Lease(self.repo.root, lease, wait=False))
            except BlockingIOError:
                raise HelpersError(
                    f"a release of {plan.image_name} for {plan.stage} is already running here",
                    where=str(plan.runnable_dir.root),
                    fix="wait until it is done",
                ) from None
            claims = []
            for target in found:
                self._tell(plan, f"claim {target}")
                claims.append(stack.enter_context(Claim(target, plan.stage, owner, what)))
            yield Claims(found, tuple(claims))

    def _targets(self, plan: TagsPlan) -> tuple[Target, ...]:
        access = open_access(self.repo, self.host, self.listen)
        return targets(self.repo, access, plan.runnable_dir, plan.image_name, tuple(plan.addresses))

    # --- Steps ----------------------------------------------------------------------------------

    def _test(self, plan: ReleasePlan) -> None:
        """Run the tests in the very images.

        Raises:
            HelpersError: they do not pass.
        """
        for build in plan.tests:
            if build not in plan.builds:
                build_planned(self.repo, [build], self.host, self.listen)
                self._check_same(plan, build.reference, build.platform)
            self._tell(plan, f"test in {build.reference}")
            item = plan.runnable_dir
            request = TestRequest(
                dirs=(item,),
                every_dir=tuple(discover_dirs(self.repo)),
                suite=plan.options.suite,
                stage=plan.stage,
                platform="" if build.platform == self.host.platform else build.platform,
                images={item.name: build.reference},
                build=False,
            )
            result = run_tests(
                self.client, self.repo, self.host, request, self.listen, self.interrupted
            )
            state = result.dirs[0].state
            log = result.dirs[0].log or result.folder
            if state is not DirState.PASSED:
                raise HelpersError(
                    f"nothing was released: the tests of {result.dirs[0].name} ended with: {state}",
                    where=f"{build.reference}\n{log}",
                    fix="write a test, commit, push, then the same command"
                    if state is DirState.NO_TESTS
                    else f"fix what {log} says, commit, push, then the same command",
                )

    def _check_same(self, plan: ReleasePlan, tests: str, platform: str) -> None:
        """What tests run in must be the image itself, with something on top."""
        (image,) = [one.reference for one in plan.builds if one.platform == platform]
        own, above = (_layers(self.client, one) for one in (image, tests))
        if above[: len(own)] != own:
            raise HelpersError(
                "the test image is not the production image plus layers",
                where=f"{image}, {tests}",
                fix="release again; if that does not help, after a build with --no-cache",
            )

    def _publish(
        self, plan: ReleasePlan, claims: "Claims", references: Sequence[str], started: str
    ) -> Released:
        found = claims.targets
        siblings = self._siblings(plan)
        images: list[Descriptor] = []
        for reference in references:
            self._tell(plan, f"push {reference} by its digest")
            images.append(push_image(self.client, reference, found, siblings).manifest)
        index, attested = self._index(plan, found, images, references, started)
        for target in found:
            self._tell(plan, f"push the index {index.descriptor.digest[:19]} to {target}")
            push_index(target, index, attested)
        claims.confirm()
        for target in found:
            self._tell(plan, f"tag {target}:{plan.version_tag}")
            there = read_index(target.repository, plan.version_tag)
            if there and there.descriptor.digest != index.descriptor.digest:
                raise taken(target, plan, there)
            move_tag(target, plan.version_tag, index)
        claims.confirm()
        self._tell(plan, f"move {plan.floating_tag}")
        restoring(
            found,
            plan.floating_tag,
            index,
            lambda target, before: self._tell(plan, _moved(target, plan, before)),
        )
        self._keep_tags(plan)
        return Released(f"{found[0]}:{plan.version_tag}", index.descriptor.digest)

    def _index(
        self,
        plan: ReleasePlan,
        found: Sequence[Target],
        images: Sequence[Descriptor],
        references: Sequence[str],
        started: str,
    ) -> tuple[Index, list[Attested]]:
        """The index: that of an earlier attempt, where its images are these."""
        digests = {image.digest for image in images}
        for target in found:
            there = read_index(target.repository, plan.version_tag)
            if there is None:
                continue
            if {one.digest for one in there.images} != digests:
                raise taken(target, plan, there)
            # What it names is pushed to the others as well.
            return there, _attested(target, there)
        attested = [
            self._attest(plan, image, reference, started)
            for image, reference in zip(images, references, strict=True)
        ]
        annotations = {
            RELEASED: now(),
            OWNER: read_owner(self.repo, self.host).name,
            labels.OCI_VERSION: str(plan.version),
            labels.OCI_REVISION: plan.published.commit,
        }
        if plan.options.forced:
            annotations[labels.FORCED] = plan.options.forced
        return make_index(images, attested, annotations), attested

    def _attest(
        self, plan: ReleasePlan, image: Descriptor, reference: str, started: str
    ) -> Attested:
        self._tell(plan, f"list the packages of {reference}")
        # By the name that it gets: the one that it has now ends with the release.
        shown = f"{self.repo.image_name(plan.image_name)}:{plan.version_tag}"
        chosen = replace(choose_named(self.client, reference, plan.stage), reference=shown)
        local = chosen.image
        with inspecting(self.repo) as labelled:
            packages = read_packages(self.client, local.id, labelled)
        origin = Origin(
            parameters={
                "dir": plan.runnable_dir.name,
                "stage": str(plan.stage),
                "version": str(plan.version),
                "platform": image.platform,
            },
            source=plan.published.remote,
            commit=plan.published.commit,
            base=(
                local.labels.get(labels.OCI_BASE_NAME, ""),
                local.labels.get(labels.OCI_BASE_DIGEST, ""),
            ),
            owner=read_owner(self.repo, self.host).name,
            started=started,
            ended=now(),
        )
        predicates = {
            CYCLONEDX: make_sbom(packages, chosen),
            PROVENANCE: provenance(origin),
        }
        return attest(image, shown, predicates)

    def _siblings(self, plan: ReleasePlan) -> list[str]:
        """Other images on the same layers, from which a registry may take these over."""
        names = {changelog.image_name for changelog in _changelogs(self.repo)}
        return sorted(names - {plan.image_name})[:_SIBLINGS]

    def _keep_tags(self, plan: ReleasePlan) -> None:
        """On this engine the released images get their last names, and lose those of a release."""
        name = self.repo.image_name(plan.image_name)
        for build in (*plan.builds, *plan.tests):
            image = find_image(self.client, build.reference)
            if image is None:
                continue
            if build in plan.builds:
                for tag in local_names(name, plan, build.platform, self.host):
                    tag_image(self.client, image.id, tag)
            untag_image(self.client, build.reference)

    def _tell(self, plan: TagsPlan, text: str) -> None:
        self.listen(ReleaseStep(plan.runnable_dir.name, text))


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one release, and where they were made."""

    targets: tuple[Target, ...]
    claims: tuple[Claim, ...]

    def confirm(self) -> None:
        """Make sure that all of them count.

        Raises:
            HelpersError: somebody else was faster.
        """
        for claim in self.claims:
            claim.confirm()


def local_names(name: ImageName, plan: ReleasePlan, platform: str, host: Host) -> tuple[str, str]:
    """What a released image is called on this engine."""
    ending = variant(platform, host.platform)
    return (
        name.tagged(plan.stage, plan.version, variant=ending),
        name.tagged(plan.stage, None, variant=ending),
    )


def read_owner(repo: Repo, host: Host, *, keep: bool = True) -> Owner:
    """Who works in this checkout; the same for it alone, as long as it is there.

    Args:
        keep: write down who that is; otherwise a checkout that never released is a new one.
    """
    # Imported here: only releases need the machine's name.
    import socket

    path = repo.root / WORKING_FOLDER / "identity"
    key = path.read_text().strip() if path.is_file() else ""
    if not key:
        key = secrets.token_hex(16)
        if keep:
            write_atomic(working_folder(repo.root) / path.name, key)
    return Owner(key, f"{host.user.name}@{socket.gethostname()}")


def _changelogs(repo: Repo) -> Iterator[Changelog]:
    """Those of the repo's dirs that can be read."""
    for item in discover_dirs(repo):
        with suppress(HelpersError):
            yield read_changelog(item)


def _layers(client: Client, reference: str) -> list[str]:
    found = client.get(f"/images/{reference}/json") or {}
    return list((found.get("RootFS") or {}).get("Layers") or ())


def _attested(target: Target, index: Index) -> list[Attested]:
    """What is said about the images of an index, as it was pushed."""
    found = []
    for entry in index.entries:
        if entry in index.images:
            continue
        manifest = read_index(target.repository, entry.digest)
        if manifest is None:
            continue
        blobs = {}
        for digest in manifest.blobs:
            blobs[digest] = target.repository.blob(digest)
        found.append(Attested(entry, manifest.content, blobs))
    return found


def _before(plan: ReleasePlan, found: Sequence[Target], digest: str) -> Released:
    return Released(f"{found[0]}:{plan.version_tag}", digest, anew=False)


def _moved(target: Target, plan: ReleasePlan, before: str) -> str:
    return f"moved {target}:{plan.floating_tag} (before: {before[:19] or 'nothing'})"


def now() -> str:
    """The time, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _short(text: str) -> str:
    return digest_of(text, 12)
