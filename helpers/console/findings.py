"""Show the findings of a check as lines that editors parse: file, line, what, fix."""

from collections.abc import Iterable

from helpers.model.changelog.history_rules import Finding
from helpers.model.numbers import counted, list_few

# More dirs than these are told of in one line, where the same holds for all.
_FEW = 3


def print_findings(findings: Iterable[Finding]) -> None:
    """Print each finding with the command that fixes it; those of many dirs as one."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.several:
            alike.setdefault(finding.several, []).append(finding)
        else:
            _print(finding)
    for (what, fix), found in alike.items():
        if len(found) <= _FEW:
            for finding in found:
                _print(finding)
            continue
        names = list_few([finding.dir for finding in found], _FEW)
        print(f"notice: {counted(len(found), 'dir')} {what}: {names}\n  fix: {fix}")


def _print(finding: Finding) -> None:
    kind = "notice: " if finding.notice else ""
    print(f"{finding.where}: {kind}{finding.what}")
    if finding.fix:
        print(f"  fix: {finding.fix}")
