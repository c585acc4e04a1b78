"""Ways off the branch of an update: back to the branch from before, with or without its commits."""

from pathlib import Path

from helpers.adoption.superproject import Submodule
from helpers.adoption.upgrades.upgrade import unfinished
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.new_repo.remote_git import ask_with_token
from helpers.new_repo.update import leave_if_empty, type_in
from helpers.system.host import Host
from helpers.system.process import run
from helpers.vcs.files import uncommitted
from helpers.vcs.git import setting
from helpers.vcs.refs import current_branch, find_commit, is_ancestor, main_remote


def note_base(repo: Path, branch: str, base: str) -> None:
    """Note from where an update branched off; git forgets it with the branch."""
    if base != branch:
        run(["git", "config", _base_key(branch), base], cwd=repo)


def go_back(adopter: Submodule, base: str) -> None:
    """Check out what was checked out before, the toolchain as well; the update's branch stays."""
    run(["git", "switch", "--quiet", base], cwd=adopter.repo)
    run(["git", "submodule", "--quiet", "update", "--", adopter.path], cwd=adopter.repo)


def withdraw(adopter: Submodule, branch: str, base: str) -> None:
    """Undo the part that did not come to its end, and go back; the work tree was clean before.

    What parts before it committed stays on the branch.
    """
    repo = adopter.repo
    if unfinished(adopter):
        type_in(adopter, ("helpers_upgrade", "--undo"))
    else:
        # Files that are new go, too.
        run(["git", "add", "--all"], cwd=repo)
        run(["git", "reset", "--quiet", "--hard"], cwd=repo)
    if base != branch and not leave_if_empty(repo, base, branch):
        go_back(adopter, base)


def undo(adopter: Submodule, host: Host, branch: str) -> list[str]:
    """Remove the branch of an update that nobody merged, here and on the remote.

    Its pull request ends with it, which GitHub and GitLab close.

    Returns:
        The places where it was: `here`, the remote's name.

    Raises:
        HelpersError: it was merged, or the remote refuses.
    """
    repo, ref = adopter.repo, f"refs/heads/{branch}"
    commit = find_commit(repo, ref)
    if not commit:
        return []
    base = setting(repo, _base_key(branch))
    _check_can_go(repo, branch, base)
    if current_branch(repo) == branch:
        go_back(adopter, base)
    remote = main_remote(repo)
    places = ["here"]
    if remote:
        url = setting(repo, f"remote.{remote}.url")
        there = ask_with_token(repo, host, url, "ls-remote", "--heads", remote, ref).split()
        if there[:1] == [commit]:
            ask_with_token(repo, host, url, "push", "--quiet", "--delete", remote, ref)
            places.append(remote)
    run(["git", "branch", "--quiet", "--delete", "--force", branch], cwd=repo)
    return places


def _check_can_go(repo: Path, branch: str, base: str) -> None:
    if base and is_ancestor(repo, f"refs/heads/{branch}", f"refs/heads/{base}"):
        raise HelpersError(
            f"{branch} is merged into {base}: removing the branch would undo nothing",
            where=str(repo),
            fix=f"git -C {quoted(repo)} log --merges {quoted(base)}, then git revert",
        )
    if current_branch(repo) == branch and (not base or uncommitted(repo)):
        raise HelpersError(
            f"{branch} is checked out, with work that is not committed or without a branch to go"
            " back to",
            where=str(repo),
            fix=f"git -C {quoted(repo)} switch {quoted(base or 'main')}; then the same again",
        )


def _base_key(branch: str) -> str:
    return f"branch.{branch}.helpers-base"
