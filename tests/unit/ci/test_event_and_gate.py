"""With what a run is compared, and whether it passed."""

import json
from typing import Any

import pytest

from helpers.ci.event import Event, event_of_gitlab, read_event
from helpers.ci.gate import judge, read_results
from helpers.ci.plan import CiPlan, Part
from helpers.model.errors import HelpersError

_BASE = "b" * 40


@pytest.mark.parametrize(
    "payload",
    [
        {"pull_request": {"base": {"sha": _BASE}}},
        {"merge_group": {"base_sha": _BASE}},
    ],
)
def test_the_base_is_what_the_event_names(payload: dict[str, Any]) -> None:
    assert read_event(json.dumps(payload), "event") == Event(_BASE)


def test_of_a_push_it_is_what_was_there_before() -> None:
    payload = {"ref": "refs/heads/main", "before": _BASE, "forced": False}
    assert read_event(json.dumps(payload), "event") == Event(_BASE, pushed=True, trunk=True)


@pytest.mark.parametrize(
    ("variables", "event"),
    [
        (
            {
                "CI_PIPELINE_SOURCE": "merge_request_event",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": _BASE,
                "CI_COMMIT_BEFORE_SHA": "0" * 40,
            },
            Event(_BASE),
        ),
        (
            {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": _BASE},
            Event(_BASE, pushed=True, trunk=True),
        ),
        (
            {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BEFORE_SHA": "0" * 40},
            Event(reason="the branch is new, so there is nothing to compare with", trunk=True),
        ),
        (
            {"CI_PIPELINE_SOURCE": "schedule"},
            Event(reason="the event, schedule, names no base commit"),
        ),
    ],
)
def test_gitlab_says_it_by_variables(variables: dict[str, str], event: Event) -> None:
    assert event_of_gitlab(variables) == event


def test_where_gitlab_says_nothing_that_is_refused() -> None:
    with pytest.raises(HelpersError, match="reads the variables of a job of GitLab's"):
        event_of_gitlab({})


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"ref": "refs/heads/x", "before": "0" * 40}, "the branch is new"),
        ({"ref": "refs/heads/x", "before": _BASE, "forced": True}, "the push was forced"),
        ({"schedule": "0 4 * * *"}, "the event names no base commit"),
    ],
)
def test_without_a_base_the_reason_is_said(payload: dict[str, Any], reason: str) -> None:
    found = read_event(json.dumps(payload), "event")
    assert found.base == ""
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"pull_request": {}}', '{"merge_group": 3}'])
def test_what_is_no_payload_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="no payload of an event") as error:
        read_event(text, "event.json")
    assert error.value.where == "event.json"


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", '{"plan": {"result": "success"}}'])
def test_a_gate_outside_of_ci_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="inside of CI alone"):
        read_results(text)


def _plan(jobs: int) -> str:
    parts = tuple(Part(f"d{n}", f"d{n}", (f"d{n}",), ()) for n in range(jobs))
    return CiPlan("b" * 40, "", parts, (".",)).brief()


def _passes(brief: str, **results: str) -> bool:
    return judge(read_results(json.dumps(results)), brief, "demo").passed


def test_it_passes_when_all_that_was_planned_succeeded() -> None:
    assert _passes(_plan(2), plan="success", lint="success", dir="success")


def test_it_passes_when_nothing_was_planned() -> None:
    results = {"plan": "success", "lint": "success", "dir": "skipped"}
    verdict = judge(results, _plan(0), "demo")
    assert verdict.passed
    assert "skipped: demo: nothing that they use changed" in verdict.lines


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
@pytest.mark.parametrize("job", ["plan", "lint", "dir"])
def test_it_fails_when_a_planned_job_did_not_succeed(job: str, result: str) -> None:
    results = {"plan": "success", "lint": "success", "dir": "success"} | {job: result}
    assert not _passes(_plan(1), **results)


@pytest.mark.parametrize("brief", ["", "{}", "[]", "{", '{"jobs": "none"}'])
def test_it_fails_when_the_plan_is_not_known(brief: str) -> None:
    assert not _passes(brief, plan="success", lint="success", dir="skipped")


def test_what_it_is_told_fits_into_a_variable_however_many_dirs_there_are() -> None:
    names = tuple(f"area/{'x' * 200}_{n}" for n in range(10_000))
    brief = CiPlan("b" * 40, "", (), names).brief()
    assert len(brief) < 10_000
    (said, *_) = judge({"plan": "success"}, brief, "demo").lines
    assert said.endswith("and 9980 more: nothing that they use changed")
