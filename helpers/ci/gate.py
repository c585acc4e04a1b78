"""The one check that a pull request must pass: every planned job succeeded."""

from collections.abc import Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.numbers import list_few
from helpers.model.runnable_dir import shown_name

_TESTS = "dir"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the gate opens, and what is said."""

    passed: bool
    lines: tuple[str, ...]


def judge(needs: Mapping[str, Any], plan: Mapping[str, Any], root_name: str) -> Verdict:
    """Decide from how the jobs ended.

    Args:
        needs: by job, its `result`: success, failure, cancelled or skipped.
        plan: as `ci_plan` wrote it; empty: it is not known.
    """
    lines = []
    skipped = [shown_name(str(name), root_name) for name in plan.get("skipped", ())]
    if plan.get("everything"):
        lines.append(f"all dirs are tested: {plan['everything']}")
    if skipped:
        lines.append(f"skipped: {list_few(skipped, 20)}: nothing that they use changed")
    passed = True
    if not plan:
        lines.append("FAILED: the plan is not known, so nobody knows what had to run")
        passed = False
    for name, one in needs.items():
        result = str(one["result"])
        nothing = name == _TESTS and result == "skipped" and bool(plan) and not plan.get("parts")
        good = result == "success" or nothing
        passed = passed and good
        lines.append(f"{'ok' if good else 'FAILED'}: {name}: {'no dir' if nothing else result}")
    return Verdict(passed, tuple(lines))
