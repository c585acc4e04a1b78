"""Names that people give as parts of names for which others allow few letters: one rule for all."""

import re

# Letters that Unicode does not take for a plain one with a mark.
_LETTERS = str.maketrans(
    {
        **{"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th"},
        **{"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D"},
        **{"ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "\u0131": "i"},
    }
)
_LONGEST = 60


def plain_letters(text: str) -> str:
    """The text with Latin letters in place of those with marks; others stay."""
    if text.isascii():
        return text
    # Imported here: most names are plain.
    import unicodedata

    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def small_letters(text: str, between: str) -> str:
    """The text as small Latin letters and digits, with a sign between them; may be empty."""
    return re.sub(r"[^a-z0-9]+", between, plain_letters(text).lower()).strip(between)


def with_checksum(kept: str, text: str) -> str:
    """A shortened text with a checksum of the whole: different texts stay different."""
    checksum = digest_of(text, 6)
    return f"{kept}-{checksum}" if kept else checksum


def digest_of(text: str, length: int) -> str:
    """The first hexadecimal digits of the SHA-256 of a text, such as a path: a name for it."""
    # Imported here: most commands need none.
    import hashlib

    # A name on the disk need not be UTF-8.
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:length]


def slug(path: str) -> str:
    """A path as a part of the names of containers, networks and files; no other path has it."""
    parts = path.split("/")
    if all(re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", part) for part in parts):
        found = "-".join(part.replace("-", "--") for part in parts)
        if len(found) <= _LONGEST:
            return found
    return with_checksum(small_letters(path, "-")[:_LONGEST].rstrip("-"), path)
