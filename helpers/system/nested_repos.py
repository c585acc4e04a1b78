"""The repos in a repo: its checked-out submodules, read from files alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import NestedRepo, Repo
from helpers.model.runnable_dir import relative_name
from helpers.model.settings.config import RepoConfig, parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.toolchain_version import check_driving
from helpers.model.version import Version
from helpers.system.files import read_text
from helpers.system.toolchain import is_toolchain, toolchain_version

_MODULES = ".gitmodules"
# https://git-scm.com/docs/git-config#_syntax
_PATH = re.compile(r'^\s*path\s*=\s*(?P<value>"(?:[^"\\]|\\.)*"|[^#;\n]*)', re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Nesting:
    """The repos inside a repo that use the toolchain, and checkouts of the toolchain."""

    repos: tuple[NestedRepo, ...] = ()
    toolchains: tuple[str, ...] = ()


def read_nesting(root: Path, toolchain: Path) -> Nesting:
    """The repos and the toolchains in the repo at `root`.

    Args:
        toolchain: the one that drives them all.
    """
    inside = toolchain != root and toolchain.is_relative_to(root)
    own = (relative_name(root, toolchain),) if inside else ()
    if not (root / _MODULES).is_file():
        return Nesting(toolchains=own)
    places = list(_submodules(root, ""))
    found = (place for place in places if is_toolchain(root / place))
    toolchains = tuple(sorted({*own, *found}))
    repos = [place for place in places if (root / place / CONFIG_FILE_NAME).is_file()]
    return Nesting(
        tuple(
            _nested(root, place, toolchains, toolchain)
            for place in repos
            if place not in toolchains
        ),
        toolchains,
    )


def driving_toolchain(root: Path) -> Path | None:
    """The toolchain that the repo at `root` has as its own submodule; none: it has none here."""
    found = (root / place for place in _named(root, "") if is_toolchain(root / place))
    return next(found, None)


def other_versions(repo: Repo) -> dict[str, Version]:
    """The toolchains in a repo whose version is another than that of the one that drives.

    Returns:
        Versions by the paths of the checkouts; those that do not say theirs are left out.
    """
    found = {}
    for place in repo.toolchains:
        try:
            found[place] = toolchain_version(repo.root / place)
        except HelpersError:
            continue
    driving = toolchain_version(repo.toolchain)
    return {place: version for place, version in found.items() if version != driving}


def own_toolchain(root: Path, place: str, toolchains: tuple[str, ...]) -> Path | None:
    """The toolchain that a repo has as a submodule of its own; none where it has none here.

    Args:
        place: the repo, as a path below `root`.
        toolchains: all that are below `root`.
    """
    inside = [one for one in toolchains if place == "." or one.startswith(f"{place}/")]
    for one in sorted(inside, key=len):
        # One that a submodule of the repo has is that submodule's.
        above = (root / one).parent
        while above not in (root / place, root) and not (above / ".git").exists():
            above = above.parent
        if above == root / place:
            return root / one
    return None


def _submodules(root: Path, below: str) -> Iterator[str]:
    """The paths of the submodules that are checked out, at any depth, relative to `root`."""
    for place in _named(root, below):
        if (root / place / ".git").exists():
            yield place
            if not is_toolchain(root / place):
                yield from _submodules(root, place)


def _named(root: Path, below: str) -> Iterator[str]:
    """The paths of the submodules that the checkout at `below` names, relative to `root`."""
    for match in _PATH.finditer(read_text(root / below / _MODULES) or ""):
        value = match["value"].strip()
        if value.startswith('"'):
            value = _ESCAPED.sub(r"\1", value[1:-1])
        if value:
            yield f"{below}/{value}" if below else value


def _nested(root: Path, place: str, toolchains: tuple[str, ...], driving: Path) -> NestedRepo:
    own = own_toolchain(root, place, toolchains)
    try:
        inner = toolchain_version(own) if own else None
        ours = toolchain_version(driving)
        check_driving(ours, inner, place)
    except HelpersError as error:
        return NestedRepo(place, None, error)
    try:
        return NestedRepo(place, _read_config(root, place))
    except HelpersError as error:
        return NestedRepo(place, None, _explained(error, ours, inner, place))


def _read_config(root: Path, place: str) -> RepoConfig:
    name = f"{place}/{CONFIG_FILE_NAME}"
    config = parse_repo_config(read_text(root / name) or "", name)
    if config.certificates and not Path(config.certificates).is_absolute():
        return replace(config, certificates=f"{place}/{config.certificates}")
    return config


def _explained(
    error: HelpersError, ours: Version, inner: Version | None, place: str
) -> HelpersError:
    """An error in the settings, which may be newer than the toolchain that reads them."""
    if inner is None or inner <= ours:
        return error
    return HelpersError(
        f"{error.what}; {place} has the toolchain's version {inner}, and {ours} drives it",
        where=error.where,
        fix=f"i helpers_upgrade --to v{inner}",
    )
