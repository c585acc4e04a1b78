"""The steps by which an update gets to the remote: its branch, and a pull request on GitHub."""

from pathlib import Path

from helpers.forge.github_setup import GitHubSetup
from helpers.model.shell_words import quoted
from helpers.new_repo.remote_git import ask_with_token
from helpers.new_repo.steps import Step
from helpers.new_repo.update import Update
from helpers.system.host import Host
from helpers.vcs.git import setting
from helpers.vcs.refs import find_commit, main_remote

_TEXT = """\
Made by `i repo_update`. Each part is a commit: the toolchain's newest release and what it migrates,
what the templates of the dirs gained, the workflows and the hooks as this release writes them.
"""


def push_command(remote: str, branch: str, *, gitlab: bool = False) -> str:
    """What a person types to push the branch; GitLab then opens the merge request itself."""
    option = "-o merge_request.create " if gitlab else ""
    return f"git push {option}--set-upstream {remote} {branch}"


def offering_steps(
    repo: Path, host: Host, update: Update, base: str, github: GitHubSetup
) -> tuple[Step, ...]:
    """Push, and pull request, of a repo that has a remote.

    Args:
        base: the branch that the pull request goes to; empty: GitHub's default.
    """
    remote, branch, title = main_remote(repo), update.branch, update.title
    url = setting(repo, f"remote.{remote}.url")
    ref = f"refs/heads/{branch}"

    def is_pushed() -> bool:
        there = ask_with_token(repo, host, url, "ls-remote", "--heads", remote, ref).split()
        return there[:1] == [find_commit(repo, ref)]

    def push() -> None:
        # Never forced: what the remote has stays.
        ask_with_token(repo, host, url, "push", "--quiet", "--set-upstream", remote, ref)

    def open_pull() -> None:
        github.open_pull(branch, base or github.default_branch(), title, _TEXT)

    to = f" --base {quoted(base)}" if base else ""
    return (
        Step(
            "push",
            f"{branch} on the remote",
            is_pushed,
            push,
            (push_command(remote, branch),),
            carries=True,
        ),
        Step(
            "pull request",
            repr(title),
            lambda: bool(github.find_pull(branch, "open")),
            open_pull,
            (f"gh pr create --head {branch}{to} --title {quoted(title)} --body ''",),
            setting="Pull requests: write",
        ),
    )
