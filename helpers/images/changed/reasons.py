"""Why an image would differ: which files changed, and through which dependency the dir has them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import field

from helpers.images.building.prod_code import code_inputs, is_left_out
from helpers.images.changed.differing import Differing
from helpers.inputs.affected_dirs import Changes
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.model.dataclass import dataclass
from helpers.model.images.parts import (
    BASE,
    CODE,
    FILES,
    INDEX,
    METADATA,
    PACKAGES,
    SETTINGS,
    TOOLCHAIN,
    WHEEL,
)
from helpers.model.inputs import Inputs
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import DEVOPS, ROOT, path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.vcs.refs import find_commit
from helpers.vcs.snapshot import read_commit

_PROJECT = "pyproject.toml"
# Parts that stand for all places of the code.
_WHEELS = (WHEEL, INDEX)
# What is said of a part where no file is known.
_WORDS = {
    PACKAGES: "what its packages are locked to",
    SETTINGS: "its settings",
    FILES: "a file of the dir, which its own Dockerfile may copy",
    TOOLCHAIN: "what the toolchain puts into images",
    METADATA: "the version that its packages take from git",
}


@dataclass(slots=True)
class Reasons:
    """Says why images differ.

    Attributes:
        changes: those that are compared with; None: with the commit that each image says.
        images: what is missing where there is no image, such as `never built`.
    """

    inputs: RepoInputs
    changes: Changes | None = None
    images: str = "never built"
    _changed: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def of(self, one: Differing) -> list[str]:
        """Why the image of a dir would differ, in a line each, without the dir's name."""
        if one.error:
            return ["it cannot be built as it is"]
        if not one.parts:
            return [self.images]
        paths = self._paths(one)
        seen = code_inputs(self.inputs, one.runnable_dir.name)
        code = [part for part in one.parts if part in _WHEELS or part.startswith(CODE)]
        # A change from one kind of code to another is one thing.
        other_kind = len({part.partition(" ")[0] for part in code}) > 1
        parts = [part for part in one.parts if not other_kind or part not in code]
        lines = [line for part in parts for line in _lines(one, part, paths, seen)]
        lines += [_kind_now(one)] * other_kind
        return list(dict.fromkeys(lines))

    def _paths(self, one: Differing) -> Collection[str]:
        """The files that changed since the commit that is compared with; none where it is gone."""
        if self.changes:
            return self.changes.paths
        repo = self.inputs.repo.of(one.runnable_dir.name)
        key = (repo.place, one.commit)
        if key not in self._changed:
            found: frozenset[str] = frozenset()
            if one.commit and find_commit(repo.checkout, one.commit):
                start = "" if repo.place == ROOT else f"{repo.place}/"
                contents = read_commit(repo.checkout, one.commit).contents
                before = {f"{start}{path}": said for path, said in contents.items()}
                now = {p: s for p, s in self.inputs.snapshot.items() if p.startswith(start)}
                every = before.keys() | now.keys()
                found = frozenset(path for path in every if before.get(path) != now.get(path))
            self._changed[key] = found
        return self._changed[key]


def _lines(one: Differing, part: str, paths: Collection[str], seen: Inputs) -> Iterator[str]:
    if part == WHEEL:
        yield from _wheel_lines(paths, seen)
        return
    if part == INDEX:
        published = one.plan and one.plan.code and one.plan.code.published
        yield from (f"code from {line}" for line in (published.lines if published else ()))
        return
    if part.startswith(CODE):
        place = part.removeprefix(CODE)
        way = _way(seen, place)
        found = sorted(p for p in paths if is_inside(p, place) and not is_left_out(p, seen.roots))
        yield from (f"{path}{way}" for path in found or [place])
        return
    if part == BASE:
        yield f"its base image{f' {one.plan.base_image}' if one.plan else ''}"
        return
    name = one.runnable_dir.name
    found = sorted(path for path in paths if _decides(path, part, name))
    yield from (f"{path}, its own" for path in found)
    if not found:
        yield _WORDS.get(part, part)


def _kind_now(one: Differing) -> str:
    """How an image would have its code, which had it in another way."""
    code = one.plan.code if one.plan else None
    if code is None or not code.is_installed:
        return "its code is copied now"
    whose = "a published wheel" if code.published else "a wheel"
    return f"its code, which is installed from {whose} now"


def _wheel_lines(paths: Collection[str], seen: Inputs) -> Iterator[str]:
    """What changed of the code of a wheel."""
    places = {
        path: place
        for place in reversed(seen.roots)
        for path in paths
        if is_inside(path, place) and not is_inside(path, path_below(place, DEVOPS))
        if path.rpartition("/")[2] not in LOCK_FILES
    }
    yield from (f"{path}{_way(seen, place)}" for path, place in sorted(places.items()))
    if not places:
        yield "what its wheel is made from"


def _decides(path: str, part: str, name: str) -> bool:
    """Whether a file is one that a part of a dir's image, other than its code, is made from."""
    folder, _, file = path.rpartition("/")
    around = (folder or ROOT) == name or name.startswith(f"{folder}/" if folder else "")
    if part == PACKAGES:
        return around and (file in (*LOCK_FILES, _PROJECT) or "requirements" in file)
    if part == SETTINGS:
        devops = is_inside(path, path_below(name, DEVOPS))
        return devops or (around and file in (CONFIG_FILE_NAME, _PROJECT))
    return part == FILES and is_inside(path, name)


def _way(seen: Inputs, place: str) -> str:
    """How a dir comes to have a place's code."""
    way: Sequence[str] = [
        f"{d.source} -> {d.target} ({d.kind.value}, {d.declared_in})" for d in seen.path_to(place)
    ]
    return f", through {'; '.join(way)}" if way else ", its own"
