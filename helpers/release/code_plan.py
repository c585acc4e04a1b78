"""What a release of a dir's code will do: wheel, image, git tag and page as one plan.

What can be made again comes before what cannot: a wheel that is published, a tag that others see.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from helpers.forge.session import Session
from helpers.images.building.builders import Builders
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_notes import CodeNotes
from helpers.model.code_version import NextVersion
from helpers.model.dataclass import dataclass
from helpers.model.fetch_command import fetch_command
from helpers.model.images.code_kind import CodeKind
from helpers.model.packages.index import PackageIndex
from helpers.model.repo import Repo
from helpers.model.results.results import Suite
from helpers.model.runnable_dir import dir_option
from helpers.model.version import Part, Version
from helpers.registry.package_index import IndexClient
from helpers.release.code_steps import (
    BuildWheel,
    CheckAgreement,
    CheckIndex,
    CheckTag,
    CodeStep,
    LeaveOut,
    MakePage,
    PublishWheel,
    TagCommit,
    TestDir,
)
from helpers.release.plan import ReleasePlan, check_published
from helpers.release.published_versions import code_tag, code_versions
from helpers.release.released_dirs import ReleasedDir
from helpers.release.step_kinds import (
    Build,
    CheckRegistry,
    CheckVersion,
    ConfirmLocks,
    MakeIndex,
    MoveTag,
    PushImage,
    PushIndex,
    RenameImage,
    Step,
    TagIndex,
)
from helpers.wheels.options import BuildOptions

OpenIndex = Callable[[Repo, PackageIndex], IndexClient]


@dataclass(frozen=True, slots=True)
class CodeOptions:
    """What the user asks of a release of code.

    Attributes:
        version: instead of the one that the commits say.
        code: how the image has the code; None: from the wheel that is released, if there is one.
        index: where the wheel goes; empty: the one that the dir's settings name, or the only one.
        open_index: gives what speaks with an index of a repo.
        open_forge: gives what speaks with the forge of a repo whose remote has an address, or why
            none can be asked.
        builders: machines that build the image; None: this one.
    """

    open_index: OpenIndex
    open_forge: Callable[[Repo, str], Session | str]
    version: Version | None = None
    code: CodeKind | None = None
    index: str = ""
    suite: str = Suite.FAST
    builders: Builders | None = None


@dataclass(frozen=True, slots=True)
class ReleasedWheel:
    """The wheel of a release.

    Attributes:
        package: its name.
        options: how it is built, for index and image alike.
        client: speaks with the index that it is published at; None: at none.
    """

    package: str
    options: BuildOptions
    client: IndexClient | None


@dataclass(frozen=True, slots=True)
class CodePlan(ReleasePlan):
    """A release of a dir's code, before it is made.

    Attributes:
        code: the dir, and how its versions follow.
        next: what its commits say, with the version that it is released as.
        inputs: what the dir can see.
        notes: what stands on the page, and in the tag.
        remote: where the tag is pushed.
        wheel: None: the dir is no package, or its wheel goes nowhere.
        forge: None: there is no page.
        left_out: the parts that are not there.
        ask: what `release_check` asks indexes with.
        asked: the user named the version: one below it that was published and has no tag is given
            up.
        only: the steps that are left of a release that has its git tag; none: all of them.
    """

    code: ReleasedDir
    next: NextVersion
    inputs: RepoInputs
    notes: CodeNotes
    remote: str
    wheel: ReleasedWheel | None
    forge: Session | None
    left_out: tuple[LeaveOut, ...]
    ask: OpenIndex
    asked: bool = False
    only: tuple[Step, ...] = ()

    @property
    def version_tag(self) -> str:
        """The tag of the image that only this release ever has."""
        return code_tag(self.version)

    @property
    def whole_with(self) -> tuple[str, ...]:
        """None: what follows the tag of the version is looked at by itself."""
        return ()

    @property
    def tag(self) -> str:
        """The git tag."""
        return self.next.tag

    @property
    def commit(self) -> str:
        """The commit that is released."""
        return self.published.commit

    def instead_of_taken(self, commit: str) -> str:
        """What to do where the version has other content.

        Args:
            commit: the one that it was released from; empty: it is not known.
        """
        own = f"i release {dir_option(self.code.name)}"
        another = f"{own} --version {self.version.bumped(Part.PATCH)}"
        ends = f"git switch --detach {commit[:12]} && {own}   (if that release was not ended)\nor "
        return f"{ends * bool(commit)}{self._fetch} && {another}"

    def instead_of_older(self, released: Sequence[Version]) -> str:
        """What to do where newer versions are released."""
        return f"{self._fetch} && git pull, which has {released[0]}"

    @property
    def _fetch(self) -> str:
        return fetch_command(self.remote, tags=True)

    def released(self, tags: Iterable[str]) -> list[Version]:
        """The versions of code among the tags of a registry, newest first."""
        return code_versions(tags)

    def goes_on(self, step: Step) -> bool:
        """Whether a step is still to be done where the registry has the version already."""
        if isinstance(step, CodeStep):
            return isinstance(step, TagCommit | MakePage | LeaveOut | CheckTag)
        return isinstance(step, RenameImage | MoveTag | ConfirmLocks)

    def is_over(self, tag: str) -> bool:
        """Whether a release that was not ended hinders this one no more.

        The user names another version, or it has its git tag, which follows all that stays.

        Args:
            tag: of its image.
        """
        last = self.next.last
        return self.asked or bool(
            last and last.version >= max(code_versions([tag]), default=last.version)
        )

    def check_published(self, root: Path) -> None:
        """Make sure that others can get what is released.

        Raises:
            HelpersError: they cannot.
        """
        check_published(self.published, root, may_force=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order."""
        return self.only or (
            *self.left_out,
            *self._checks(),
            *self.locks,
            # Asked again: somebody may have been faster.
            *([CheckTag(self.remote, self.tag)] if self.names else []),
            *(CheckVersion(name, self.version_tag) for name in self.names),
            *self._makes(),
            *self._publishes(),
            *self._moves(),
            *(one for one in self.renames if one.names),
        )

    def _checks(self) -> Iterator[Step]:
        yield self.commit_check()
        yield CheckTag(self.remote, self.tag)
        yield from map(CheckRegistry, self.names)
        yield from (CheckVersion(name, self.version_tag) for name in self.names)
        yield CheckAgreement(self.code.name)

    def _makes(self) -> Iterator[Step]:
        """What can be made again: nobody sees it."""
        if self.wheel:
            yield BuildWheel(self.wheel.package, str(self.version))
        if self.wheel and self.wheel.client:
            index = str(self.wheel.client.index)
            yield CheckIndex(index, self.wheel.package, str(self.version))
        if not self.builds:
            yield TestDir(self.code.name, self.options.suite)
            return
        references = tuple(plan.reference for plan in self.builds)
        yield Build(self.builds)
        yield from self._test_steps()
        yield from (PushImage(reference, self.names) for reference in references)
        yield MakeIndex(references)
        yield from map(PushIndex, self.names)

    def _publishes(self) -> Iterator[Step]:
        """What stays for ever."""
        if self.names:
            yield ConfirmLocks()
        if self.wheel and self.wheel.client:
            index = str(self.wheel.client.index)
            yield PublishWheel(index, self.wheel.package, str(self.version))
        yield from (TagIndex(name, self.version_tag) for name in self.names)
        # From here on no attempt tests again. The engine takes seconds, while the rest goes on.
        yield from (one for one in self.renames if not one.names)
        yield TagCommit(self.remote, self.tag, self.commit)
        if self.forge:
            yield MakePage(self.forge.place.project, self.tag)

    def _moves(self) -> Iterator[Step]:
        """What says which release is the newest."""
        if self.names and self.code.config.floating:
            yield ConfirmLocks()
        for tag in self.code.config.floating:
            yield from (MoveTag(name, tag, self.version_tag) for name in self.names)
