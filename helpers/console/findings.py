"""Show the findings of a check as lines that editors parse: file, line, what, fix."""

import sys
from collections.abc import Iterable
from typing import TextIO

from helpers.model.changelog.rules import Finding


def print_findings(findings: Iterable[Finding], stream: TextIO | None = None) -> None:
    """Print each finding with the command that fixes it."""
    for finding in findings:
        kind = "notice: " if finding.notice else ""
        print(f"{finding.where}: {kind}{finding.what}", file=stream or sys.stdout)
        if finding.fix:
            print(f"  fix: {finding.fix}", file=stream or sys.stdout)
