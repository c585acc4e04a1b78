"""The git tag of an environment: it follows what runs there."""

from collections.abc import Iterable

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.release.index import read_index
from helpers.release.promotion.places import Places
from helpers.system.process import ProcessError
from helpers.vcs.bring import bring_commit
from helpers.vcs.git import reason
from helpers.vcs.refs import find_commit, need_remote, newest_of
from helpers.vcs.tags import move_tag, remote_tag


@dataclass(frozen=True, slots=True)
class GitTagPlan:
    """Where the git tag of an environment is to be.

    Attributes:
        dir: the one whose image is of that commit.
        there: the commit that has it at the remote; empty: none.
        seen: the object that it names there.
    """

    name: str
    commit: str
    dir: str
    remote: str
    there: str
    seen: str

    def __str__(self) -> str:
        of = f"{self.commit[:12]}, of which {self.dir} runs in {self.name}"
        if self.there == self.commit:
            return f"the tag {self.name} of {self.remote} is at {of}"
        return f"the tag {self.name} of {self.remote}: {self.there[:12] or 'nothing'} -> {of}"


def plan_git_tag(repo: Repo, every: Iterable[Places], name: str) -> GitTagPlan:
    """Find the newest commit of which something runs in an environment: only reads.

    Raises:
        HelpersError: nothing runs there, or its commit is not here, or a registry or the remote
            refuses.
        ProcessError: git fails.
    """
    root = repo.checkout
    remote = need_remote(root, "no remote can have the tag of an environment")
    commits: dict[str, str] = {}
    for places in every:
        place = places.find(name)
        index = read_index(place.repository, name)
        commit = index.annotations.get(labels.OCI_REVISION, "") if index else ""
        if commit and not find_commit(root, commit):
            raise HelpersError(
                f"this checkout lacks the commit of which {places.item.name} runs in {name}",
                where=f"{place}: {commit}",
                fix=bring_commit(root, commit),
            )
        if commit:
            commits.setdefault(commit, places.item.name)
    if not commits:
        raise HelpersError(
            f"{name} runs no image that says its commit", where=str(root), fix="i promote_status"
        )
    newest = newest_of(root, commits)
    try:
        seen, there = remote_tag(root, remote, name)
    except ProcessError as error:
        raise _refused(remote, name, error) from error
    return GitTagPlan(name, newest, commits[newest], remote, there, seen)


def move_git_tag(repo: Repo, plan: GitTagPlan) -> None:
    """Move the tag here and at the remote, unless somebody else moved it since it was looked at.

    Raises:
        HelpersError: somebody did, or the remote refuses.
    """
    if plan.there == plan.commit:
        return
    try:
        move_tag(repo.checkout, plan.remote, plan.name, (plan.seen, plan.commit))
    except ProcessError as error:
        raise _refused(plan.remote, plan.name, error) from error


def _refused(remote: str, name: str, error: ProcessError) -> HelpersError:
    return HelpersError(
        f"{remote} does not take the tag {name}: {reason(error)}",
        fix=f"log in to it, then: i promote_tag --environment {name}",
    )
