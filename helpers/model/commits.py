"""What messages of commits say of a version: the one table of rules.

They are read as Conventional Commits 1.0.0 says (https://www.conventionalcommits.org). A message of
no such form counts as a patch, since most repos have them; a parser that refuses it would lose it.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from helpers.model.errors import HelpersError
from helpers.model.version import Part, Version

# Spec 1, 13: a type, a scope, `!`, a colon and a space; people forget the space.
TITLE = re.compile(
    r"(?P<type>[A-Za-z][\w-]*)(?:\((?P<scope>[^()\n]+)\))?(?P<breaking>!)?:[ \t]*(?P<says>\S.*)"
)
# Spec 12, 15, 16: in capitals, with a blank or a hyphen, at the start of a line.
BREAKING = re.compile(r"^BREAKING[ -]CHANGE(?::[ \t]| #)[ \t]*\S", re.MULTILINE)
_BREAKING_TYPE = "breaking-change"
# What such a line says, to the end of its paragraph or to the next trailer.
_BREAKS = re.compile(
    r"^BREAKING[ -]CHANGE(?::[ \t]| #)[ \t]*(?P<says>\S.*(?:\n(?![A-Z][\w-]*(?:: | #))\S.*)*)",
    re.MULTILINE,
)
RELEASE_AS_KEY = "Release-As"
_ASKS = f"{RELEASE_AS_KEY.lower()}:"
# All that follows: what cannot be read is told, and not passed over.
RELEASE_AS = re.compile(rf"^{_ASKS}[ \t]*(.*?)[ \t]*$", re.MULTILINE | re.IGNORECASE)
# What it asks for: the start of a dir's tags, which may be missing, and a version.
NUMBERS = re.compile(r"(?P<prefix>.*?)(?P<numbers>\d+(?:\.\d+)*)")
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
        release_as: what it asks for, as it is written: versions, names of tags, or words that are
            neither; each once.
        writes_version: it only carries a version that was worked out before.
        reverts: ids of commits, which may be cut; or titles, where it names no id.
    """

    title: str
    type: str
    scope: str
    reason: Reason
    release_as: tuple[str, ...] = ()
    writes_version: bool = False
    reverts: tuple[str, ...] = ()
    reverts_title: str = ""


def read_message(message: str) -> Meaning:
    """What a message says. Any text is one."""
    text = message.replace("\r\n", "\n").strip()
    title, _, body = text.partition("\n")
    title = title.strip()
    head = TITLE.fullmatch(title)
    kind = head["type"].lower() if head else ""
    if (
        head and not body and kind not in ("revert", _BREAKING_TYPE)
    ):  # most messages, so it is quick
        reason = _of_head(head)
        return Meaning(title, kind, head["scope"] or "", reason)
    ids, quoted = _reverted(title, body, kind)
    return Meaning(
        title,
        kind,
        (head["scope"] or "") if head else "",
        _reason(title, body, is_revert=bool(ids or quoted)),
        release_as=tuple(dict.fromkeys(RELEASE_AS.findall(body))),
        writes_version=bool(_WRITES_VERSION.search(body)),
        reverts=ids,
        reverts_title=quoted,
    )


def asks_for_version(message: str) -> bool:
    """Whether a message may ask for a version; quick, where most do not."""
    return _ASKS in message.lower()


def read_request(asked: str) -> tuple[str | None, Version | None]:
    """What a line `Release-As:` asks for: the start of a dir's tags, and a version.

    The start is empty where a version stands alone, as `2.0.0` or `v2.0.0`; None: it is no version.
    """
    found = NUMBERS.fullmatch(asked)
    if not found or any(sign.isspace() for sign in asked):
        return None, None
    prefix = found["prefix"]
    try:
        return "" if prefix.lower() == "v" else prefix, Version.parse(found["numbers"])
    except HelpersError:
        return None, None


def _reason(title: str, body: str, *, is_revert: bool) -> Reason:
    if BREAKING.search(body) or BREAKING.match(title):
        return Reason.BREAKING
    found = _of_title(title)
    if found is None and not is_revert:
        pattern = _INDENTED if title == _SQUASHED else _LISTED
        listed = [_of_title(one["title"]) for one in pattern.finditer(body)]
        found = max(filter(None, listed), key=_BY_WEIGHT.index, default=None)
    return found or Reason.OTHER


def _of_title(title: str) -> Reason | None:
    """What a title says; None: it is of no known form."""
    head = TITLE.fullmatch(title.strip())
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
    head = TITLE.fullmatch(title.strip())
    return head["says"] if head else title.strip()


def breaking_text(message: str) -> str:
    """What a message says of what breaks, besides its title; empty: nothing."""
    _, _, body = message.replace("\r\n", "\n").strip().partition("\n")
    return " ".join(" ".join(_BREAKS.findall(body)).split())
