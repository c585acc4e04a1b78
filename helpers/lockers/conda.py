"""conda: `environment.yml` or `pixi.toml`, and `pixi.lock`.

What solves, fetches and links is rattler, in builder images and in builds: a program of the
toolchain's own calls it (`devops/in_build/conda_lock.py`), which is told what is asked for.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.lockers import conda_other_locks
from helpers.lockers.conda_files import SUBDIRS, Asked, find_sources, read_asked
from helpers.lockers.locked import Action, Locked, Wishes, read_text
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import LOCK_FILES, OutdatedPackage
from helpers.model.shell_words import quoted

NAME = "conda"
LOCK_FILE = LOCK_FILES[NAME]
PROGRAM: tuple[str, ...] = ("python3", "/opt/conda_tool/conda_lock.py")
BUILDER = "builder_conda"
EXTRA, GROUP = "", ""
NO_OTHER_GROUPS: tuple[str, ...] = ()
COMMANDS: Mapping[Action, tuple[str, ...]] = {
    Action.LOCK: ("lock",),
    Action.UPDATE: ("update",),
    Action.CHECK: ("check",),
    Action.ADD: ("lock",),
    Action.REMOVE: ("lock",),
    Action.OUTDATED: ("outdated",),
}
EXPORT: tuple[str, ...] = ()
ADD_DEV = "i dependency_add --group dev --package"
STALE = f"{LOCK_FILE} is older than what it was made from"
BEFORE_PLACES: tuple[str, ...] = ("- pypi: ", "- url: ")
IS_TOML = False
# What a build is told, beside the lock file.
ASKED_FILE = "asked.json"
# The same for a lock of another tool: what it holds.
RECORDS_FILE = "records.json"
OTHER_LOCKS: tuple[tuple[str, ...], ...] = (
    (conda_other_locks.CONDA_LOCK,),
    tuple(conda_other_locks.EXPLICIT.values()),
)
# What the program says when it fails: one line of JSON behind this.
_FAILED = "conda-failure: "
# The first line of a lock that was written for a dir: what it was made from.
_MADE_FROM = re.compile(r"^# asked: sha256:(?P<digest>[0-9a-f]{64})$", re.MULTILINE)
_PACKAGES = re.compile(r"^packages:[ \t]*$", re.MULTILINE)
_CONDA = re.compile(r"^- conda: (?P<place>\S.*?)[ \t]*$", re.MULTILINE)
_PYPI = re.compile(
    r"^- pypi: .*\n(?:  .*\n)*?  name: (?P<name>\S+)\n(?:  .*\n)*?  version: (?P<version>\S+)",
    re.MULTILINE,
)


def read(root: Path) -> Locked:
    """Read `pixi.lock` and what it was made from, or a lock of another tool.

    Raises:
        HelpersError: one is malformed, or `pixi.lock` is older.
    """
    if conda_other_locks.find_other_locks(root):
        return _read_other(root)
    asked = read_asked(root)
    text = _checked(root)
    fix = f"i dependency_lock --dir {quoted(root)}"
    made_from = _MADE_FROM.search(text)
    # Of a lock that another tool wrote, the build says whether it has what is asked for.
    if made_from and made_from["digest"] != asked.digest():
        raise HelpersError(f"{LOCK_FILE} is older than {asked.source}", where=str(root), fix=fix)
    told = {**asked.as_dict(), "variables": dict(asked.variables), "digest": asked.digest()}
    shown = json.dumps(told, sort_keys=True)
    return Locked(
        NAME,
        shown + text,
        asked.local,
        fix=fix,
        files={LOCK_FILE: text, ASKED_FILE: shown},
        archives=dict(_own_archives(root, text)),
        sets_variables=True,
    )


def _read_other(root: Path) -> Locked:
    records = conda_other_locks.read_records(root)
    asked = read_asked(root, locked=True) if find_sources(root) else None
    held = conda_other_locks.as_environments(records)
    name = conda_other_locks.find_other_locks(root)[0]
    told = {"file": name, "variables": dict(asked.variables) if asked else {}}
    text = json.dumps(held, sort_keys=True)
    return Locked(
        NAME,
        json.dumps(told, sort_keys=True) + text,
        asked.local if asked else (),
        fix=conda_other_locks.refuse_change(root).fix,
        files={ASKED_FILE: json.dumps(told, sort_keys=True), RECORDS_FILE: text},
        archives=conda_other_locks.own_archives(records, root),
        sets_variables=True,
    )


def check_lock(root: Path) -> None:
    """Raise an error where `pixi.lock` cannot be read."""
    _checked(root)


def _checked(root: Path) -> str:
    path = root / LOCK_FILE
    text = read_text(path)
    if not re.search(r"^version: *\d+", text, re.MULTILINE) or not _PACKAGES.search(text):
        raise HelpersError(
            f"{LOCK_FILE} has no version and packages: it is no lock file of pixi's form",
            where=f"{path}:1",
            fix=f"i dependency_lock --dir {quoted(root)}",
        )
    return text


def _own_archives(root: Path, text: str) -> Iterator[tuple[str, Path]]:
    """The packages that lie in folders of the repo, by their places in a build's context."""
    for match in _CONDA.finditer(text):
        if match["place"].startswith(("./", "../")):
            path = PurePosixPath(match["place"])
            yield f"packages/{path.parent.name}/{path.name}", root / path


def asks(root: Path, wishes: Wishes, edited: Mapping[str, str]) -> tuple[str, ...]:
    """What is asked for, as one word of JSON.

    Raises:
        HelpersError: the files that say it are malformed.
    """
    return (json.dumps(told(read_asked(root, edited), wishes), sort_keys=True),)


def told(asked: Asked, wishes: Wishes) -> dict[str, Any]:
    """What the program that locks is told."""
    platforms = wishes.platforms or asked.platforms or (wishes.own,)
    return {
        **asked.as_dict(),
        "digest": asked.digest(),
        "platforms": [SUBDIRS.get(one, one) for one in platforms],
        "cuda": wishes.cuda or asked.cuda,
    }


def update_words(packages: Sequence[str]) -> list[str]:
    """The packages that are updated; none: all."""
    return [*packages]


def read_outdated(output: str) -> tuple[OutdatedPackage, ...]:
    """Read the JSON that the program wrote.

    Raises:
        HelpersError: it wrote something else.
    """
    try:
        return tuple(OutdatedPackage(*map(str, one)) for one in load_json(output))
    except (ValueError, TypeError) as error:
        raise HelpersError(
            "what is said of newer versions cannot be read", where=output[-500:]
        ) from error


def variables(caches: Path) -> dict[str, str]:
    """Where it keeps what it fetched."""
    return {"RATTLER_CACHE_DIR": str(caches / NAME)}


def explain(lines: Iterable[str]) -> HelpersError | None:
    """What the program said when it failed; None: it said nothing."""
    for line in lines:
        _, mark, said = line.partition(_FAILED)
        if mark:
            found = load_json(said)
            return HelpersError(found["what"], where=found["where"], fix=found["fix"])
    return None


def parse_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The names and versions of the packages in a lock file; of each platform."""
    start = _PACKAGES.search(text)
    below = text[start.end() :] if start else ""
    for match in _CONDA.finditer(below):
        archive = conda_other_locks.ARCHIVE.fullmatch(match["place"].rpartition("/")[2])
        if archive:
            yield archive["name"], archive["version"]
    for match in _PYPI.finditer(below):
        yield match["name"], match["version"].strip("'\"")
