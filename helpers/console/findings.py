"""What a check found, as lines that editors can follow: file, line, what, and what mends it."""

import sys
from collections.abc import Iterable
from typing import TextIO

from helpers.model.changelog_rules import Finding


def print_findings(findings: Iterable[Finding], stream: TextIO | None = None) -> None:
    """Print each finding with the command that mends it."""
    for finding in findings:
        kind = "notice: " if finding.notice else ""
        print(f"{finding.where}: {kind}{finding.what}", file=stream or sys.stdout)
        if finding.mend:
            print(f"  mend: {finding.mend}", file=stream or sys.stdout)
