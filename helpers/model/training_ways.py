"""What people type on a forge to train: words for messages and reports."""

from dataclasses import replace
from typing import Protocol

from helpers.model.dataclass import dataclass
from helpers.model.shell_words import quoted
from helpers.model.training import TrainingRequest
from helpers.model.training_comment import WORD


class Ways(Protocol):
    """The ways of one forge."""

    @property
    def run(self) -> str:
        """Where people see the run whose job speaks."""
        ...

    def asked(self, request: str, number: int) -> str:
        """What asks for a request below a pull request; 0: on a branch."""
        ...

    def on_branch(self, request: TrainingRequest, branch: str) -> str:
        """What trains the newest commit of a branch."""
        ...

    def head(self, number: int) -> str:
        """What git fetches of a pull request."""
        ...


@dataclass(frozen=True, slots=True)
class GitHubWays:
    """A comment; on a branch the program `gh`."""

    run: str = ""

    def asked(self, request: str, number: int) -> str:  # noqa: ARG002 - other forges ask for it
        """What asks for a request below a pull request."""
        return f"{WORD} {request}"

    def on_branch(self, request: TrainingRequest, branch: str) -> str:
        """What trains the newest commit of a branch."""
        typed = ("gh", "workflow", "run", "train.yml", "--ref", branch, "-f")
        return " ".join(map(quoted, (*typed, f"request={replace(request, commit='')}")))

    def head(self, number: int) -> str:
        """What git fetches of a pull request."""
        return f"pull/{number}/head"


@dataclass(frozen=True, slots=True)
class GitLabWays:
    """A pipeline that somebody starts, with variables; the program `glab` does it, too.

    Attributes:
        branch: the default branch, whose pipeline it is.
    """

    branch: str
    run: str = ""

    def asked(self, request: str, number: int) -> str:
        """What asks for a request of a merge request; 0: of the default branch."""
        given = [f"TRAIN:{request}", *([f"MERGE_REQUEST:{number}"] if number else [])]
        words = ["glab", "ci", "run", "--branch", self.branch]
        words += [word for one in given for word in ("--variables-env", one)]
        return " ".join(map(quoted, words))

    def on_branch(self, request: TrainingRequest, branch: str) -> str:  # noqa: ARG002 - as above
        """What trains the newest commit of the default branch: pipelines of others train none."""
        return self.asked(str(replace(request, commit="")), 0)

    def head(self, number: int) -> str:
        """What git fetches of a merge request."""
        return f"merge-requests/{number}/head"
