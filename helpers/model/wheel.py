"""What a wheel of several packages needs and where it runs: markers, extras and tags, composed.

A condition is a disjunction of conjunctions, so that the same one has one form. What extras mean:
https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from helpers.model.dataclass import dataclass
from helpers.model.packages.installed import python_name

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.requirements import Requirement
    from packaging.tags import Tag

# Atoms such as `sys_platform == "win32"`, all of which hold.
Clause = frozenset[str]
# Clauses of which one holds.
Condition = frozenset[Clause]
ALWAYS: Condition = frozenset({frozenset()})
NEVER: Condition = frozenset()


class Mode(StrEnum):
    """What becomes of packages by path: part of the wheel, or wheels that it requires."""

    VENDOR = "vendor"
    PIN = "pin"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a wheel has besides code.

    Attributes:
        tests: what `pytest --pyargs` is told to run its tests; empty: it has none.
        data: how many files of packages it has beside their modules.
        left_out: those that it lacks, relative to the repo's root.
    """

    tests: str
    data: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltWheel:
    """A wheel that is complete, in the folder that the user named.

    Attributes:
        dir: the runnable dir or package that it is of, relative to the repo's root.
        path: the file; absolute.
        name: of the distribution, normalised.
        version: as the wheel's metadata has it.
        inputs: the hash of everything that it is made from, which it holds as well.
        mode: what became of packages by path.
        requires: the packages of the repo that it requires, normalised; none when they are in it.
        changed: otherwise it was there already, made from the same inputs.
        sdist: the source distribution beside it, where one was asked for.
        contents: its tests and data files, where they were asked for.
    """

    dir: str
    path: Path
    name: str
    version: str
    inputs: str
    mode: Mode
    requires: tuple[str, ...] = ()
    changed: bool = True
    sdist: Path | None = None
    contents: Contents | None = None


def either(one: Condition, other: Condition) -> Condition:
    """Where one of two conditions holds."""
    every = one | other
    return frozenset(clause for clause in every if not any(less < clause for less in every))


def both(one: Condition, other: Condition) -> Condition:
    """Where two conditions hold."""
    return either(frozenset(left | right for left in one for right in other), NEVER)


def marker_text(condition: Condition) -> str:
    """A condition as a marker; empty where it always holds.

    Raises:
        ValueError: it never holds, which no marker says.
    """
    if not condition:
        raise ValueError("a condition that never holds has no marker")
    clauses = sorted((sorted(clause) for clause in condition), key=lambda one: (len(one), one))
    return " or ".join(" and ".join(clause) for clause in clauses if clause)


def needs(
    root: str, packages: Mapping[str, Sequence[Requirement]], extras: Iterable[str]
) -> dict[str, Condition]:
    """What the packages together need of others, if somebody asks for the first one.

    Args:
        root: the package that is installed.
        packages: by normalised name, what each requires; a requirement of one of them is a way to
            it, under its marker and with its extras.
        extras: those of `root`, as people ask for them.

    Returns:
        By requirement without its marker, sorted, the condition under which it is needed.
    """
    reached: dict[tuple[str, str], Condition] = {(root, ""): ALWAYS}
    for extra in extras:
        reached[root, python_name(extra)] = frozenset({frozenset({f'extra == "{extra}"'})})
    found: dict[str, Condition] = {}
    waiting = list(reached)
    while waiting:  # until nothing is reached under more conditions; a cycle comes to rest too
        name, extra = waiting.pop()
        for requirement in packages[name]:
            wanted = both(reached[name, extra], _condition(requirement, extra))
            if not wanted:
                continue
            target = python_name(requirement.name)
            if target not in packages:
                text = without_marker(requirement)
                found[text] = either(found.get(text, NEVER), wanted)
                continue
            for asked in ("", *map(python_name, requirement.extras)):
                before = reached.get((target, asked), NEVER)
                after = either(before, wanted)
                if after != before:
                    reached[target, asked] = after
                    waiting.append((target, asked))
    return dict(sorted(found.items()))


def requirement_line(requirement: str, condition: Condition) -> str:
    """A line of `Requires-Dist`."""
    marker = marker_text(condition)
    return f"{requirement} ; {marker}" if marker else requirement


