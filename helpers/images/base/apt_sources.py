"""Where this machine gets Debian's packages: its apt sources, which may name a mirror."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

_FOLDER = Path("/etc/apt")
_CODENAMES = ("bookworm", "trixie", "forky", "sid", "stable", "testing", "unstable", "bullseye")
_SECURITY = "-security"


def read_debian_sources(suite: str, folder: Path = _FOLDER) -> tuple[str, ...]:
    """Lines of apt's sources for `suite` on the mirrors that this machine uses.

    Empty where the machine names no mirror of Debian: tools then have a default of their own.
    """
    archive, security = "", ""
    for uri, suites in _entries(folder):
        if urlsplit(uri).password or not uri.startswith(("http://", "https://")):
            continue  # it would end in the image
        if any(
            name.endswith(_SECURITY) and name[: -len(_SECURITY)] in _CODENAMES for name in suites
        ):
            security = security or uri
        elif any(name in _CODENAMES for name in suites):
            archive = archive or uri
    if not archive:
        return ()
    lines = [f"deb {archive} {suite} main", f"deb {archive} {suite}-updates main"]
    return (*lines, *([f"deb {security} {suite}{_SECURITY} main"] if security else []))


def snapshot_sources(mirror: str, moment: str, suite: str) -> tuple[str, ...]:
    """Lines of apt's sources for `suite` as it was at a moment.

    Its signatures are of that time, so when they end does not count.
    """
    return tuple(
        f"deb [check-valid-until=no] {mirror}/{archive}/{moment} {name} main"
        for archive, name in (
            ("debian", suite),
            ("debian", f"{suite}-updates"),
            ("debian-security", f"{suite}{_SECURITY}"),
        )
    )


def _entries(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """URI and suites of each source, in both formats of apt."""
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for paragraph in path.read_text(errors="replace").split("\n\n"):
            fields = _fields(paragraph)
            if fields.get("enabled", "yes") != "no" and "main" in fields.get("components", ""):
                for uri in fields.get("uris", "").split():
                    yield uri, fields.get("suites", "").split()
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
        for line in lines:
            words = (
                line.partition("#")[0].partition("]")[2].split()
                if "[" in line
                else line.split()[1:]
            )
            if line.startswith("deb ") and len(words) > 2 and "main" in words[2:]:
                yield words[0], [words[1]]


def _fields(paragraph: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            found[name] = f"{found.get(name, '')} {line.strip()}"
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            found[name] = value.strip()
    return found
