"""What a release will do: decided here, carried out in `release`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from helpers.images.build import plan_images
from helpers.images.build_plan import BuildOptions, BuildPlan
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.image import ImageName, Stage
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.results import Suite
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.release.claim import CLAIM_TAG
from helpers.release.targets import registries
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config
from helpers.vcs.moves import told
from helpers.vcs.pinned import uncommitted
from helpers.vcs.remote import Published, publish_commands, read_published


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """What the user asks of a release.

    Attributes:
        version: must be the changelog's, as a check.
        platforms: none: what the dir's or the repo's settings say, or the host's own.
        registries: by name; none: the one that images are named after.
        forced: why it is made although the tree is not clean or the commit not pushed.
        suite: which tests must pass.
        test_platforms: all of them, or the host's own.
    """

    stage: Stage
    version: Version | None = None
    platforms: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    forced: str = ""
    suite: Suite = Suite.FAST
    test_all_platforms: bool = False


@dataclass(frozen=True, slots=True)
class TagsPlan:
    """Which tags of an image are moved, and where.

    Attributes:
        addresses: the registries by name.
    """

    runnable_dir: RunnableDir
    stage: Stage
    version: Version
    image_name: str
    addresses: Mapping[str, str]

    @property
    def version_tag(self) -> str:
        """The tag that only this release ever has."""
        return f"{self.stage}-{self.version}"

    @property
    def floating_tag(self) -> str:
        """The tag that means the newest."""
        return str(self.stage)

    @property
    def names(self) -> tuple[str, ...]:
        """The image's name in each registry."""
        return tuple(str(ImageName(self.image_name, one)) for one in self.addresses.values())


@dataclass(frozen=True, slots=True)
class RollbackPlan(TagsPlan):
    """A rollback, before it is done."""

    def __str__(self) -> str:
        lines = [f"claim {name}:{CLAIM_TAG.format(stage=self.stage)}" for name in self.names]
        lines += [f"check that {name}:{self.version_tag} is there" for name in self.names]
        moved = f"to {self.version_tag}, read it back"
        return "\n".join([*lines, *(f"move {n}:{self.floating_tag} {moved}" for n in self.names)])


@dataclass(frozen=True, slots=True)
class ReleasePlan(TagsPlan):
    """A release, before it is made.

    Attributes:
        builds: the images, one for each platform.
        tests: those that tests run in; those of `builds` themselves, but for production.
    """

    builds: tuple[BuildPlan, ...]
    tests: tuple[BuildPlan, ...]
    published: Published
    options: ReleaseOptions

    def __str__(self) -> str:
        return "\n".join(self.steps())

    def steps(self) -> list[str]:
        """Every step in its order, with the names that it uses."""
        forced = f" (forced: {self.options.forced})" if self.options.forced else ""
        commit = self.published.commit[:12] or "no commit"
        lines = [f"check that the tree is clean and {commit} is pushed{forced}"]
        lines += [*self.claim_steps(), *(str(plan) for plan in self.builds)]
        for plan in self.tests:
            if plan not in self.builds:
                lines.append(f"build {plan.reference}: the same, with what tests need")
            lines.append(f"test in {plan.reference} ({self.options.suite} tests)")
        lines += [*self.push_steps([plan.reference for plan in self.builds]), *self.tag_steps()]
        local = ImageName(self.image_name, next(iter(self.addresses.values())))
        lines.append(f"tag {local}:{self.version_tag} and {local}:{self.stage} on this engine")
        return lines

    def check_published(self, root: Path) -> None:
        """Make sure that others can have what is released.

        Raises:
            HelpersError: they cannot, and no reason is given.
        """
        if not self.options.forced:
            check_published(self.published, root)

    def claim_steps(self) -> list[str]:
        """What keeps others from doing the same."""
        lines = [f"claim {name}:{CLAIM_TAG.format(stage=self.stage)}" for name in self.names]
        return [*lines, *(f"check that {n}:{self.version_tag} is not there" for n in self.names)]

    def push_steps(self, references: Sequence[str]) -> list[str]:
        """What brings images to the registries, where no tag names them yet."""
        lines = []
        for name in self.names:
            lines += push_lines(name, references)
            lines.append("push their index, with lists of packages and provenance")
        return lines

    def tag_steps(self) -> list[str]:
        """What makes it a release."""
        lines = [f"tag {name}:{self.version_tag}, read it back" for name in self.names]
        return [*lines, *(f"move {name}:{self.floating_tag}, read it back" for name in self.names)]


def plan_release(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    options: ReleaseOptions,
    inputs: RepoInputs | None = None,
) -> ReleasePlan:
    """Decide what a release does now.

    Raises:
        HelpersError: the repo has no such registry, or what an image is made from is malformed.
    """
    repo = repo.of(runnable_dir.name)
    addresses = registries(repo, options.registries)
    platforms = platforms_of(repo, runnable_dir, host, options.platforms)
    build = BuildOptions(
        version=options.version,
        stage=options.stage,
        platforms=platforms,
        releasing=checkout_key(repo),
        forced=options.forced,
        write_cache=repo.config.build_cache,
    )
    builds = plan_images(repo, runnable_dir, host, build, inputs)
    return ReleasePlan(
        runnable_dir=runnable_dir,
        stage=options.stage,
        version=builds[0].version,
        image_name=builds[0].image_name,
        builds=tuple(builds),
        tests=tuple(_tested(repo, runnable_dir, host, builds, options, inputs)),
        addresses=addresses,
        published=read_published(repo.checkout),
        options=options,
    )


def push_lines(name: str, references: Iterable[str]) -> list[str]:
    """What brings images to a registry, each by itself."""
    return [f"push {reference} to {name} by its digest" for reference in references]


def platforms_of(
    repo: Repo, runnable_dir: RunnableDir, host: Host, wanted: Sequence[str]
) -> tuple[str, ...]:
    """The platforms that a dir's images are released for."""
    config = read_dir_config(runnable_dir)
    found = tuple(wanted) or config.platforms or repo.of(runnable_dir.name).config.platforms
    return found or (host.platform,)


def checkout_key(repo: Repo) -> str:
    """What tells this checkout's images from those of another, while they are being released."""
    return digest_of(str(repo.root), 8)


def check_published(published: Published, root: Path) -> None:
    """Make sure that others can have what is released.

    Raises:
        HelpersError: the tree is not clean, or its commit is not pushed.
    """
    where, changed = str(root), uncommitted(root) if published.dirty else []
    if not published.commit:
        what = "there is no commit to release"
    elif published.dirty:
        what = "the tree is not clean: no commit would have what is released"
        where += f": {told(changed)}" if changed else ""
    elif not published.pushed:
        what = f"the commit {published.commit[:12]} is not pushed"
    else:
        return
    raise HelpersError(what, where=where, fix=or_forced(publish_commands(root)))


def or_forced(commands: Iterable[str]) -> str:
    """The fix by commands, and the way around it."""
    return "\n".join([*commands, 'or continue with --force "<reason>"'])


def _tested(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    builds: Sequence[BuildPlan],
    options: ReleaseOptions,
    inputs: RepoInputs | None,
) -> list[BuildPlan]:
    own = [plan for plan in builds if plan.platform == host.platform]
    chosen = list(builds) if options.test_all_platforms or not own else own
    if options.stage is not Stage.PROD:
        return chosen
    build = BuildOptions(
        version=options.version,
        stage=options.stage,
        platforms=tuple(plan.platform for plan in chosen),
        releasing=checkout_key(repo),
        forced=options.forced,
        for_tests=True,
    )
    return plan_images(repo, runnable_dir, host, build, inputs)
