"""What a release will do: decided here, carried out in `carry_out`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from helpers.images.building.builders import Builders
from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known, plan_images
from helpers.images.building.wheels import Wheels
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import ImageName, Stage
from helpers.model.images.platform import variant
from helpers.model.names import digest_of
from helpers.model.numbers import list_few
from helpers.model.repo import Repo
from helpers.model.results.results import Suite
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.version import Version
from helpers.release.published_commit import Published, publish_commands, read_published
from helpers.release.published_versions import released_versions
from helpers.release.step_kinds import (
    Build,
    BuildForTests,
    CheckCommit,
    CheckRegistry,
    CheckVersion,
    ConfirmLocks,
    MakeIndex,
    MoveTag,
    PushImage,
    PushIndex,
    RenameImage,
    RunTests,
    Step,
    TagIndex,
    TakeLock,
)
from helpers.release.targets import registries
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config
from helpers.vcs.files import uncommitted
from helpers.wheels.for_images import ImageWheels


@dataclass(frozen=True, slots=True)
class ReleaseOptions:
    """What the user asks of a release.

    Attributes:
        version: must be the changelog's, as a check.
        platforms: none: what the dir's or the repo's settings say, or the host's own.
        registries: by name; none: the one that images are named after.
        forced: why it is made although the tree is not clean or the commit not pushed.
        suite: which tests must pass.
        test_all_platforms: tests run on all platforms; otherwise on the host's own.
        code: how a production image has its code; None: as the dir's settings say.
        wheels: makes or gets the wheels that it may come from.
        builders: machines that build; None: this one.
    """

    stage: Stage
    version: Version | None = None
    platforms: tuple[str, ...] = ()
    registries: tuple[str, ...] = ()
    forced: str = ""
    suite: str = Suite.FAST
    test_all_platforms: bool = False
    code: CodeKind | None = None
    wheels: Wheels = field(default_factory=ImageWheels)
    builders: Builders | None = None


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
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order: what a dry run prints, and what is carried out."""
        raise NotImplementedError

    def goes_on(self, step: Step) -> bool:
        """Whether a step is still to be done where the registries have the version already."""
        return isinstance(step, RenameImage)

    def released(self, tags: Iterable[str]) -> list[Version]:
        """The versions among the tags of a registry of which this is one, newest first."""
        return released_versions(tags, self.stage)

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

    @property
    def locks(self) -> tuple[TakeLock, ...]:
        """What keeps others from moving the same tags."""
        return tuple(TakeLock(name, self.stage) for name in self.names)


