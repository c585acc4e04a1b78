"""Pieces of HTML: everything that is put in is escaped, unless it is a piece itself."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Html:
    """An element; a `class_` is its class, and `_` in the names of attributes stands for `-`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{safe(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{given}>{''.join(map(safe, children))}</{name}>")


def join(pieces: Iterable[str]) -> Html:
    """Pieces one after the other."""
    return Html("".join(map(safe, pieces)))


def safe(text: str) -> str:
    """Text as HTML; what XML and HTML cannot hold is shown as a code."""
    if isinstance(text, Html):
        return text
    shown = "".join(c if c >= " " or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)
    return escape(shown)


def table(caption: str, header: Iterable[str], rows: Iterable[Iterable[str]], **more: str) -> Html:
    """A table; header cells are sorted by where the script finds `data-sort`."""
    head = tag("tr", *(tag("th", title, scope="col") for title in header))
    body = (tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    return tag(
        "div",
        tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), **more),
        class_="wide",
    )
