"""Locks that other tools write of conda packages: `conda-lock.yml`, and `@EXPLICIT` lists.

They are read, and never written: into records that a build takes as those of a `pixi.lock`.
Sources: https://conda.github.io/conda-lock/output/,
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.lockers.conda_files import DEV, ENVIRONMENT, MAIN, find_sources
from helpers.lockers.locked import read_text
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import READ_LOCKS
from helpers.model.shell_words import quoted

CONDA_LOCK = "conda-lock.yml"
# By platform, as conda-lock and people name them.
EXPLICIT: Mapping[str, str] = {
    "linux-64": "conda-linux-64.lock",
    "linux-aarch64": "conda-linux-aarch64.lock",
}
ARCHIVE = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.(?:conda|tar\.bz2)")
_EXPLICIT_MARK = "@EXPLICIT"
_HASH = re.compile(r"(?:sha256:)?(?P<sha256>[0-9a-f]{64})|(?:md5:)?(?P<md5>[0-9a-f]{32})")
# What conda-lock writes of the pip part, for itself: conda takes it for a comment.
_PIP = re.compile(r"# pip (?P<name>\S+) @ (?P<url>[^\s#]+)(?:#sha256=(?P<sha256>[0-9a-f]{64}))?")
_FILE = re.compile(r".+?-(?P<version>\d[^-]*?)(?:-.+\.whl|\.tar\.gz|\.zip)")


@dataclass(frozen=True, slots=True)
class Record:
    """A package of a lock.

    Attributes:
        environments: those that have it.
        platform: the one that it is locked for, also where it fits all.
        url: of a package of the repo, its path relative to the dir.
        kind: `conda` or `pypi`.
        md5, sha256: one of them may be empty.
        depends: as match specs; none: the lock does not say.
    """

    environments: tuple[str, ...]
    platform: str
    kind: str
    name: str
    version: str
    url: str
    build: str = ""
    md5: str = ""
    sha256: str = ""
    depends: tuple[str, ...] = ()


def explicit_name(text: str) -> str:
    """The name that an `@EXPLICIT` list of that text must have; empty: it is none that counts."""
    if _EXPLICIT_MARK not in map(str.strip, text.splitlines()):
        return ""
    return next((name for one, name in EXPLICIT.items() if f"/{one}/" in text), "")


def find_other_locks(root: Path) -> tuple[str, ...]:
    """The names of such files that the dir at `root` has."""
    return tuple(name for name in READ_LOCKS if (root / name).is_file())


def read_records(root: Path) -> tuple[Record, ...]:
    """The packages that the dir's locks of other tools hold.

    Raises:
        HelpersError: one is malformed, or names a package without a hash.
    """
    found = [
        record
        for name in find_other_locks(root)
        for record in parse_records(name, read_text(root / name), str(root / name))
    ]
    for one in found:
        if not (one.sha256 or (one.md5 and one.kind == "conda")):
            raise HelpersError(
                f"the lock has no hash of {one.name}",
                where=one.url,
                fix="conda list --explicit --sha256, or conda-lock lock: both write hashes",
            )
    return tuple(found)


def parse_records(name: str, text: str, where: str = "") -> Iterator[Record]:
    """The packages that a lock of that name holds.

    Raises:
        HelpersError: it is malformed.
    """
    if name == CONDA_LOCK:
        return _conda_lock(text, where or name)
    return _explicit(next(key for key, one in EXPLICIT.items() if one == name), text, where or name)


def parse_pairs(name: str, text: str) -> Iterator[tuple[str, str]]:
    """The names and versions of its packages; of each platform."""
    return ((one.name, one.version) for one in parse_records(name, text))


def as_environments(records: Iterable[Record]) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """The same for the program that links: by environment, platform and kind."""
    found: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for one in records:
        said = {
            "name": one.name,
            "version": one.version,
            "build": one.build,
            "url": one.url,
            "md5": one.md5,
            "sha256": one.sha256,
            "depends": [*one.depends],
        }
        for environment in one.environments:
            kinds = found.setdefault(environment, {}).setdefault(
                one.platform, {"conda": [], "pypi": []}
            )
            kinds[one.kind].append(said)
    return found


def refuse_change(root: Path) -> HelpersError:
    """Why no command changes the dir's lock, and what goes on."""
    names = find_other_locks(root)
    listed = " ".join(names)
    sources = find_sources(root)
    write = "" if sources else f"write {ENVIRONMENT}, then  "
    own = (
        "conda-lock lock"
        if CONDA_LOCK in names
        else f"conda list --explicit --sha256 > {names[0]}   (where it is installed)"
    )
    return HelpersError(
        f"{' and '.join(names)} is read here, and written by other tools alone",
        where=str(root),
        fix=f"{own}\n  or, for a lock that all commands know: {write}"
        f"(cd {quoted(root)} && git rm {listed}) && i dependency_lock --dir {quoted(root)}",
    )


