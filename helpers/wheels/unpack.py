"""Unpack wheels as installers do it, and tidy the folders in which wheels are kept."""

import shutil
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

from helpers.wheels.archive import Wheel

_SHEBANG = b"#!/usr/bin/env python3"
_SCRIPT = """\
#!/usr/bin/env python3
import sys

from {module} import {name}

if __name__ == "__main__":
    sys.exit({attr}())
"""


def unpack(wheel: Wheel, site: Path, scripts: Path) -> None:
    """Write a wheel's modules and metadata into one folder and its programs into another.

    Raises:
        OSError: the disk is full.
    """
    for name, entry in wheel.files.items():
        target, content = site / name, entry.content
        if name.startswith(f"{wheel.data}/"):
            scheme, _, rest = name.removeprefix(f"{wheel.data}/").partition("/")
            target = _places(site, scripts).get(scheme, site.parent) / rest
            if scheme == "scripts" and content.startswith(b"#!python"):
                content = _SHEBANG + content[content.find(b"\n") :]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755 if entry.runs else 0o644)
    for program, text in _programs(site / wheel.info):
        (scripts / program).write_text(text, encoding="utf-8")
        (scripts / program).chmod(0o755)


def _places(site: Path, scripts: Path) -> dict[str, Path]:
    return {"purelib": site, "platlib": site, "scripts": scripts}


def _programs(info: Path) -> Iterator[tuple[str, str]]:
    """The programs of a distribution's entry points: their names and texts."""
    for point in PathDistribution(info).entry_points:
        if point.group in ("console_scripts", "gui_scripts") and "/" not in point.name:
            first = point.attr.partition(".")[0]
            yield point.name, _SCRIPT.format(module=point.module, name=first, attr=point.attr)


def tidy(used: Path, count: int) -> None:
    """Remove the folders of wheels that were not used for the longest time.

    Args:
        used: the folder that is used now, beside the others.
        count: how many stay.
    """
    used.touch()
    found = sorted((one for one in used.parent.iterdir() if one.is_dir()), key=_used)
    for old in found[:-count]:
        shutil.rmtree(old, ignore_errors=True)


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0  # another build removed it
