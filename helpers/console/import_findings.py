"""Show what does not fit between imports and declarations, as lines or JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from helpers.model.packages.import_findings import Finding


def finding_lines(found: Sequence[Finding], dirs: int) -> list[str]:
    """Each finding with where and the fix; notes come last."""
    lines = []
    for one in sorted(found, key=lambda one: one.note):
        place = f"{one.file}:{one.line}" if one.line else one.file
        lines.append(f"{place}: {'note: ' if one.note else ''}{one.what}")
        if one.fix and not one.note:
            lines.append(f"  fix: {one.fix}")
    bad = sum(not one.note for one in found)
    counted = f"{bad} finding{'s' * (bad != 1)}" if bad else "nothing found"
    notes = len(found) - bad
    rest = f", {notes} note{'s' * (notes != 1)}" if notes else ""
    return [*lines, f"{counted}{rest} in {dirs} dir{'s' * (dirs != 1)}"]


def findings_json(found: Sequence[Finding]) -> str:
    """All findings as a list of objects; keys as in `Finding`."""
    return json.dumps([asdict(one) for one in found], indent=2)
