"""What happened, as a forge says it: with which commit the run's is compared."""

from collections.abc import Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError

_NEW = "the branch is new, so there is nothing to compare with"
FORCED = "the push was forced, so what was there before is no base"


@dataclass(frozen=True, slots=True)
class Event:
    """What a run is compared with.

    Attributes:
        base: a commit; empty: none.
        reason: why there is none.
        pushed: the base is what a push moved on from, so HEAD comes after it.
        trunk: a branch was pushed to.
        title: of the pull request; empty: there is none.
    """

    base: str = ""
    reason: str = ""
    pushed: bool = False
    trunk: bool = False
    title: str = ""


def read_event(text: str, where: str) -> Event:
    """Read GitHub's payload of an event: pull_request, merge_group, push, or any other.

    Raises:
        HelpersError: it is no payload.
    """
    try:
        found = load_json(text)
    except ValueError as error:
        raise _no_payload(where, str(error)) from error
    if not isinstance(found, dict):
        raise _no_payload(where, "it is no JSON object")
    try:
        return _event(found)
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_payload(where, f"it lacks {error}") from error


def _event(found: Mapping[str, Any]) -> Event:
    if "pull_request" in found:
        title = str(found["pull_request"].get("title") or "")
        return _since(str(found["pull_request"]["base"]["sha"]), title)
    if "merge_group" in found:
        return _since(str(found["merge_group"]["base_sha"]))
    if "before" in found and "ref" in found:
        if found.get("forced"):
            return Event(reason=FORCED, trunk=True)
        return _pushed(str(found["before"]))
    return Event(reason="the event names no base commit")


def event_of_gitlab(variables: Mapping[str, str]) -> Event:
    """What the variables of a job of GitLab's say.

    Raises:
        HelpersError: this is no job of GitLab's.
    """
    source = variables.get("CI_PIPELINE_SOURCE", "")
    if not source:
        raise HelpersError(
            "--event gitlab reads the variables of a job of GitLab's, and there are none",
            fix="i ci_plan --base main",
        )
    if source == "merge_request_event":
        base = variables.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
        return _since(base, variables.get("CI_MERGE_REQUEST_TITLE", ""))
    if source == "push":
        return _pushed(variables.get("CI_COMMIT_BEFORE_SHA", ""))
    return Event(reason=f"the event, {source}, names no base commit")


def _pushed(base: str) -> Event:
    known = bool(base.strip("0"))
    return Event(base if known else "", "" if known else _NEW, pushed=known, trunk=True)


def _since(base: str, title: str = "") -> Event:
    return Event(base, title=title) if base.strip("0") else Event(reason=_NEW, title=title)


def _no_payload(where: str, why: str) -> HelpersError:
    return HelpersError(
        f"this is no payload of an event: {why}",
        where=where,
        fix="give the file that $GITHUB_EVENT_PATH names, or: i ci_plan --base main",
    )
