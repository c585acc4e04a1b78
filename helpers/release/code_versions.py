"""The job that says what dirs' code would be released as: from their tags and their commits."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import (
    CodeTag,
    NextVersion,
    ReadTags,
    raise_version,
    read_tags,
    tags_below,
)
from helpers.model.commits import Meaning
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.fetch_command import fetch_command
from helpers.model.groups import grouped
from helpers.model.inputs import ROOT
from helpers.model.numbers import list_few
from helpers.model.repo import Repo
from helpers.release.changes_since import ChangesSince
from helpers.release.released_dirs import ReleasedDir, TagNames
from helpers.release.remote_tags import LackedTags, begin_asking
from helpers.vcs import commit_log
from helpers.vcs.commit_log import LoggedCommit, Logs, reading_logs
from helpers.vcs.file_history import has_commits

Result = NextVersion | HelpersError


class Asked(StrEnum):
    """The dirs of which the remote is asked for releases."""

    ALL = "all"
    # Those without a release here: who releases compares the tags of the others itself.
    NEW = "new"
    NONE = ""


def next_versions(
    repo: Repo,
    dirs: Sequence[ReleasedDir],
    inputs: RepoInputs,
    listen: Listener,
    ask: Asked = Asked.ALL,
    logs: Logs | None = None,
) -> dict[str, Result]:
    """What dirs' code would be released as, by dir; or why that cannot be said.

    Args:
        ask: the dirs for whose releases, which this clone may lack, the remote is asked.
        logs: the histories, where git reads them already.

    Raises:
        HelpersError: the history of a repo is not all there, or tags are not.
        ProcessError: git fails.
    """
    if logs is None:
        with reading_logs(repo.root) as begun:
            return next_versions(repo, dirs, inputs, listen, ask, begun)
    found: dict[str, Result] = {}
    for place, some in grouped((one.place, one) for one in dirs).items():
        tags = _Tags(repo, place, some)
        tags.check_history()
        tags.read(listen)
        # The remote answers while git reads the history.
        answer = tags.begin_asking(ask) if ask else LackedTags
        its = _of_checkout(tags, inputs, logs(place), listen)
        tags.check_remote(answer(), listen, _following(its))
        found |= its
    return {one.name: found[one.name] for one in dirs}


def read_releases(
    repo: Repo, dirs: Sequence[ReleasedDir], listen: Listener
) -> dict[str, tuple[CodeTag, ...] | HelpersError]:
    """The releases of dirs from all branches, the newest version first; or what is wrong.

    Raises:
        HelpersError: the history of a repo is not all there.
        ProcessError: git fails.
    """
    found: dict[str, tuple[CodeTag, ...] | HelpersError] = {}
    for place, some in grouped((one.place, one) for one in dirs).items():
        tags = _Tags(repo, place, some)
        tags.check_history()
        tags.read(listen)
        found |= {**tags.released, **tags.refused}
    return {one.name: found[one.name] for one in dirs}


def last_releases(
    repo: Repo, dirs: Sequence[ReleasedDir], listen: Listener
) -> dict[str, CodeTag | HelpersError | None]:
    """The newest release of each dir in the history of HEAD; None: there is none.

    Raises:
        HelpersError: the history of a repo is not all there.
        ProcessError: git fails.
    """
    found: dict[str, CodeTag | HelpersError | None] = {}
    for place, some in grouped((one.place, one) for one in dirs).items():
        tags = _Tags(repo, place, some)
        tags.check_history()
        tags.read(listen)
        tags.check_remote(tags.begin_asking()(), listen)
        found |= {one.name: tags.refused.get(one.name) or tags.last.get(one.name) for one in some}
    return found


def _following(found: Mapping[str, Result]) -> list[str]:
    return [one.tag for one in found.values() if isinstance(one, NextVersion) and one.tag]


def _of_checkout(
    tags: "_Tags", inputs: RepoInputs, log: Iterable[LoggedCommit], listen: Listener
) -> dict[str, Result]:
    found: dict[str, Result] = dict(tags.refused)
    good = [one for one in tags.dirs if one.name not in found]
    last = tags.last
    releases = {name: tag.commit for name, tag in last.items()}
    since = ChangesSince(tags.repo, tags.place, good, releases, inputs)
    changes = since.read(log) if good else {}
    is_tag = TagNames(tags.repo, tags.place, sorted(inputs.tree.dirs))
    # Of a dir that moved, what a commit touches has another name now.
    heard = {one.commit for its in changes.values() for one in its.asking if one.is_own}
    _tell_ignored({id: one for id, one in since.apart.items() if id not in heard}, is_tag, listen)
    for one in good:
        plain = NextVersion(one.name, one.image_name, one.prefix, last.get(one.name), None)
        its = changes[one.name]
        try:
            made = raise_version(plain, its.touching, one.config, its.asking, is_tag)
            found[one.name] = _free(made, tags.every)
        except HelpersError as error:
            found[one.name] = error
    return found


def _tell_ignored(asking: Mapping[str, Meaning], is_tag: TagNames, listen: Listener) -> None:
    """Tell of commits that ask for versions, name no dir's tag and touch no dir's code."""
    for commit, meaning in asking.items():
        if lost := [text for text in meaning.release_as if not is_tag(text)]:
            said = f"{commit[:12]} {meaning.title[:80]}: Release-As: {' and '.join(lost)[:80]}"
            why = "names no tag of a dir, and the commit touches no dir's code"
            listen(Notice(f"ignored, since it {why}: {said}"))


@dataclass(slots=True)
class _Tags:
    """The tags of one checkout.

    Attributes:
        place: the checkout, as a path below the repo's root.
        every: all tags by name, with their commits.
        released: by dir, its releases, the newest version first.
        last: by dir, its newest release in the history of HEAD.
        refused: by dir, what is wrong with its tags.
    """

    repo: Repo
    place: str
    dirs: Sequence[ReleasedDir]
    every: Mapping[str, str] = field(default_factory=dict)
    released: Mapping[str, tuple[CodeTag, ...]] = field(default_factory=dict)
    last: Mapping[str, CodeTag] = field(default_factory=dict)
    refused: Mapping[str, HelpersError] = field(default_factory=dict)

    def check_history(self) -> None:
        """Make sure that all commits are there, and at least one is.

        Raises:
            HelpersError: they are not.
        """
        root = self.repo.root / self.place
        commit_log.check_complete(root, self._folder)
        if not has_commits(root):
            raise HelpersError(
                "there is no commit yet, so no version follows",
                where=str(root),
                fix=f"{self._git} commit --allow-empty -m 'chore: begin'",
            )

    def read(self, listen: Listener) -> None:
        """Read what is there; what only looks like a version is told once."""
        root = self.repo.root / self.place
        listed = commit_log.read_tags(root, merged=False)
        here = {name for name, _ in commit_log.read_tags(root, merged=True)} if listed else set()
        read: dict[str, ReadTags] = {}
        refused = {}
        for one in self.dirs:
            try:
                read[one.name] = read_tags(one.prefix, tags_below(listed, one.prefix), one.name)
            except HelpersError as error:
                refused[one.name] = error
        last = {
            name: next((tag for tag in its.released if tag.name in here), None)
            for name, its in read.items()
        }
        self.every, self.refused = dict(listed), refused
        self.released = {name: its.released for name, its in read.items()}
        self.last = {name: tag for name, tag in last.items() if tag}
        good = {tag.name for its in read.values() for tag in its.released}
        ignored = sorted({name for its in read.values() for name in its.ignored} - good)
        if ignored:
            said = "ignored, since what follows the name is no version"
            listen(Notice(f"{said}: {list_few(ignored)}"))

    def begin_asking(self, ask: Asked = Asked.ALL) -> Callable[[], LackedTags]:
        """Ask the remote for tags that are not here; what waits for its answer."""
        known = {*self.refused, *(self.last if ask is Asked.NEW else ())}
        asked = [one for one in self.dirs if one.name not in known]
        return begin_asking(self.repo.root / self.place, asked, self.last, self.every)

    def check_remote(
        self, found: LackedTags, listen: Listener, following: Iterable[str] = ()
    ) -> None:
        """Make sure that no release of a dir is lacked here which decides what comes next.

        Args:
            following: the tags that would come next.

        Raises:
            HelpersError: one is.
        """
        if found.error:
            new = [one.name for one in self.dirs if one.name not in {*self.last, *self.refused}]
            missed = "releases that are not here would be missed"
            if new:
                missed = f"without a tag here, {list_few(new)} counts as never released"
            listen(Notice(f"{found.error}; {missed}"))
        if missing := found.needed(following):
            raise HelpersError(
                f"{found.remote} has tags that this clone lacks: {list_few(missing)}",
                where=str(self.repo.root / self.place),
                fix=fetch_command(found.remote, folder=self._folder, tags=True),
            )

    @property
    def _git(self) -> str:
        """Git for the checkout, as people type it."""
        return f"git -C {shlex.quote(self._folder)}" if self._folder else "git"

    @property
    def _folder(self) -> str:
        """Where the checkout is, for commands; empty: people type them there."""
        return "" if self.place == ROOT else str(self.repo.root / self.place)


def _free(made: NextVersion, tags: Mapping[str, str]) -> NextVersion:
    """The same, whose tag is free.

    Raises:
        HelpersError: a commit outside of this branch has it.
    """
    if made.tag in tags:
        raise HelpersError(
            f"{made.tag} would follow, and is released from another branch already",
            where=f"{made.dir}: {tags[made.tag][:12]} is not in the history of HEAD",
            fix=f"git merge {shlex.quote(made.tag)}",
        )
    return made
