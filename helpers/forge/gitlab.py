"""GitLab's merge requests, and what jobs leave on it: read, and answered by notes."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from helpers.forge.errors import ForgeError
from helpers.forge.session import Session
from helpers.model.forge import PullRequest, Reply

_NOT_FOUND = 404
# What a person or a program starts by hand.
_SOURCES = ("web", "api")
# Pipelines of each kind that are looked at, the newest first.
_LOOKED_AT = 20
_GOING_ON = (
    "created",
    "waiting_for_resource",
    "preparing",
    "pending",
    "running",
    "manual",
    "scheduled",
)
_LARGEST = 2_000_000


class GitLab:
    """Asks about one project; each method raises `ForgeError` where GitLab refuses or is silent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._project = f"/projects/{quote(session.place.project, safe='')}"

    @property
    def has_token(self) -> bool:
        """Whether it may write, and read what is not public."""
        return bool(self._session.place.token)

    def pull_request(self, number: int) -> PullRequest:
        """A merge request as it is now."""
        found = self._session.get(self._of(number))
        return PullRequest(
            number,
            is_open=found["state"] == "opened",
            head=str(found["sha"]),
            base=str(found["target_branch"]),
            # Of a fork that was deleted there is no project.
            is_fork=found["source_project_id"] != found["target_project_id"],
            sign="!",
        )

    def first_seen(self, pull: PullRequest) -> datetime | None:
        """When the head of a merge request first was its head; None: it never was."""
        found = self._session.pages(f"{self._of(pull.number)}/versions")
        made = (one["created_at"] for one in found if one["head_commit_sha"] == pull.head)
        return min(map(datetime.fromisoformat, made), default=None)

    def replies(self, number: int) -> Iterator[Reply]:
        """The notes below a merge request of whom the token is, the newest first."""
        own = self._session.get("/user")["id"]
        for one in self._session.pages(f"{self._of(number)}/notes"):
            if one["author"]["id"] == own:
                yield Reply(int(one["id"]), str(one["body"] or ""))

    def find_reply(self, number: int, mark: str) -> Reply | None:
        """The one of them that begins with a mark."""
        return next((one for one in self.replies(number) if one.text.startswith(mark)), None)

    def write_reply(self, number: int, text: str) -> None:
        """Write a note below a merge request."""
        self._session.send("POST", f"{self._of(number)}/notes", {"body": text})

    def change_reply(self, number: int, reply: int, text: str) -> None:
        """Give a note another text."""
        self._session.send("PUT", f"{self._of(number)}/notes/{reply}", {"body": text})

    def cancel(self, pipeline: int) -> bool:
        """Cancel a pipeline and those that it started; whether it was not at its end."""
        path = f"{self._project}/pipelines/{pipeline}"
        found = self._session.find(path)
        if found is None or found["status"] not in _GOING_ON:
            return False
        self._session.send("POST", f"{path}/cancel")
        return True

    def kept_files(self, branch: str, call: str, job: str, path: str) -> Iterator[bytes]:
        """A file that jobs of a name left, the newest first.

        Args:
            branch: of their pipelines, which somebody started by hand.
            call: the job that started the child in which the job ran.
        """
        found: list[int] = []
        for source in _SOURCES:
            listed = self._session.get(
                f"{self._project}/pipelines",
                ref=branch,
                source=source,
                status="success",
                per_page=str(_LOOKED_AT),
            )
            found += [int(one["id"]) for one in listed]
        for pipeline in sorted(found, reverse=True)[:_LOOKED_AT]:
            yield from self._left(pipeline, call, job, path)

    def _left(self, pipeline: int, call: str, job: str, path: str) -> Iterator[bytes]:
        above = f"{self._project}/pipelines"
        for bridge in self._session.pages(f"{above}/{pipeline}/bridges"):
            child = (bridge.get("downstream_pipeline") or {}).get("id")
            if bridge["name"] != call or child is None:
                continue
            for one in self._session.pages(f"{above}/{int(child)}/jobs"):
                size = (one.get("artifacts_file") or {}).get("size") or 0
                if one["name"] == job and 0 < size <= _LARGEST:
                    yield from self._file(int(one["id"]), path)

    def _file(self, job: int, path: str) -> Iterator[bytes]:
        try:
            yield self._session.content(f"{self._project}/jobs/{job}/artifacts/{quote(path)}")
        except ForgeError as error:
            # It is older than files are kept, or the job left none.
            if error.status != _NOT_FOUND:
                raise

    def _of(self, number: int) -> str:
        return f"{self._project}/merge_requests/{number}"
