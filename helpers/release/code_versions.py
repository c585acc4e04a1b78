"""The job that says what dirs' code would be released as: from their tags and their commits."""

import shlex
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import CodeTag, NextVersion, ReadTags, raise_version, read_tags
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
from helpers.vcs import commit_log
from helpers.vcs.commit_log import LoggedCommit, Logs, reading_logs
from helpers.vcs.file_history import has_commits
from helpers.vcs.refs import main_remote

Result = NextVersion | HelpersError


def next_versions(
    repo: Repo,
    dirs: Sequence[ReleasedDir],
    inputs: RepoInputs,
    listen: Listener,
    *,
    ask_remote: bool = True,
    logs: Logs | None = None,
) -> dict[str, Result]:
    """What dirs' code would be released as, by dir; or why that cannot be said.

    Args:
        ask_remote: whether tags of a dir without any are there, where the repo comes from.
        logs: the histories, where git reads them already.

    Raises:
        HelpersError: the history of a repo is not all there.
        ProcessError: git fails.
    """
    if logs is None:
        with reading_logs(repo.root) as begun:
            return next_versions(repo, dirs, inputs, listen, ask_remote=ask_remote, logs=begun)
    found: dict[str, Result] = {}
    for place, some in grouped((one.place, one) for one in dirs).items():
        tags = _Tags(repo, place, some)
        tags.check_history()
        tags.read(listen)
        if ask_remote:
            tags.check_remote(listen)
        found |= _of_checkout(tags, inputs, logs(place), listen)
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
        tags.check_remote(listen)
        found |= {one.name: tags.refused.get(one.name) or tags.last.get(one.name) for one in some}
    return found


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
    for commit, meaning in since.apart.items():
        if lost := [text for text in meaning.release_as if not is_tag(text)]:
            said = f"{commit[:12]} {meaning.title[:80]}: Release-As: {' and '.join(lost)[:80]}"
            why = "names no tag of a dir, and the commit touches no dir's code"
            listen(Notice(f"ignored, since it {why}: {said}"))
    for one in good:
        plain = NextVersion(one.name, one.image_name, one.prefix, last.get(one.name), None)
        its = changes[one.name]
        try:
            made = raise_version(plain, its.touching, one.config, its.asking, is_tag)
            found[one.name] = _free(made, tags.every)
        except HelpersError as error:
            found[one.name] = error
    return found


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
                read[one.name] = read_tags(one.prefix, _below(listed, one.prefix), one.name)
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

    def check_remote(self, listen: Listener) -> None:
        """Make sure that dirs without a release have none where the repo comes from, either.

        Raises:
            HelpersError: tags are there that are not here.
        """
        root = self.repo.root / self.place
        new = [one for one in self.dirs if one.name not in {*self.last, *self.refused}]
        remote = main_remote(root) if new else ""
        if not remote:
            return
        try:
            there = commit_log.remote_tags(root, remote, [one.prefix for one in new])
        except HelpersError as error:
            names = list_few(one.name for one in new)
            listen(Notice(f"{error.what}; without a tag here, {names} counts as never released"))
            return
        missing = sorted(there.keys() - self.every.keys())
        if missing:
            raise HelpersError(
                f"{remote} has tags that this clone lacks: {list_few(missing)}",
                where=str(root),
                fix=fetch_command(remote, folder=self._folder, tags=True),
            )

    @property
    def _git(self) -> str:
        """Git for the checkout, as people type it."""
        return f"git -C {shlex.quote(self._folder)}" if self._folder else "git"

    @property
    def _folder(self) -> str:
        """Where the checkout is, for commands; empty: people type them there."""
        return "" if self.place == ROOT else str(self.repo.root / self.place)


def _below(tags: Sequence[tuple[str, str]], prefix: str) -> Sequence[tuple[str, str]]:
    """The tags of sorted ones whose names begin so."""
    start = end = bisect_left(tags, (prefix, ""))
    while end < len(tags) and tags[end][0].startswith(prefix):
        end += 1
    return tags[start:end]


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