def without_marker(requirement: Requirement) -> str:
    """A requirement as it is written, whenever it is needed."""
    extras = f"[{','.join(sorted(map(python_name, requirement.extras)))}]"
    name = python_name(requirement.name) + extras * bool(requirement.extras)
    if requirement.url:
        return f"{name} @ {requirement.url}"
    return f"{name}{','.join(sorted(map(str, requirement.specifier)))}"


def _condition(requirement: Requirement, extra: str) -> Condition:
    """Where a requirement counts when its package is asked for with an extra; empty: with none."""
    return _of_markers(requirement.marker._markers, extra) if requirement.marker else ALWAYS


def _of_markers(parsed: Any, extra: str) -> Condition:
    """Of what packaging has read: atoms and lists of them, with `and` and `or` between."""
    if isinstance(parsed, tuple):
        return _atom(parsed, extra)
    found, clause = NEVER, ALWAYS
    for item in parsed:
        if item == "or":
            found, clause = either(found, clause), ALWAYS
        elif item != "and":
            clause = both(clause, _of_markers(item, extra))
    return either(found, clause)


def _atom(parsed: tuple[Any, ...], extra: str) -> Condition:
    words = [one.serialize() for one in parsed]
    if "extra" not in (words[0], words[2]):
        return frozenset({frozenset({" ".join(words)})})
    from packaging.markers import Marker

    return ALWAYS if Marker(" ".join(words)).evaluate({"extra": extra}) else NEVER


def common_tags(wheels: Iterable[Set[Tag]]) -> frozenset[Tag]:
    """The tags of what runs only where all of the wheels run; none: that is nowhere."""
    found: frozenset[Tag] | None = None
    for tags in wheels:
        if found is None:
            found = frozenset(tags)
        else:
            found = frozenset(tag for one in found for other in tags for tag in _common(one, other))
    return found or frozenset()


def _common(one: Tag, other: Tag) -> Iterator[Tag]:
    from packaging.tags import Tag

    for left, right in ((one, other), (other, one)):
        if not _allows(left, right):
            continue
        platform = _platform(one.platform, other.platform)
        if platform:
            # The second one's: it runs on fewer interpreters, or the same.
            yield Tag(right.interpreter, right.abi, platform)
        return


def _allows(wide: Tag, narrow: Tag) -> bool:
    """Whether all interpreters of the narrower tag are among the other's."""
    if (wide.interpreter, wide.abi) == (narrow.interpreter, narrow.abi):
        return True
    major, minor = _python(wide.interpreter)
    own_major, own_minor = _python(narrow.interpreter)
    if major != own_major:
        return False
    if wide.abi == "none" and wide.interpreter.startswith("py"):
        return minor <= own_minor
    if wide.abi == "none":
        return wide.interpreter == narrow.interpreter
    stable = wide.abi == "abi3" and narrow.interpreter.startswith("cp")
    return stable and narrow.abi != "none" and minor <= own_minor


def _python(interpreter: str) -> tuple[str, int]:
    digits = interpreter.lstrip("abcdefghijklmnopqrstuvwxyz")
    return digits[:1], int(digits[1:] or 0)


def _platform(one: str, other: str) -> str:
    """The platform on which both run; empty: there is none."""
    if "any" in (one, other) or one == other:
        return other if one == "any" else one
    first, second = _linux(one), _linux(other)
    if not first or not second or first[1] != second[1]:
        return ""
    plain = [name for name, found in ((one, first), (other, second)) if found[0] is None]
    if plain:
        return plain[0]  # says of no C library, so it runs where it was built
    assert first[0]
    assert second[0]
    if first[0][0] != second[0][0]:
        return ""
    return one if first[0] >= second[0] else other


def _linux(platform: str) -> tuple[tuple[str, int, int] | None, str] | None:
    """The C library that a platform of Linux needs, and its architecture."""
    old = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
    kind, _, rest = platform.partition("_")
    if kind == "linux":
        return None, rest
    if kind in old:
        return ("manylinux", *old[kind]), rest
    if kind in ("manylinux", "musllinux"):
        major, minor, architecture = rest.split("_", 2)
        return (kind, int(major), int(minor)), architecture
    return None
