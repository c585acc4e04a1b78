"""The commits since dirs were released that touch their inputs, as those were then or are now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from helpers.inputs.affected_dirs import is_structural
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs_of
from helpers.lockers.all_lockers import PROJECT
from helpers.model.changelog.parse import parse_changelog
from helpers.model.code_version import Change
from helpers.model.commits import read_message
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, path_below
from helpers.release.released_dirs import ReleasedDir
from helpers.release.touched import Touched
from helpers.vcs.commit_log import LoggedCommit, reached_by, read_log
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


@dataclass(slots=True)
class ChangesSince:
    """Reads the history of one checkout once for all of its dirs.

    Attributes:
        place: the checkout, as a path below the repo's root.
        dirs: each has the bit of its place in the list.
        releases: by dir, the commit of its last release; without one it was never released.
    """

    repo: Repo
    place: str
    dirs: Sequence[ReleasedDir]
    releases: Mapping[str, str]
    inputs: RepoInputs
    _structural: dict[str, bool] = field(default_factory=dict)

    def read(self) -> dict[str, Changes]:
        """The commits of each dir.

        Raises:
            ProcessError: git fails.
        """
        is_all = len(self.releases) < len(self.dirs)
        log = read_log(self.repo.root / self.place, () if is_all else self.releases.values())
        marks: dict[str, int] = {}
        for bit, dir in self._bits():
            if commit := self.releases.get(dir.name):
                marks[commit] = marks.get(commit, 0) | bit
        reached = reached_by(log, marks)
        every = (1 << len(self.dirs)) - 1
        found = [Changes() for _ in self.dirs]
        since = [(one, bits) for one in log if (bits := every & ~reached.get(one.id, 0))]
        seen = [
            Touched.of(self.inputs, ((dir.name, bit) for bit, dir in self._bits())),
            *self._then(since),
        ]
        for one, bits in since:
            paths = [path_below(self.place, path) for path in one.paths]
            own = through = 0
            for state in seen:
                its_own, its_through = state.by_all(paths)
                own, through = own | its_own, through | its_through
            asks = "release-as:" in one.message.lower()
            if not (own | through) & bits and not asks:
                continue
            meaning = read_message(one.message)
            if meaning.writes_version and not all(map(_has_version, one.paths)):
                # A squash has the trailers of what it was made of.
                meaning = meaning._replace(writes_version=False)
            both = Change(one.id, meaning, False), Change(one.id, meaning, True)
            for at in _places((own | through) & bits):
                found[at].touching.append(both[own >> at & 1])
            for at in _places(bits) if asks else ():
                found[at].asking.append(both[own >> at & 1])
        return {one.name: changes for one, changes in zip(self.dirs, found, strict=True)}

    def _bits(self) -> Iterator[tuple[int, ReleasedDir]]:
        return ((1 << at, one) for at, one in enumerate(self.dirs))

    def _then(self, since: Sequence[tuple[LoggedCommit, int]]) -> Iterator[Touched]:
        """What dirs depended on when they were released, where that may be another now."""
        structural = 0
        for one, bits in since:
            if bits & ~structural and (one.has_links or any(map(self._is_structural, one.paths))):
                structural |= bits
        by_commit: dict[str, list[tuple[int, ReleasedDir]]] = {}
        for bit, dir in self._bits():
            if bit & structural and dir.name in self.releases:
                by_commit.setdefault(self.releases[dir.name], []).append((bit, dir))
        for commit, some in by_commit.items():
            inputs, names = self._inputs_of(commit, [dir for _, dir in some])
            there = [(names[dir.name], bit) for bit, dir in some if names[dir.name]]
            yield Touched.of(inputs, there)

    def _is_structural(self, path: str) -> bool:
        found = self._structural.get(path)
        if found is None:
            found = is_structural(path_below(self.place, path), self.inputs.snapshot)
            self._structural[path] = found
        return found

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


def _has_version(path: str) -> bool:
    return path.rpartition("/")[2] == PROJECT


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
