"""What fixes a line of `changelog.txt` that does not follow its grammar: a command."""

import re
import shlex

from helpers.model.images.name import plain_name

# A version as people write it in a heading: 1.2, v1.2.3, 1.2.3-beta.
_VERSION = re.compile(r"[vV]?(?P<version>\d{1,9}(?:\.\d{1,9})+)")
# Year, month, day with something else between them.
_DAY = re.compile(r"\D*(?P<year>\d{4})\D+(?P<month>\d{1,2})\D+(?P<day>\d{1,2})\s*")
_EXAMPLE_DAY = "2026-01-31"


def fix_heading(path: str, line: int, text: str, image_name: str = "") -> str:
    """The command that writes a heading right.

    Args:
        image_name: of the entries above; empty: there are none.
    """
    words = text.lstrip("# ").strip()
    found = list(_VERSION.finditer(words))
    before = words[: found[-1].start()] if found else words
    name = image_name or _image_name(before) or "my_image"
    numbers = [int(part) for part in found[-1]["version"].split(".")] if found else [1]
    version = ".".join(map(str, [*numbers, 0, 0][:3]))
    return replace_line(path, line, f"# {name}-{version}")


def fix_start(path: str, line: int, text: str) -> str:
    """The command that puts a heading where the first entry has none."""
    if _VERSION.search(text):
        return fix_heading(path, line, text)
    date = "" if _DAY.fullmatch(text) else f"\\n- {_EXAMPLE_DAY}"
    return f"sed -i '{line}i # my_image-1.0.0{date}' {shlex.quote(path)}   (your own name and day)"


def fix_date(path: str, line: int, text: str) -> str:
    """The command that writes a date right."""
    found = _DAY.fullmatch(text)
    if found and int(found["month"]) <= 12 and int(found["day"]) <= 28:
        day = f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
        return replace_line(path, line, f"- {day}")
    right = f"- {_EXAMPLE_DAY}"
    if text.lstrip().startswith("- ") and not any(char.isdigit() for char in text):
        # A bullet, and the date before it is forgotten.
        return f"sed -i '{line}i {right}' {shlex.quote(path)}   (the day of the entry)"
    return f"{replace_line(path, line, right)}   (the day of the entry)"


def fix_no_date(path: str, heading: int) -> str:
    """The command that gives an entry its date."""
    return f"sed -i '{heading}a - {_EXAMPLE_DAY}' {shlex.quote(path)}   (the day of the entry)"


def replace_line(path: str, line: int, right: str) -> str:
    """The command that puts another text in place of a line."""
    return f"sed -i '{line}s/.*/{right}/' {shlex.quote(path)}"


def _image_name(text: str) -> str:
    kept = re.sub(r"[^a-z0-9._-]+", "_", text.strip().lower()).strip("._-")
    return kept if re.fullmatch(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*", kept) else plain_name(kept)
