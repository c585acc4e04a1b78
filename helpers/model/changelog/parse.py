"""`changelog.txt`: the version history of a runnable dir's container."""

import re
from datetime import UTC, date, datetime, timedelta

from helpers.model.changelog.fixes import (
    fix_date,
    fix_heading,
    fix_no_date,
    fix_start,
    replace_line,
)
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.version import Part, Version

FILE_NAME = "changelog.txt"

# A name that a registry accepts as one path component (OCI distribution specification).
_IMAGE_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_HEADING = re.compile(r"# *(?P<name>\S+)-(?P<version>\d\S*)\s*")
# A longer line is no heading: what reads it must not take its time over it.
_LONGEST_HEADING = 400
_LONGEST_SHOWN = 80
_DATE = re.compile(r"- *(?P<date>\d{4}-\d{2}-\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One version: its image name, version, date, and the line (from 1) of its heading."""

    image_name: str
    version: Version
    date: date
    line: int


@dataclass(frozen=True, slots=True)
class Changelog:
    """The entries of one `changelog.txt`, newest first; never empty."""

    path: str
    entries: tuple[Entry, ...]

    @property
    def dir(self) -> str:
        """The dir that it is of, relative to the repo's root."""
        return self.path.rpartition("/")[0] or "."

    @property
    def image_name(self) -> str:
        """The name of the dir's image, without registry and tag."""
        return self.entries[0].image_name

    @property
    def version(self) -> Version:
        """The container version: the newest entry's."""
        return self.entries[0].version


def parse_changelog(text: str, path: str) -> Changelog:
    """Read a changelog.

    Blank lines, further and nested bullets, Windows line ends and a missing last newline are
    accepted. `path` is for messages alone.

    Raises:
        HelpersError: with the line number; a heading or date is malformed, versions do not
            decrease strictly, image names differ, or there is no entry.
    """
    entries: list[Entry] = []
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#"):
            if line.strip() and not entries:
                what = f"expected a heading, found {_shown(line)}"
                raise _error(path, number, what, fix_start(path, number, line[:_LONGEST_HEADING]))
            continue
        entry = _read_entry(lines, number, path, entries[0].image_name if entries else "")
        if entries:
            _check_follows(entries[-1], entry, path)
        entries.append(entry)
    if not entries:
        raise HelpersError(
            f"{FILE_NAME} has no entry",
            where=path,
            fix="write one: a line '# <image_name>-1.0.0', then a line '- <YYYY-MM-DD>'",
        )
    return Changelog(path, tuple(entries))


def bump_changelog(text: str, path: str, part: Part, message: str, today: date) -> str:
    """The text with an entry for the raised version on top; the rest stays byte for byte.

    Raises:
        HelpersError: the changelog is malformed, or the message is empty or no Unicode.
    """
    changelog = parse_changelog(text, path)
    bullets = [line.strip() for line in message.splitlines() if line.strip()]
    if not bullets:
        raise HelpersError(
            "a bump needs a message that says what changed in the container",
            where=path,
            fix='add --message "Add pandas"',
        )
    _check_encodable(message, path)
    newline = "\r\n" if "\r\n" in text else "\n"
    heading = f"# {changelog.image_name}-{changelog.version.bumped(part)}"
    day = _not_before(changelog.entries[0].date, today)
    entry = [heading, f"- {day.isoformat()}", *(_as_bullet(line) for line in bullets)]
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix("\ufeff")
    return mark + newline.join([*entry, "", ""]) + body


def rename_image(text: str, path: str, name: str) -> str:
    """The text with another name of the image in every heading; the rest stays byte for byte.

    Raises:
        HelpersError: the changelog is malformed, or no image can have the name.
    """
    if not _IMAGE_NAME.fullmatch(name):
        raise HelpersError(f"{name!r} cannot be the name of an image (a-z, 0-9, . _ -)", where=path)
    headings = {entry.line: entry.image_name for entry in parse_changelog(text, path).entries}
    lines = text.splitlines(keepends=True)
    for number, old in headings.items():
        lines[number - 1] = lines[number - 1].replace(old, name, 1)
    return "".join(lines)


def entry_day(now: datetime) -> date:
    """The day that an entry gets: that of UTC, so that it is the same for everybody."""
    return now.astimezone(UTC).date()


def _check_encodable(message: str, path: str) -> None:
    try:
        message.encode()
    except UnicodeEncodeError as error:
        raise HelpersError(
            f"the message has a byte that is no UTF-8: {message[:_LONGEST_SHOWN]!r}",
            where=path,
            fix='type it in UTF-8: --message "Add pandas"',
        ) from error


def _shown(line: str) -> str:
    return repr(line.strip()[:_LONGEST_SHOWN])


def _not_before(newest: date, today: date) -> date:
    """The day for an entry above another: a colleague's day may be ours already tomorrow."""
    return newest if today < newest <= today + timedelta(days=1) else today


def _as_bullet(line: str) -> str:
    return line if line.startswith("- ") else f"- {line}"


def _read_entry(lines: list[str], number: int, path: str, image_name: str) -> Entry:
    heading = lines[number - 1]

    def wrong(what: str) -> HelpersError:
        fix = fix_heading(path, number, heading[:_LONGEST_HEADING], image_name)
        return _error(path, number, what, fix)

    match = _HEADING.fullmatch(heading) if len(heading) <= _LONGEST_HEADING else None
    if not match:
        raise wrong(f"malformed heading {_shown(heading)}")
    name = match["name"]
    if not _IMAGE_NAME.fullmatch(name):
        raise wrong(f"{name!r} cannot be the name of an image (a-z, 0-9, . _ -)")
    try:
        version = Version.parse(match["version"])
    except HelpersError as error:
        raise wrong(error.what) from error
    return Entry(name, version, _read_date(lines, number, path), number)


def _read_date(lines: list[str], heading: int, path: str) -> date:
    """The date is the first line below the heading that is not blank."""
    for number in range(heading + 1, len(lines) + 1):
        line = lines[number - 1]
        if not line.strip():
            continue
        match = _DATE.fullmatch(line)
        if not match:
            what = f"expected '- <YYYY-MM-DD>', found {_shown(line)}"
            raise _error(path, number, what, fix_date(path, number, line[:_LONGEST_HEADING]))
        try:
            return date.fromisoformat(match["date"])
        except ValueError as error:
            what = f"{match['date']} is not a valid date"
            raise _error(path, number, what, fix_date(path, number, line)) from error
    raise _error(path, heading, "an entry without a date", fix_no_date(path, heading))


def _check_follows(newer: Entry, older: Entry, path: str) -> None:
    if newer.image_name != older.image_name:
        raise _error(
            path,
            older.line,
            f"image name {older.image_name!r} differs from {newer.image_name!r} of line"
            f" {newer.line}",
            replace_line(path, older.line, f"# {newer.image_name}-{older.version}"),
        )
    if newer.version <= older.version:
        raise _error(
            path,
            older.line,
            f"version {older.version} is not below {newer.version} of line {newer.line}:"
            " versions decrease from top to bottom",
            f"give line {newer.line} a version above {older.version}"
            if newer.version == older.version
            else f"put the entry {older.version} above that of {newer.version}, or give line"
            f" {newer.line} a version above it",
        )


def _error(path: str, line: int, what: str, fix: str) -> HelpersError:
    return HelpersError(f"{FILE_NAME}: {what}", where=f"{path}:{line}", fix=fix)
