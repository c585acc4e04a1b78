"""A training that a job of CI runs: what one job decided, as text for those that follow it."""

import json
import re
from dataclasses import asdict, fields
from datetime import datetime

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.training import TrainingRequest, parse_line

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, as it was when it was written.

    Attributes:
        number: of the pull request or issue that it stands below.
        author: the login of who wrote it.
    """

    id: int
    number: int
    is_on_pull_request: bool
    author: str
    made: datetime
    text: str


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What is trained, and who is told of it.

    Attributes:
        request: the words for `i train`: every parameter, the dir and the commit are said.
        slug: the dir's name in names of files.
        base: the branch whose last result it is compared with.
        number: the pull request; 0: there is none.
        comment: that asks for it, or GitLab's pipeline; by it the reply is found; 0: there is none.
    """

    request: str
    slug: str
    base: str
    number: int = 0
    comment: int = 0

    @property
    def asked(self) -> TrainingRequest:
        """What is trained, by its parts."""
        return parse_line(self.request)

    @property
    def kept(self) -> str:
        """The name under which what it left is kept; that of a branch is found again by others."""
        return f"{'asked' if self.number else 'trained'}-{self.slug}"

    @property
    def reported(self) -> str:
        """The name of the job of GitLab's that reports it."""
        return f"report-{self.kept}"

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), separators=(",", ":"))


def parse_job(text: str) -> TrainingJob:
    """Read what `TrainingJob.as_json` wrote.

    Raises:
        HelpersError: it is something else.
    """
    try:
        found = load_json(text)
        kinds = {one.name: int if one.default == 0 else str for one in fields(TrainingJob)}
        given = {name: found[name] for name in kinds}
        if any(type(given[name]) is not kind for name, kind in kinds.items()):
            raise TypeError
        made = TrainingJob(**given)
        if not _COMMIT.fullmatch(made.asked.commit) or not made.asked.dir:
            raise ValueError
    except (HelpersError, KeyError, TypeError, ValueError) as error:
        raise HelpersError(
            "the variable ASKED does not say what was trained: that is known inside of CI alone",
            fix="at a desk: i train",
        ) from error
    return made


def read_comment(text: str, where: str) -> Comment | None:
    """The comment of GitHub's payload; None where it is about no new one.

    Raises:
        HelpersError: it is no payload.
    """
    try:
        found = load_json(text)
        if found.get("comment") is None or found["action"] != "created":
            return None
        comment, issue = found["comment"], found["issue"]
        return Comment(
            int(comment["id"]),
            int(issue["number"]),
            "pull_request" in issue,
            str(comment["user"]["login"]),
            datetime.fromisoformat(comment["created_at"]),
            str(comment["body"] or ""),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise no_payload(where) from error


def read_dispatched(text: str, where: str) -> str:
    """The request of a run that somebody started by hand; empty: the event is another one.

    Raises:
        HelpersError: it is no payload.
    """
    try:
        found = load_json(text)
        return str((found.get("inputs") or {}).get("request") or "")
    except (AttributeError, ValueError) as error:
        raise no_payload(where) from error


def no_payload(where: str) -> HelpersError:
    """The error for a file that is no payload of GitHub's."""
    return HelpersError(
        "this is no payload of an event",
        where=where,
        fix="give the file that $GITHUB_EVENT_PATH names; at a desk: i train",
    )