@dataclass(frozen=True, slots=True)
class ReleasePlan(TagsPlan):
    """A release, before it is made.

    Attributes:
        builds: the images, one for each platform.
        tests: those that tests run in; those of `builds` themselves, but for production.
        renames: what the images of this engine are called once they are released.
    """

    builds: tuple[BuildPlan, ...]
    tests: tuple[BuildPlan, ...]
    published: Published
    options: ReleaseOptions
    renames: tuple[RenameImage, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order."""
        references = tuple(plan.reference for plan in self.builds)
        return (
            *self.first_steps(),
            # Asked again: somebody may have been faster.
            *(CheckVersion(name, self.version_tag) for name in self.names),
            Build(self.builds),
            *self._test_steps(),
            *self.publish_steps(references),
            *self.renames,
        )

    def instead_of_taken(self, commit: str) -> str:  # noqa: ARG002 - of no use here
        """What to do where the version has other content.

        Args:
            commit: the one that it was released from; empty: it is not known.
        """
        bump = '--bump patch --message "<what changed>"'
        dir = dir_option(self.runnable_dir.name)
        return f"i docker_build_local_image {dir} {bump}, then release that"

    @property
    def whole_with(self) -> tuple[str, ...]:
        """The tags that name the same where nothing is left to do."""
        return (self.floating_tag,)

    def instead_of_older(self, released: Sequence[Version]) -> str:
        """What to do where newer versions are released.

        Args:
            released: those that are, newest first.
        """
        if self.version not in released:
            return f"git pull, or put an entry above {released[0]} on top of its changelog"
        dir = dir_option(self.runnable_dir.name)
        return f"i docker_rollback_{self.stage}_image {dir} --version {self.version}"

    def check_published(self, root: Path) -> None:
        """Make sure that others can get what is released.

        Raises:
            HelpersError: they cannot, and no reason is given.
        """
        if not self.options.forced:
            check_published(self.published, root)

    def commit_check(self) -> CheckCommit:
        """What `check_published` checks."""
        forced = f" (forced: {self.options.forced})" if self.options.forced else ""
        commit = self.published.commit[:12] or "no commit"
        return CheckCommit(f"check that the tree is clean and {commit} is pushed{forced}")

    def first_steps(self) -> Iterator[Step]:
        """The checks of a release, which come before anything is built, and its locks."""
        yield self.commit_check()
        yield from map(CheckRegistry, self.names)
        yield from (CheckVersion(name, self.version_tag) for name in self.names)
        yield from self.locks

    def _test_steps(self) -> Iterator[Step]:
        images = {plan.platform: plan.reference for plan in self.builds}
        for plan in self.tests:
            if plan not in self.builds:
                yield BuildForTests(plan, images[plan.platform])
            yield RunTests(plan.reference, plan.platform, self.options.suite)

    def publish_steps(self, references: tuple[str, ...]) -> Iterator[Step]:
        """Push images by their digests, then move the tags to them."""
        yield from (PushImage(reference, self.names) for reference in references)
        yield MakeIndex(references)
        yield from map(PushIndex, self.names)
        yield ConfirmLocks()
        yield from (TagIndex(name, self.version_tag) for name in self.names)
        yield ConfirmLocks()
        yield from (MoveTag(name, self.floating_tag, self.version_tag) for name in self.names)


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
        code=options.code,
        wheels=options.wheels,
        builders=options.builders,
    )
    builds = plan_images(repo, runnable_dir, host, build, Known(inputs))
    tests = _tested(repo, runnable_dir, host, builds, options, inputs)
    return ReleasePlan(
        runnable_dir=runnable_dir,
        stage=options.stage,
        version=builds[0].version,
        image_name=builds[0].image_name,
        addresses=addresses,
        builds=tuple(builds),
        tests=tuple(tests),
        published=read_published(repo.checkout),
        options=options,
        renames=tuple(_renames(repo, host, builds, tests)),
    )


def _renames(
    repo: Repo, host: Host, builds: Sequence[BuildPlan], tests: Sequence[BuildPlan]
) -> Iterator[RenameImage]:
    """Give the released images of this engine their final names instead of temporary ones."""
    for plan in builds:
        name, ending = repo.image_name(plan.image_name), variant(plan.platform, host.platform)
        versions = (plan.version, None)
        names = (name.tagged(plan.stage, version, variant=ending) for version in versions)
        yield RenameImage(plan.reference, tuple(names))
    yield from (RenameImage(plan.reference) for plan in tests if plan not in builds)


def platforms_of(
    repo: Repo, runnable_dir: RunnableDir, host: Host, wanted: Sequence[str]
) -> tuple[str, ...]:
    """The platforms that a dir's images are released for."""
    config = read_dir_config(runnable_dir)
    found = tuple(wanted) or config.platforms or repo.of(runnable_dir.name).config.platforms
    return found or (host.platform,)


def checkout_key(repo: Repo) -> str:
    """A key in the names of images while they are released: no other checkout has the same."""
    return digest_of(str(repo.root), 8)


def check_published(published: Published, root: Path, *, may_force: bool = True) -> None:
    """Make sure that others can have what is released.

    Args:
        may_force: the command has an option for that.

    Raises:
        HelpersError: the tree is not clean, or its commit is not pushed.
    """
    where, changed = str(root), uncommitted(root) if published.dirty else []
    if not published.commit:
        what = "there is no commit to release"
    elif published.dirty:
        what = "the tree is not clean: what is released would be in no commit"
        where += f": {list_few(changed)}" if changed else ""
    elif not published.pushed:
        what = f"the commit {published.commit[:12]} is not pushed"
    else:
        return
    commands = publish_commands(root)
    fix = or_forced(commands) if may_force else "\n".join(commands)
    raise HelpersError(what, where=where, fix=fix)


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
        code=options.code,
        wheels=options.wheels,
        builders=options.builders,
    )
    return plan_images(repo, runnable_dir, host, build, Known(inputs))
