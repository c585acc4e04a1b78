"""What a `pyproject.toml` of Poetry asks for, in its own tables and in the standard ones."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import table, texts
from helpers.model.dataclass import dataclass
from helpers.model.packages.installed import python_name

_PART = re.compile(r"(?P<sign>\^|~(?!=)|[<>=!~]=|===|<|>)?\s*v?(?P<version>\*|\d[\w.+!*-]*)")
# Minor versions of Python 3 of which one runs in an image.
_MINORS = range(8, 20)


@dataclass(frozen=True, slots=True)
class Ask:
    """A dependency on a package of an index, with one of its constraints.

    Attributes:
        name: normalised.
        versions: specifiers (PEP 440) of which one must hold; none: any version.
        marker: where it is needed; empty: everywhere.
        pythons: specifiers of the Pythons for which it is needed; none: for all.
        optional: an extra of the project brings it.
    """

    name: str
    extras: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    marker: str = ""
    pythons: tuple[str, ...] = ()
    optional: bool = False

    def fits(self, version: str) -> bool:
        """Whether a locked version is one that is asked for."""
        from packaging.specifiers import SpecifierSet

        sets = [SpecifierSet(one) for one in self.versions]
        return not sets or any(one.contains(version, prereleases=True) for one in sets)

    def is_needed(self, requires_python: str) -> bool:
        """Whether an image may need it, which is Linux with a Python that the lock file is for."""
        from packaging.markers import Marker
        from packaging.specifiers import SpecifierSet

        for minor in _MINORS:
            python = f"3.{minor}.99"
            allowed = SpecifierSet(requires_python).contains(python)
            own = [SpecifierSet(one) for one in self.pythons]
            if not allowed or (own and not any(one.contains(python) for one in own)):
                continue
            where = {"python_version": f"3.{minor}", "python_full_version": python, "extra": ""}
            linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
            if not self.marker or Marker(self.marker).evaluate({**where, **linux}):
                return True
        return False


def asks_of(project: Toml) -> Iterator[Ask]:
    """All that a project asks for by name, in its groups and extras too.

    Raises:
        ValueError: a requirement is malformed.
    """
    given, own = table(project, "project"), table(project, "tool", "poetry")
    yield from _standard(texts(given.get("dependencies")))
    for lines in table(given, "optional-dependencies").values():
        yield from _standard(texts(lines), optional=True)
    for lines in table(project, "dependency-groups").values():
        yield from _standard(texts(lines))
    every = [table(own, "dependencies"), table(own, "dev-dependencies")]
    every += [table(group, "dependencies") for group in table(own, "group").values()]
    for found in every:
        for name, wanted in found.items():
            if name != "python":
                many = wanted if isinstance(wanted, list) else [wanted]
                yield from (_poetrys(name, one) for one in many)


def specifiers(constraint: str) -> tuple[str, ...]:
    """Poetry's constraint as specifiers of which one must hold; none: any version."""
    found = tuple(
        ",".join(part for match in _PART.finditer(one) for part in _specifiers(match))
        for one in re.split(r"\|\|?", constraint)
    )
    return () if "" in found else found


def _standard(lines: Iterable[str], *, optional: bool = False) -> Iterator[Ask]:
    from packaging.requirements import Requirement

    for line in lines:
        wanted = Requirement(line)
        yield Ask(
            python_name(wanted.name),
            frozenset(wanted.extras),
            (str(wanted.specifier),) if wanted.specifier else (),
            str(wanted.marker or ""),
            optional=optional,
        )


def _poetrys(name: str, wanted: Any) -> Ask:
    said = wanted if isinstance(wanted, dict) else {"version": str(wanted)}
    return Ask(
        python_name(name),
        frozenset(map(str, said.get("extras", ()))),
        specifiers(str(said.get("version", "*"))),
        str(said.get("markers", "")),
        specifiers(str(said.get("python", "*"))),
        bool(said.get("optional")),
    )


def _specifiers(match: re.Match[str]) -> Iterator[str]:
    sign, version = match["sign"] or "", match["version"]
    if version == "*":
        return
    if sign in ("^", "~"):
        numbers = [int(one) for one in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
        place = min(len(numbers) - 1, 1)
        if sign == "^":
            place = next((n for n, one in enumerate(numbers) if one), len(numbers) - 1)
        upper = [*numbers[:place], numbers[place] + 1]
        yield f">={version}"
        yield f"<{'.'.join(map(str, upper))}"
    else:
        yield f"{sign or '=='}{version}"
