"""GitHub's side of a new repo: made, opened to teams, protected; nothing is deleted or replaced."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from helpers.forge.session import Session
from helpers.model.dataclass import dataclass

_ORGANIZATION = "Organization"
# The ruleset's name on GitHub.
RULESET = "main"


@dataclass(frozen=True, slots=True)
class RemoteRepo:
    """A repo of GitHub's: where it is cloned from, and its page."""

    clone: str
    page: str


class GitHubSetup:
    """Asks about one repo; each method raises `ForgeError` where GitHub refuses or is silent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._owner, _, self._name = session.place.project.partition("/")
        self._repo = f"/repos/{session.place.project}"

    def find(self) -> RemoteRepo | None:
        """The repo; None where there is none, or none that the token may see."""
        found = self._session.find(self._repo)
        return _remote(found) if found else None

    def default_branch(self) -> str:
        """The branch that pull requests go to where they name no other."""
        return str(self._session.get(self._repo)["default_branch"])

    def is_organization(self) -> bool:
        """Whether the owner is one, which has teams, and not a person."""
        return bool(self._session.get(f"/users/{self._owner}")["type"] == _ORGANIZATION)

    def create(self, visibility: str) -> RemoteRepo:
        """Make the repo, empty.

        Args:
            visibility: private, internal or public; of a person's, internal is private.
        """
        content: dict[str, Any] = {"name": self._name, "private": visibility != "public"}
        if not self.is_organization():
            return _remote(self._session.send("POST", "/user/repos", content))
        content["visibility"] = visibility
        return _remote(self._session.send("POST", f"/orgs/{self._owner}/repos", content))

    def team_rights(self) -> dict[str, str]:
        """What each team may do, by its short name."""
        found = self._session.pages(f"{self._repo}/teams")
        return {str(one["slug"]): str(one["permission"]) for one in found}

    def grant(self, team: str, right: str) -> None:
        """Let a team do something."""
        path = f"/orgs/{self._owner}/teams/{quote(team, safe='')}{self._repo}"
        self._session.send("PUT", path, {"permission": right})

    def rulesets(self) -> list[str]:
        """The names of the repo's own rulesets."""
        found = self._session.pages(f"{self._repo}/rulesets", includes_parents="false")
        return [str(one["name"]) for one in found]

    def protect(self, check: str, reviews: int) -> None:
        """Make a ruleset for the default branch.

        Args:
            check: the one that a pull request must pass.
            reviews: how many approvals it needs.
        """
        self._session.send("POST", f"{self._repo}/rulesets", ruleset(check, reviews))

    def environments(self) -> list[str]:
        """The names of the repo's environments."""
        found = self._session.pages(f"{self._repo}/environments", "environments")
        return [str(one["name"]) for one in found]

    def make_environment(self, name: str) -> None:
        """Make an environment."""
        self._session.send("PUT", f"{self._repo}/environments/{quote(name, safe='')}", {})

    def find_pull(self, branch: str, state: str = "all") -> str:
        """The page of the newest pull request of a branch; empty: there is none.

        Args:
            state: open, closed or all.
        """
        head = f"{self._owner}:{branch}"
        found = self._session.get(f"{self._repo}/pulls", head=head, state=state)
        return str(found[0]["html_url"]) if found else ""

    def open_pull(self, branch: str, base: str, title: str, text: str) -> str:
        """Open a pull request; its page."""
        content = {"title": title, "head": branch, "base": base, "body": text}
        return str(self._session.send("POST", f"{self._repo}/pulls", content)["html_url"])


def ruleset(check: str, reviews: int) -> Mapping[str, Any]:
    """The ruleset as GitHub takes it: pull requests alone, which pass the check."""
    pull_request = {
        "required_approving_review_count": reviews,
        "dismiss_stale_reviews_on_push": False,
        "require_code_owner_review": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    checks = {
        "strict_required_status_checks_policy": False,
        "required_status_checks": [{"context": check}],
    }
    return {
        "name": RULESET,
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "pull_request", "parameters": pull_request},
            {"type": "required_status_checks", "parameters": checks},
        ],
    }


def _remote(found: Mapping[str, Any]) -> RemoteRepo:
    return RemoteRepo(str(found["clone_url"]), str(found["html_url"]))
