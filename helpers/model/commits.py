"""What messages of commits say of a version: the one table of rules.

They are read as Conventional Commits 1.0.0 says (https://www.conventionalcommits.org). A message of
no such form counts as a patch, since most repos have them; a parser that refuses it would lose it.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from helpers.model.version import Part

# Spec 1, 13: a type, a scope, `!`, a colon and a space; people forget the space.
_TITLE = re.compile(
    r"(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\n]+)\))?(?P<breaking>!)?:[ \t]*(?P<says>\S.*)"
)
# Spec 12, 15, 16: in capitals, with a blank or a hyphen, at the start of a line.
_BREAKING = re.compile(r"^BREAKING[ -]CHANGE(?::[ \t]| #)[ \t]*\S", re.MULTILINE)
# What such a line says, to the end of its paragraph or to the next trailer.
_BREAKS = re.compile(
    r"^BREAKING[ -]CHANGE(?::[ \t]| #)[ \t]*(?P<says>\S.*(?:\n(?![A-Z][\w-]*(?:: | #))\S.*)*)",
    re.MULTILINE,
)
_ASKS = "release-as:"
_RELEASE_AS = re.compile(rf"^{_ASKS}[ \t]*(\S+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
# Of the commit that carries a version in pyproject.toml.
RELEASE_VERSION = "Release-Version"
_WRITES_VERSION = re.compile(rf"^{RELEASE_VERSION}:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
# As git writes it; an id may be cut where people wrote it themselves.
_REVERTS_ID = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
# As Conventional Commits recommends it: `revert: ...` with ids in a footer.
_REFS = re.compile(r"^Refs:[ \t]*([0-9a-f]{7,64}(?:[ \t]*,[ \t]*[0-9a-f]{7,64})*)", re.MULTILINE)
# As forges write it of a pull request, whose commit they do not name.
_REVERT_TITLE = re.compile(r'(?:Revert "(.+)"|revert: "?(.+?)"?)(?: \(#\d+\))?')
_NUMBER = re.compile(r" \(#\d+\)$|(?<=.) \(!\d+\)$")
# The titles of the commits that one was made of: as GitHub lists them, and as `git merge --squash`.
_LISTED = re.compile(r"^[*-] (?P<title>\S.*)$", re.MULTILINE)
_SQUASHED = "Squashed commit of the following:"
_INDENTED = re.compile(r"^ {4}(?P<title>\S.*)$", re.MULTILINE)
# What git takes out of the file that an editor leaves.
_COMMENT = re.compile(r"^# -{24} >8 -{24}[\s\S]*|^#.*\n?", re.MULTILINE)

# Messages that git writes.
_OF_GIT = re.compile(r"(?:Merge|Revert|fixup!|squash!|amend!) ")
_ALMOST_BREAKING = re.compile(r"breaking[ -]changes?\b[ \t]*[:#]", re.IGNORECASE)

FEATURE, FIX = "feat", "fix"
# Those of Angular's, which most use; any other word is a type as well.
TYPES = (
    *(FEATURE, FIX, "build", "chore", "ci", "docs", "perf", "refactor", "revert", "style", "test"),
)
_ORDER = (Part.PATCH, Part.MINOR, Part.MAJOR)


class Reason(StrEnum):
    """Why a commit counts as it does; the values are words for people."""

    BREAKING = "a breaking change"
    FEATURE = "a feature"
    FIX = "a fix"
    OTHER = "another change"
    DEPENDENCY = "a change of what it depends on"

    @property
    def part(self) -> Part:
        """The part of a version that it raises."""
        return _PARTS.get(self, Part.PATCH)


_BY_WEIGHT = tuple(Reason)[::-1]
_REASONS = {FEATURE: Reason.FEATURE, FIX: Reason.FIX}
_PARTS = {Reason.BREAKING: Part.MAJOR, Reason.FEATURE: Part.MINOR}


class Meaning(NamedTuple):
    """What the message of a commit says of a version.

    Attributes:
        title: its first line.
        type: such as `feat`, in small letters; empty: the title is of no such form.
        scope: empty: it has none.
        release_as: a version, or the name of a tag, that it asks for; empty: none.
        writes_version: it only carries a version that was worked out before.
        reverts: ids of commits, which may be cut; or titles, where it names no id.
    """

    title: str
    type: str
    scope: str
    reason: Reason
    release_as: str = ""
    writes_version: bool = False
    reverts: tuple[str, ...] = ()
    reverts_title: str = ""


def read_message(message: str) -> Meaning:
    """What a message says. Any text is one."""
    text = message.replace("\r\n", "\n").strip()
    title, _, body = text.partition("\n")
    title = title.strip()
    head = _TITLE.fullmatch(title)
    kind = head["type"].lower() if head else ""
    if head and not body and kind != "revert":  # most messages, so it is quick
        reason = _of_head(head)
        return Meaning(title, kind, head["scope"] or "", reason)
    asked = _RELEASE_AS.findall(body)
    ids, quoted = _reverted(title, body, kind)
    return Meaning(
        title,
        kind,
        (head["scope"] or "") if head else "",
        _reason(title, body, is_revert=bool(ids or quoted)),
        release_as=asked[-1] if asked else "",
        writes_version=bool(_WRITES_VERSION.search(body)),
        reverts=ids,
        reverts_title=quoted,
    )


def asks_for_version(message: str) -> bool:
    """Whether a message may ask for a version; quick, where most do not."""
    return _ASKS in message.lower()


def _reason(title: str, body: str, *, is_revert: bool) -> Reason:
    if _BREAKING.search(body) or _BREAKING.match(title):
        return Reason.BREAKING
    found = _of_title(title)
    if found is None and not is_revert:
        pattern = _INDENTED if title == _SQUASHED else _LISTED
        listed = [_of_title(one["title"]) for one in pattern.finditer(body)]
        found = max(filter(None, listed), key=_BY_WEIGHT.index, default=None)
    return found or Reason.OTHER


def _of_title(title: str) -> Reason | None:
    """What a title says; None: it is of no known form."""
    head = _TITLE.fullmatch(title.strip())
    return _of_head(head) if head else None


def _of_head(head: re.Match[str]) -> Reason:
    if head["breaking"]:
        return Reason.BREAKING
    return _REASONS.get(head["type"].lower(), Reason.OTHER)


def _reverted(title: str, body: str, kind: str) -> tuple[tuple[str, ...], str]:
    """The commits that a message takes back: their ids, or the title of one."""
    ids = _REVERTS_ID.findall(body)
    if kind == "revert":
        ids += [one.strip() for found in _REFS.findall(body) for one in found.split(",")]
    quoted = _REVERT_TITLE.fullmatch(title)
    if ids or not quoted:
        return tuple(ids), ""
    return (), quoted[1] or quoted[2]


def taken_back(commits: Sequence[tuple[str, Meaning, *tuple[object, ...]]]) -> set[str]:
    """The commits that do not count: what one of them takes back, and that one itself.

    A revert of what was released before is a change like any other. A revert of a revert brings
    back what the first one took.

    Args:
        commits: each begins with its id and its meaning; newest first.
    """
    gone: set[str] = set()
    for at, one in enumerate(commits):
        id, meaning = one[0], one[1]
        if not (meaning.reverts or meaning.reverts_title) or id in gone:
            continue
        older = [other[:2] for other in commits[at + 1 :] if other[0] not in gone]
        taken = [found for start in meaning.reverts if (found := _starts(older, start))]
        if meaning.reverts_title and (found := _titled(older, meaning.reverts_title)):
            taken.append(found)
        if taken and len(taken) >= max(1, len(meaning.reverts)):
            gone |= {id, *taken}
    return gone


def _starts(older: Iterable[tuple[str, Meaning]], start: str) -> str:
    return next((id for id, _ in older if id.startswith(start)), "")


def _titled(older: Iterable[tuple[str, Meaning]], title: str) -> str:
    """The newest of the commits with a title; a forge adds the number of the request to it."""
    plain = _NUMBER.sub("", title)
    return next((id for id, one in older if _NUMBER.sub("", one.title) == plain), "")


def greatest(parts: Iterable[Part]) -> Part | None:
    """The greatest of these parts; None: there is none."""
    return max(parts, key=_ORDER.index, default=None)


def subject(title: str) -> str:
    """What a title says, without its type and scope."""
    head = _TITLE.fullmatch(title.strip())
    return head["says"] if head else title.strip()


def breaking_text(message: str) -> str:
    """What a message says of what breaks, besides its title; empty: nothing."""
    _, _, body = message.replace("\r\n", "\n").strip().partition("\n")
    return " ".join(" ".join(_BREAKS.findall(body)).split())


def without_comments(text: str) -> str:
    """What git makes a message of: the file of an editor without comments and a diff."""
    return _COMMENT.sub("", text.replace("\r\n", "\n")).strip()


def check_message(message: str) -> tuple[str, str]:
    """What is wrong with a message, and how to write it; empty: nothing."""
    title, _, body = message.replace("\r\n", "\n").strip().partition("\n")
    title = title.strip()
    if not title:
        return "it is empty", "fix: round the price up"
    if _OF_GIT.match(title):
        return "", ""
    head = _TITLE.fullmatch(title)
    if head is None:
        return "its first line has no type", f"fix: {title[:1].lower()}{title[1:]}"
    start, _, says = title.partition(":")
    if not says.startswith((" ", "\t")):
        return "there is no blank after the colon", f"{start}: {says}"
    kind = head["type"]
    if kind.lower() != FEATURE and _is_like(kind.lower(), FEATURE):
        return f"the type {kind!r} counts as a patch", f"{FEATURE}{title[len(kind) :]}"
    if body and not body.startswith("\n"):
        return "its second line is not empty", f"{title}, an empty line, and what follows"
    for line in body.splitlines():
        if _ALMOST_BREAKING.match(line) and not _BREAKING.match(line):
            says = re.split("[:#]", line, maxsplit=1)[1].strip() or "what users must change"
            return f"the line {line[:60]!r} does not count", f"BREAKING CHANGE: {says}"
    return "", ""


def _is_like(one: str, other: str) -> bool:
    # Imported here: few types are unknown.
    import difflib

    return one not in TYPES and bool(difflib.get_close_matches(one, [other], cutoff=0.7))