def _conda_lock(text: str, where: str) -> Iterator[Record]:
    packages = _load(text, where).get("package")
    if not isinstance(packages, list):
        raise _malformed(where, "it has no list of packages")
    has_dev = any(isinstance(one, dict) and not _is_main(one) for one in packages)
    for one in packages:
        keys = ("name", "version", "manager", "platform", "url")
        if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in keys):
            raise _malformed(where, f"a package lacks one of {', '.join(keys)}: {one!r:.200}")
        hashes = one.get("hash") or {}
        needs = one.get("dependencies") or {}
        environments = (*((MAIN,) if _is_main(one) else ()), *((DEV,) if has_dev else ()))
        archive = ARCHIVE.fullmatch(one["url"].rpartition("/")[2])
        is_conda = one["manager"] == "conda"
        if is_conda and not archive:
            raise _malformed(where, f"{one['url']} is no package of a channel")
        yield Record(
            environments,
            one["platform"],
            "conda" if is_conda else "pypi",
            one["name"],
            one["version"],
            one["url"],
            archive["build"] if is_conda and archive else "",
            str(hashes.get("md5") or ""),
            str(hashes.get("sha256") or ""),
            tuple(f"{name} {spec}".strip() for name, spec in needs.items()),
        )


def _is_main(package: Mapping[str, Any]) -> bool:
    return bool(package.get("category", "main") == "main")


def _load(text: str, where: str) -> Mapping[str, Any]:
    # Imported here: start-up of the tasks does not need it.
    import yaml

    # A file of thousands of lines: libyaml reads it in a tenth of the time. All are texts to it.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        content = yaml.load(text, Loader=loader)  # noqa: S506
    except yaml.YAMLError as error:
        raise _malformed(where, str(error)) from error
    return content if isinstance(content, dict) else {}


def _explicit(platform: str, text: str, where: str) -> Iterator[Record]:
    lines = text.splitlines()
    if _EXPLICIT_MARK not in map(str.strip, lines):
        raise _malformed(where, f"it has no line {_EXPLICIT_MARK}")
    for number, line in enumerate(map(str.strip, lines), 1):
        if wheel := _PIP.fullmatch(line):
            file = _FILE.fullmatch(wheel["url"].rpartition("/")[2])
            version = file["version"] if file else ""
            yield Record(
                (MAIN,), platform, "pypi", wheel["name"], version, wheel["url"],
                sha256=wheel["sha256"] or "",
            )  # fmt: skip
        if not line or line.startswith(("#", "@")):
            continue
        url, _, mark = line.partition("#")
        archive = ARCHIVE.fullmatch(url.rpartition("/")[2])
        hashed = _HASH.fullmatch(mark) if mark else None
        if not archive or (mark and not hashed):
            raise _malformed(f"{where}:{number}", f"{line!r:.200} is no package with its hash")
        yield Record(
            (MAIN,), platform, "conda", archive["name"], archive["version"], url, archive["build"],
            (hashed["md5"] or "") if hashed else "", (hashed["sha256"] or "") if hashed else "",
        )  # fmt: skip


def own_archives(records: Iterable[Record], root: Path) -> dict[str, Path]:
    """The packages that lie in folders of the repo, by their places in a build's context."""
    places = (PurePosixPath(one.url) for one in records if one.url.startswith(("./", "../")))
    return {f"packages/{one.parent.name}/{one.name}": root / one for one in places}


def _malformed(where: str, why: str) -> HelpersError:
    name = where.rpartition("/")[2].partition(":")[0]
    return HelpersError(
        f"{name} cannot be read: {why}",
        where=where,
        fix=f"git checkout HEAD -- {name}, or write it again by the tool that wrote it",
    )
