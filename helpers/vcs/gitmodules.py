"""What `.gitmodules` declares, of the disk or of a commit."""

from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError
from helpers.vcs.git import git


@dataclass(frozen=True, slots=True)
class Declared:
    """One submodule: the name that git keeps it under, and where it comes from."""

    name: str
    url: str


def declared_on_disk(folder: Path) -> dict[str, Declared]:
    """The submodules that the file in a checkout declares, by path.

    Raises:
        ProcessError: it is malformed.
    """
    return _parse(git(folder, "config", "--file", ".gitmodules", "-z", "--list"))


def declared_in(folder: Path, commit: str, *options: str) -> dict[str, Declared]:
    """The submodules that a commit declares, by path; none where its file is malformed.

    Args:
        options: what git is told before the command.
    """
    try:
        return _parse(
            git(folder, *options, "config", "--blob", f"{commit}:.gitmodules", "-z", "--list")
        )
    except ProcessError:
        return {}


def resolve_url(base: str, url: str) -> str:
    """Where a submodule comes from whose address may be relative to its parent's, `base`."""
    if not url.startswith(("./", "../")):
        return url
    base, separator = base.rstrip("/"), "/"
    while True:
        step, _, rest = url.partition("/")
        if step == "..":
            separator = "/" if "/" in base else ":"  # host:path
            base = base.rpartition(separator)[0]
        elif step != ".":
            return f"{base}{separator}{url}"
        url = rest


def _parse(listed: str) -> dict[str, Declared]:
    paths, urls = {}, {}
    for entry in listed.split("\0"):
        key, _, value = entry.partition("\n")
        name, _, what = key.removeprefix("submodule.").rpartition(".")
        if what == "path":
            paths[name] = value
        elif what == "url":
            urls[name] = value
    return {path: Declared(name, urls.get(name, "")) for name, path in paths.items()}
