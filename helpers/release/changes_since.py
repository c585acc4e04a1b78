"""The commits since dirs were released that touch their inputs, as those were then or are now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from helpers.inputs.affected_dirs import is_structural
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs_of
from helpers.lockers.all_lockers import PROJECT
from helpers.model.changelog.parse import parse_changelog
from helpers.model.code_version import Change, is_environment
from helpers.model.commits import Meaning, asks_for_version, read_message
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, path_below
from helpers.release.released_dirs import ReleasedDir
from helpers.release.touched import Touched
from helpers.vcs.commit_log import LoggedCommit
from helpers.vcs.file_history import read_blobs
from helpers.vcs.snapshot import CommitFiles


@dataclass(frozen=True, slots=True)
class Changes:
    """The commits since a dir was released, newest first.

    Attributes:
        touching: those that touch its inputs.
        asking: those that ask for a version, of any dir or of none.
    """

    touching: list[Change] = field(default_factory=list)
    asking: list[Change] = field(default_factory=list)


class _Seen(NamedTuple):
    """A commit that a dir was released without; a tuple, since there are many.

    Attributes:
        bits: the dirs that were.
        paths: what it touches, relative to the repo's root.
        own: the dirs whose own code it touches.
        through: the dirs that depend on what it touches.
        meaning: what its message says, where that was needed so far.
    """

    commit: LoggedCommit
    bits: int
    paths: tuple[str, ...]
    own: int
    through: int
    meaning: Meaning | None


@dataclass(slots=True)
class ChangesSince:
    """Reads the history of one checkout once for all of its dirs.

    Attributes:
        place: the checkout, as a path below the repo's root.
        dirs: each has the bit of its place in the list.
        releases: by dir, the commit of its last release; without one it was never released.
        apart: by commit, what those say that ask for a version and touch no dir's code.
    """

    repo: Repo
    place: str
    dirs: Sequence[ReleasedDir]
    releases: Mapping[str, str]
    inputs: RepoInputs
    apart: dict[str, Meaning] = field(default_factory=dict)
    _structural: dict[str, bool] = field(default_factory=dict)

    def read(self, log: Iterable[LoggedCommit]) -> dict[str, Changes]:
        """The commits of each dir.

        Args:
            log: the history, each commit before its parents; read as far as one of the dirs needs.

        Raises:
            ProcessError: git fails.
        """
        now = Touched.of(self.inputs, ((dir.name, bit) for bit, dir in self._bits()))
        released = sum(bit for bit, dir in self._bits() if dir.name in self.releases)
        structural = 0
        seen: list[_Seen] = []
        found = [Changes() for _ in self.dirs]
        # Git reads on meanwhile: what can be worked out for each commit by itself is.
        for commit, bits in self._since(log):
            one = self._see(commit, bits, now)
            seen.append(one)
            _sort_in(one, found)
            if bits & released & ~structural and self._is_structural(one):
                structural |= bits & released
        for then in self._then(structural):
            seen = [_also(one, *then.by_all(one.paths)) for one in seen]
        if structural:
            found = [Changes() for _ in self.dirs]
            for one in seen:
                _sort_in(one, found)
        return {one.name: changes for one, changes in zip(self.dirs, found, strict=True)}

    def _bits(self) -> Iterator[tuple[int, ReleasedDir]]:
        return ((1 << at, one) for at, one in enumerate(self.dirs))

    def _since(self, log: Iterable[LoggedCommit]) -> Iterator[tuple[LoggedCommit, int]]:
        """The commits that a dir was released without, with the bits of such dirs.

        It ends at the first commit below which every dir was released with all.
        """
        every = (1 << len(self.dirs)) - 1
        reached: dict[str, int] = {}
        for bit, dir in self._bits():
            if commit := self.releases.get(dir.name):
                reached[commit] = reached.get(commit, 0) | bit
        waiting: set[str] = set()
        for one in log:
            waiting.discard(one.id)
            waiting.update(one.parents)
            mark = reached.pop(one.id, 0)
            for parent in one.parents if mark else ():
                reached[parent] = reached.get(parent, 0) | mark
            if mark != every:
                yield one, every & ~mark
            elif all(reached.get(id) == every for id in waiting):
                return

    def _see(self, one: LoggedCommit, bits: int, now: Touched) -> _Seen:
        paths = one.paths
        if self.place != ROOT:
            paths = tuple(path_below(self.place, path) for path in paths)
        own, through = now.by_all(paths)
        is_read = (own | through) & bits or asks_for_version(one.message)
        meaning = _meaning(one) if is_read else None
        if meaning and meaning.release_as and not own and not any(map(self._is_code, paths)):
            self.apart[one.id] = meaning
        return _Seen(one, bits, paths, own, through, meaning)

    def _is_code(self, path: str) -> bool:
        """Whether a path is of the code of any dir, be it one of these or not."""
        owner = self.inputs.tree.owner(path)
        return owner in self.inputs.tree.dirs and not is_environment(owner, path)

    def _then(self, structural: int) -> Iterator[Touched]:
        """What dirs depended on when they were released, where that may be another now.

        Args:
            structural: the bits of these dirs.
        """
        by_commit: dict[str, list[tuple[int, ReleasedDir]]] = {}
        for bit, dir in self._bits():
            if bit & structural:
                by_commit.setdefault(self.releases[dir.name], []).append((bit, dir))
        for commit, some in by_commit.items():
            inputs, names = self._inputs_of(commit, [dir for _, dir in some])
            there = [(names[dir.name], bit) for bit, dir in some if names[dir.name]]
            yield Touched.of(inputs, there)

    def _is_structural(self, one: "_Seen") -> bool:
        """Whether a commit may change what dirs depend on."""
        if one.commit.has_links:
            return True
        known = self._structural
        for path in one.paths:
            found = known.get(path)
            if found is None:
                found = known[path] = is_structural(path, self.inputs.snapshot)
            if found:
                return True
        return False

    def _inputs_of(
        self, commit: str, dirs: Sequence[ReleasedDir]
    ) -> tuple[RepoInputs, dict[str, str]]:
        """The inputs of a commit, and the names that dirs had there: one may have moved since."""
        files = CommitFiles()
        prefix = "" if self.place == ROOT else f"{self.place}/"
        files.add(self.repo.root / self.place, commit, prefix)
        inputs = read_repo_inputs_of(self.repo, files, self.inputs)
        there = inputs.tree.dirs
        images = {} if all(one.name in there for one in dirs) else self._images(commit, inputs)
        return inputs, {
            one.name: one.name if one.name in there else images.get(one.image_name, "")
            for one in dirs
        }

    def _images(self, commit: str, inputs: RepoInputs) -> dict[str, str]:
        """The dirs of a commit by the names of their images."""
        root, prefix = self.repo.root / self.place, "" if self.place == ROOT else f"{self.place}/"
        paths = {name: path_below(name, CHANGELOG) for name in inputs.tree.dirs}
        blobs = {name: f"{commit}:{path.removeprefix(prefix)}" for name, path in paths.items()}
        texts = read_blobs(root, blobs.values())
        found = {}
        for name, blob in blobs.items():
            try:
                found[parse_changelog(texts.get(blob, ""), paths[name]).image_name] = name
            except HelpersError:
                continue  # of that time; nobody can correct it
        return found


def _sort_in(seen: _Seen, found: Sequence[Changes]) -> None:
    """Add a commit to the changes of each dir that it is one of, in the order of the dirs."""
    commit, bits, _, own, through, meaning = seen
    if meaning is None:
        return
    change = Change(commit.id, meaning, True)
    for at in _places(own & bits):
        found[at].touching.append(change)
    if others := through & ~own & bits:
        change = Change(commit.id, meaning, False)
        for at in _places(others):
            found[at].touching.append(change)
    for at in _places(bits) if meaning.release_as else ():
        found[at].asking.append(Change(commit.id, meaning, bool(own >> at & 1)))


def _also(seen: _Seen, own: int, through: int) -> _Seen:
    """The same commit, which touches the code of further dirs."""
    if not own | through:
        return seen
    meaning = seen.meaning or (_meaning(seen.commit) if (own | through) & seen.bits else None)
    return seen._replace(own=seen.own | own, through=seen.through | through, meaning=meaning)


def _meaning(commit: LoggedCommit) -> Meaning:
    found = read_message(commit.message)
    if found.writes_version and not all(map(_has_version, commit.paths)):
        # A squash has the trailers of what it was made of.
        return found._replace(writes_version=False)
    return found


def _has_version(path: str) -> bool:
    return path.rpartition("/")[2] in (PROJECT, *EVERY_LOCK_FILE)


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
