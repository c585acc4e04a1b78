"""Pieces of HTML: everything that is put in is escaped, unless it is a piece itself."""

import re
from collections.abc import Iterable
from html import escape

# Controls, lone surrogates (no UTF-8 has them), and what reorders or hides text on the screen.
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_MOST_MESSAGE = 300
_COLOUR = re.compile("\x1b\\[[0-9;:]*m")


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


def printable(text: str) -> str:
    """Text where every character is seen: controls are shown as codes."""
    if text.isprintable() or not _ODD.search(text):
        return text
    return _ODD.sub(_code, text.replace("\r\n", "\n"))


def _code(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def plain(text: str) -> str:
    """What a program printed, without the colours that it had on a terminal."""
    return _COLOUR.sub("", text) if "\x1b" in text else text


def shortened(message: str) -> str:
    """A message for a list: what is longer stands with the failure."""
    return plain(message.strip()[:_MOST_MESSAGE])


def safe(text: str) -> str:
    """Text as HTML."""
    return text if isinstance(text, Html) else escape(printable(text))


def badge(kind: str, text: str = "") -> Html:
    """A word in a colour that goes with it."""
    return Html(f'<span class="badge {kind.replace(" ", "-")}">{safe(text or kind)}</span>')


def command(line: str, label: str) -> Html:
    """A command with a button that copies it."""
    button = tag(
        "button", "copy", type="button", class_="copy", data_text=printable(line),
        aria_label=f"copy: {line}",
    )  # fmt: skip
    return tag("p", tag("span", label, class_="dim"), " ", tag("code", line), " ", button,
               class_="command")  # fmt: skip


def table(caption: str, columns: Iterable[str], rows: Iterable[str], name: str = "") -> Html:
    """A table that the script sorts and shows in steps.

    Args:
        columns: titles; one that ends with `#` holds numbers, with `?` may go on narrow screens.
        rows: each a `tr`, see `row`.
        name: the table's id.
    """
    parts = [
        '<table class="listing"', f' id="{name}">' if name else ">",
        f"<caption>{safe(caption)}</caption><thead><tr>",
        *(f'<th scope="col"{_kind(title)}>{safe(title.rstrip("#?"))}</th>' for title in columns),
        "</tr></thead><tbody>", *rows, "</tbody></table>",
    ]  # fmt: skip
    return Html("".join(parts))


def row(columns: Iterable[str], cells: Iterable[str], kinds: str = "") -> str:
    """A row whose first cell names it; `kinds` are the words that a filter finds it by."""
    head, *body = zip(map(_kind, columns), map(safe, cells), strict=True)
    given = f' data-kinds="{safe(kinds)}"' if kinds else ""
    rest = "".join(f"<td{kind}>{cell}</td>" for kind, cell in body)
    return f'<tr{given}><th scope="row"{head[0]}>{head[1]}</th>{rest}</tr>'


def _kind(title: str) -> str:
    return _KINDS[title[len(title.rstrip("#?")) :]]


_KINDS = {
    "": "",
    "#": ' class="number"',
    "?": ' class="minor"',
    "#?": ' class="number minor"',
}


def section(name: str, title: str, *children: str) -> Html:
    """A part of the page; the navigation leads to its `name`."""
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, *children, id=name, aria_labelledby=f"{name}-title")


def took(seconds: float) -> str:
    """A duration as people say it."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
