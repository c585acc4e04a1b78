"""GitHub's pull requests, and what jobs leave on it: read, and answered by comments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from helpers.forge.errors import ForgeError
from helpers.forge.session import Session
from helpers.model.forge import KeptFile, PullRequest, Reply

_CONFLICT = 409
_GOING_ON = ("queued", "in_progress", "waiting", "pending", "requested")
# Artefacts of a name that are looked at, the newest first.
_KEPT = "30"


class GitHub:
    """Asks about one repo; each method raises `ForgeError` where GitHub refuses or is silent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._repo = f"/repos/{session.place.project}"

    def permission(self, login: str) -> str:
        """What somebody may do in the repo: admin, write, read or none."""
        path = f"{self._repo}/collaborators/{quote(login, safe='')}/permission"
        found = self._session.find(path)
        return str(found["permission"]) if found else "none"

    def pull_request(self, number: int) -> PullRequest:
        """A pull request as it is now."""
        found = self._session.get(f"{self._repo}/pulls/{number}")
        # Of a fork that was deleted there is no repo.
        there = (found["head"].get("repo") or {}).get("id")
        return PullRequest(
            number,
            is_open=found["state"] == "open",
            head=str(found["head"]["sha"]),
            base=str(found["base"]["ref"]),
            is_fork=there != found["base"]["repo"]["id"],
        )

    def first_seen(self, pull: PullRequest) -> datetime | None:
        """When GitHub made the head's first check suite, which it does as a commit is pushed."""
        path = f"{self._repo}/commits/{pull.head}/check-suites"
        found = self._session.pages(path, "check_suites")
        return min((_time(one["created_at"]) for one in found if one["created_at"]), default=None)

    def find_reply(self, number: int, mark: str) -> Reply | None:
        """The comment of a program below a pull request or issue that begins with a mark."""
        for one in self._session.pages(f"{self._repo}/issues/{number}/comments"):
            text = str(one["body"] or "")
            if text.startswith(mark) and (one["user"] or {}).get("type") == "Bot":
                return Reply(int(one["id"]), text)
        return None

    def write_reply(self, number: int, text: str) -> None:
        """Write a comment below a pull request or issue."""
        self._session.send("POST", f"{self._repo}/issues/{number}/comments", {"body": text})

    def change_reply(self, number: int, reply: int, text: str) -> None:  # noqa: ARG002 - as GitLab
        """Give a comment another text."""
        self._session.send("PATCH", f"{self._repo}/issues/comments/{reply}", {"body": text})

    def cancel_runs(self, workflow: str, title: str, own: str) -> int:
        """Cancel the runs of a workflow that have a title and are not at their end; how many.

        Args:
            own: the id of the run that asks, which goes on.
        """
        path = f"{self._repo}/actions/workflows/{workflow}/runs"
        found = {
            int(one["id"])
            for status in _GOING_ON
            for one in self._session.pages(path, "workflow_runs", status=status)
            if one["display_title"] == title
        }
        return sum(self._cancel(run) for run in sorted(found) if str(run) != own)

    def _cancel(self, run: int) -> bool:
        try:
            self._session.send("POST", f"{self._repo}/actions/runs/{run}/cancel")
        except ForgeError as error:
            if error.status != _CONFLICT:  # it ended meanwhile
                raise
            return False
        return True

    def kept_files(self, name: str) -> Iterable[KeptFile]:
        """What jobs of this repo's own branches left under a name, the newest first."""
        path = f"{self._repo}/actions/artifacts"
        listed = self._session.get(path, name=name, per_page=_KEPT)["artifacts"]
        found = [_kept(one) for one in listed if not one["expired"] and _is_own(one)]
        return sorted(found, key=lambda one: one.made, reverse=True)

    def kept_content(self, file: KeptFile) -> bytes:
        """The archive of what a job left."""
        return self._session.content(f"{self._repo}/actions/artifacts/{file.id}/zip")


def _is_own(found: Mapping[str, Any]) -> bool:
    """Whether the branch is the repo's: a fork may have one of the same name."""
    run = found["workflow_run"] or {}
    return "repository_id" in run and run["repository_id"] == run.get("head_repository_id")


def _kept(found: Mapping[str, Any]) -> KeptFile:
    branch = found["workflow_run"].get("head_branch") or ""
    return KeptFile(
        int(found["id"]), branch, int(found["size_in_bytes"]), _time(found["created_at"])
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
