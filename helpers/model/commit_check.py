"""What is wrong with the message of a commit from which a version follows, and how to write it."""

import re

from helpers.model.commits import (
    BREAKING,
    FEATURE,
    FIX,
    NUMBERS,
    RELEASE_AS,
    RELEASE_AS_KEY,
    TITLE,
    TYPES,
    read_request,
)

# What git takes out of the file that an editor leaves.
_COMMENT = re.compile(r"^# -{24} >8 -{24}[\s\S]*|^#.*\n?", re.MULTILINE)
# Messages that git writes.
_OF_GIT = re.compile(r"(?:Merge|Revert|fixup!|squash!|amend!) ")
_ALMOST_BREAKING = re.compile(r"breaking[ _-]?(?:changes?)?[ \t]*[:#]", re.IGNORECASE)
# A ticket before the type, or as the type: `[SHOP-1] feat: a`, `#12 feat: a`, `SHOP-1: a`.
_TICKET = re.compile(
    r"(?:[\[(]?(?P<ticket>[A-Z][A-Z0-9_]*-\d+|#\d+)[\])]?)(?:[ \t]*:)?[ \t]+(?=\S)"
)
# `:sparkles: feat: a`, and the sign itself.
_SIGN = re.compile(r"(?::[a-z0-9_+-]+:|[^\w\s\[\](){}\"'`#<>/\\.,;:!?*-]+)[ \t]+(?=\S)")
# What was meant as a type: with blanks, brackets or a scope that do not belong there.
_ALMOST_TITLE = re.compile(
    r"[\[(]?(?P<type>[A-Za-z][\w-]*)[\])]?[ \t]*(?P<early>!)?[ \t]*"
    r"(?:\((?P<scope>[^()\n]*)\))?[ \t]*(?P<late>!)?[ \t]*"
    r"(?P<colon>:)?[ \t]*(?P<says>.*)"
)
# A line that asks for a version, but for its spelling.
_ALMOST_ASKS = re.compile(r"release[ _-]?as[ \t]*[:=]?[ \t]*(?P<asked>\S*\d\.\d\S*)", re.IGNORECASE)
_NO_TYPE = "its first line has no type"
_EXAMPLE = "round the price up"


def without_comments(text: str) -> str:
    """What git makes a message of: the file of an editor without comments and a diff."""
    return _COMMENT.sub("", text.replace("\r\n", "\n")).strip()


def check_message(message: str) -> tuple[str, str]:
    """What is wrong with a message, and how to write it; empty: nothing."""
    title, _, body = message.replace("\r\n", "\n").strip().partition("\n")
    title = title.strip()
    if not title:
        return "it is empty", f"{FIX}: {_EXAMPLE}"
    if _OF_GIT.match(title):
        return "", ""
    wrong = _wrong_title(title)
    if wrong:
        return wrong, corrected_title(title)
    if title.lower().startswith(f"{RELEASE_AS_KEY.lower()}:"):
        asked = _asked(title.partition(":")[2].strip())
        how = f"chore: set the version, an empty line, and {RELEASE_AS_KEY}: {asked}"
        return f"{RELEASE_AS_KEY} does not count in the first line", how
    if body and not body.startswith("\n"):
        return "its second line is not empty", f"{title}, an empty line, and what follows"
    for line in body.splitlines():
        if _ALMOST_BREAKING.match(line) and not BREAKING.match(line):
            says = re.split("[:#]", line, maxsplit=1)[1].strip() or "what users must change"
            return f"the line {line[:60]!r} does not count", f"BREAKING CHANGE: {says}"
    return _wrong_request(body)


def corrected_title(title: str) -> str:
    """A first line as it was meant; a ticket that it begins with stands at its end."""
    tickets = []
    while found := _TICKET.match(title) or _SIGN.match(title):
        title, ticket = title[found.end() :], found.groupdict().get("ticket")
        tickets += [f" ({ticket})"] if ticket else []
    return _with_type(title) + "".join(tickets)


def _with_type(title: str) -> str:
    if found := _ALMOST_BREAKING.match(title):
        return f"{FEATURE}!: {title[found.end() :].strip() or _EXAMPLE}"
    found = _ALMOST_TITLE.fullmatch(title)
    if not found or not (found["colon"] or _known(found["type"])):
        return f"{FIX}: {_small(title)}"
    is_breaking = bool(_ALMOST_BREAKING.match(f"{found['type']}:"))
    kind = FEATURE if is_breaking else _known(found["type"]) or found["type"].lower()
    scope = (found["scope"] or "").strip()
    scope = f"({scope})" if scope else ""
    breaks = "!" if found["early"] or found["late"] or is_breaking else ""
    says = found["says"] if found["colon"] else _small(found["says"].lstrip("-\N{EN DASH};,. \t"))
    return f"{kind}{scope}{breaks}: {says or _EXAMPLE}"


def _wrong_title(title: str) -> str:
    """What is wrong with a first line; empty: nothing."""
    if found := _TICKET.match(title):
        return f"its first line begins with {found['ticket']}, and not with a type"
    head = TITLE.fullmatch(title)
    if head is None:
        almost = _ALMOST_TITLE.fullmatch(title)
        is_type = almost and not almost["says"] and (almost["colon"] or _known(almost["type"]))
        return "no text follows its type" if is_type else _NO_TYPE
    if BREAKING.match(title):
        return _NO_TYPE
    kind = head["type"]
    is_like = _ALMOST_BREAKING.match(f"{kind}:") or _known(kind) not in ("", kind.lower())
    if is_like and not head["breaking"]:
        return f"the type {kind!r} counts as a patch"
    if not title.partition(":")[2].startswith((" ", "\t")):
        return "there is no blank after the colon"
    return ""


def _known(word: str) -> str:
    """The type that a word is, or was meant to be; empty: none that is known."""
    kind = word.lower()
    if kind in TYPES:
        return kind
    return FEATURE if kind.startswith(FEATURE) or _is_like(kind, FEATURE) else ""


def _is_like(one: str, other: str) -> bool:
    # Imported here: few types are unknown.
    import difflib

    return bool(difflib.get_close_matches(one, [other], cutoff=0.7))


def _small(text: str) -> str:
    """The same with a small letter first, unless its first word has capitals of its own."""
    word = text.partition(" ")[0]
    return text if word[1:] != word[1:].lower() else f"{text[:1].lower()}{text[1:]}"


def _wrong_request(body: str) -> tuple[str, str]:
    """What is wrong with the lines that ask for a version, and how to write them."""
    by_dir: dict[str, str] = {}
    for line in body.splitlines():
        if found := RELEASE_AS.fullmatch(line):
            asked = found[1]
            prefix = read_request(asked)[0]
            if prefix is None:
                said = f"the line {line[:60]!r} asks for no version"
                return said, f"{RELEASE_AS_KEY}: {_asked(asked)}"
            other = by_dir.setdefault(prefix, asked)
            if read_request(other) != read_request(asked):
                return f"it asks for {other} and for {asked}", f"{RELEASE_AS_KEY}: {asked}, alone"
        elif found := _ALMOST_ASKS.fullmatch(line.strip()):
            said = f"the line {line[:60]!r} does not count"
            return said, f"{RELEASE_AS_KEY}: {_asked(found['asked'])}"
    return "", ""


def _asked(text: str) -> str:
    """A version of the form that is needed, as close to a text as can be."""
    found = NUMBERS.fullmatch(text)
    if not found or any(sign.isspace() for sign in text):
        return "2.0.0"
    numbers = [*found["numbers"].split("."), "0", "0"][:3]
    return f"{found['prefix']}{'.'.join(numbers)}"
