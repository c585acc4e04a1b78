"""The repos that a file lists: a path or an address per line, and comments."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted

# https://git-scm.com/docs/git-clone#_git_urls: `host:path` is one where no slash stands before.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+|[^\s/:-][^\s/:]*:\S+", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.-]+")
_OF_ADDRESS = 8


@dataclass(frozen=True, slots=True)
class ListedRepo:
    """A repo of a list.

    Attributes:
        name: as the user wrote it.
        root: of the checkout; of an address, where its clone is, or will be.
        address: where it is cloned from; empty: the list has a path.
        line: of the file, with its number.
    """

    name: str
    root: Path
    address: str = ""
    line: str = ""


def read_repos(file: Path, environment: Mapping[str, str]) -> list[ListedRepo]:
    """The repos that a file lists; paths are relative to the file.

    Args:
        environment: says where this user's caches are.

    Raises:
        HelpersError: there is no such file, or it lists none.
    """
    file = file.resolve()
    fix = f"ls -d ../*/ > {quoted(file)}"
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {file.name}: {error}", where=str(file), fix=fix) from error
    # Twice the same checkout would be changed by two at once.
    found: dict[Path, ListedRepo] = {}
    for number, text in enumerate(lines, 1):
        name = text.partition(" #")[0].strip()
        if not name or name.startswith("#"):
            continue
        path = (file.parent / name).resolve()
        address = name if _ADDRESS.fullmatch(name) and not path.exists() else ""
        root = clone_folder(address, environment) if address else path
        found.setdefault(root, ListedRepo(name, root, address, f"{file}:{number}"))
    if not found:
        raise HelpersError(f"{file.name} lists no checkout", where=str(file), fix=fix)
    return list(found.values())


def clone_folder(address: str, environment: Mapping[str, str]) -> Path:
    """Where the clone of an address is kept; the same for each list of this user."""
    cache = environment.get("XDG_CACHE_HOME", "")
    top = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    last = re.split(r"[/:]", address.rstrip("/").removesuffix(".git"))[-1]
    hashed = hashlib.sha256(address.encode()).hexdigest()[:_OF_ADDRESS]
    return top / "helpers" / "repos" / f"{_UNSAFE.sub('_', last)}-{hashed}"
