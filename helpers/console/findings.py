"""Show the findings of a check as lines that editors parse: file, line, what, fix."""

from collections.abc import Iterable

from helpers.model.changelog.history_rules import Finding


def print_findings(findings: Iterable[Finding]) -> None:
    """Print each finding with the command that fixes it."""
    for finding in findings:
        kind = "notice: " if finding.notice else ""
        print(f"{finding.where}: {kind}{finding.what}")
        if finding.fix:
            print(f"  fix: {finding.fix}")
