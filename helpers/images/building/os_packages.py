"""`devops/os_packages.txt` and the other lists of Debian packages of a dir's images."""

import re
from collections.abc import Iterable

from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir
from helpers.system.files import unreadable

FILE_NAME = "os_packages.txt"
# Packages for building and developing only: not in production images.
DEV_FILE_NAME = "dev_os_packages.txt"
# Packages for jobs of CI: its presence makes the development image one in which they run.
CI_FILE_NAME = "ci_packages.txt"
# Debian policy 5.6.7; apt also takes `<name>=<version>` and `<name>:<architecture>`.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")
# apt's messages about a package that it cannot install.
_LACKING = re.compile(
    r"E: (?:Unable to locate package (?P<name>\S+)"
    r"|Version '(?P<version>[^']+)' for '(?P<of>[^']+)' was not found"
    r"|Package '(?P<old>[^']+)' has no installation candidate)"
)
# apt could not read its index, so it calls packages missing that exist.
_UNREACHED = ("Failed to fetch", "index files failed to download")


def read_os_packages(runnable_dir: RunnableDir, file_name: str = FILE_NAME) -> tuple[str, ...]:
    """The sorted names without duplicates; empty if there is no such file.

    Raises:
        HelpersError: a line is no name of a package.
    """
    return tuple(sorted(set(parse_os_packages(*_read(runnable_dir, file_name)))))


def lacking_packages(runnable_dir: RunnableDir, lines: Iterable[str]) -> HelpersError | None:
    """The packages that apt's output calls missing; None: apt failed for another reason.

    Raises:
        HelpersError: a file of the dir changed meanwhile, and cannot be read.
    """
    written = list(lines)
    if any(sign in line for sign in _UNREACHED for line in written):
        return None
    matches = filter(None, map(_LACKING.fullmatch, written))
    lacking = {
        found["name"] or found["old"] or f"{found['of']}={found['version']}" for found in matches
    }
    places: dict[str, str] = {}
    for file_name in (FILE_NAME, DEV_FILE_NAME, CI_FILE_NAME) if lacking else ():
        text, path = _read(runnable_dir, file_name)
        for word, number in parse_os_packages(text, path).items():
            full, _, version = word.partition("=")
            name = full.partition(":")[0]
            if not lacking.isdisjoint((word, full, name, f"{name}={version}")):
                places[f"{path}:{number}: {word}"] = word
    if not places:
        return None
    names = ", ".join(dict.fromkeys(places.values()))
    return HelpersError(
        f"the distribution of the base image has no package {names}",
        where="\n".join(places),
        fix="correct or remove that line, then the same command again",
    )


def _read(runnable_dir: RunnableDir, file_name: str) -> tuple[str, str]:
    """A list and its path, for messages; an empty one where there is no such file."""
    path = runnable_dir.devops / file_name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from error
    return text, str(path.relative_to(runnable_dir.repo))


def parse_os_packages(text: str, path: str) -> dict[str, int]:
    """The packages of a list, each with its line; `path` is for messages alone.

    Raises:
        HelpersError: a line is no name of a package.
    """
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for word in line.partition("#")[0].split():
            if not _PACKAGE.fullmatch(word):
                raise HelpersError(
                    f"{word[:80]!r} is not the name of a Debian package",
                    where=f"{path}:{number}",
                    fix="write one package per line, such as libpq5; comments start with #",
                )
            found.setdefault(word, number)
    return found
