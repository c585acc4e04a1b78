"""The one check that a pull request must pass: every planned job succeeded."""

from collections.abc import Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import shown_name

_TESTS = "dir"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the gate opens, and what is said."""

    passed: bool
    lines: tuple[str, ...]


def read_results(text: str) -> dict[str, str]:
    """By job, how it ended: success, failure, cancelled or skipped.

    Raises:
        HelpersError: the text says something else.
    """
    found = _object(text)
    if not found or not all(isinstance(one, str) for one in found.values()):
        raise HelpersError(
            "the variable RESULTS does not say how jobs ended: the gate decides inside of CI alone",
            fix="at a desk: i ci_plan --base main",
        )
    return found


def judge(results: Mapping[str, str], brief: str, root_name: str) -> Verdict:
    """Decide from how the jobs ended.

    Args:
        brief: the plan, as `CiPlan.brief` wrote it; anything else: it is not known.
    """
    plan = _object(brief)
    known = isinstance(plan.get("jobs"), int)
    lines = _said(plan, root_name) if known else []
    if not known:
        lines.append("FAILED: the plan is not known, so nobody knows what had to run")
    passed = known
    for name, result in results.items():
        nothing = name == _TESTS and result == "skipped" and known and plan["jobs"] == 0
        good = result == "success" or nothing
        passed = passed and good
        lines.append(f"{'ok' if good else 'FAILED'}: {name}: {'no dir' if nothing else result}")
    return Verdict(passed, tuple(lines))


def _said(plan: Mapping[str, Any], root_name: str) -> list[str]:
    lines = [f"all dirs are tested: {plan['everything']}"] if plan.get("everything") else []
    names = ", ".join(shown_name(str(name), root_name) for name in plan.get("skipped", ()))
    more = f" and {plan['more']} more" if plan.get("more") else ""
    return lines + ([f"skipped: {names}{more}: nothing that they use changed"] if names else [])


def _object(text: str) -> dict[str, Any]:
    try:
        found = load_json(text)
    except ValueError:
        return {}
    return dict(found) if isinstance(found, dict) else {}
