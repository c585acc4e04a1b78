"""How a checkout stands to the branch that it follows, as `git status` tells it."""

from dataclasses import replace
from pathlib import Path

from helpers.model.checkouts.state import CheckoutState
from helpers.vcs.git import git, git_names
from helpers.vcs.refs import choose_remote

_STATUS = (
    "status", "--porcelain=v2", "-z", "--branch", "--show-stash", "--ahead-behind", "--no-renames",
    "--untracked-files=normal",
    # The commit of a submodule is looked at, its work tree is not: it has a state of its own.
    "--ignore-submodules=dirty",
)  # fmt: skip


def read_push_state(folder: Path) -> CheckoutState:
    """As much of one checkout's state as `push_command` asks for; its path is the whole one.

    Raises:
        ProcessError: `folder` is no git checkout.
    """
    state, _, _ = read_status(folder, CheckoutState(str(folder)))
    return replace(state, push_to=push_to(folder, state.upstream))


def read_status(folder: Path, state: CheckoutState) -> tuple[CheckoutState, list[str], int]:
    """The state with its commit and branch; what differs, as git has it; how many stashes.

    Raises:
        ProcessError: `folder` is no git checkout.
    """
    entries = git_names(folder, *_STATUS)
    headers = dict(entry[2:].split(" ", 1) for entry in entries if entry.startswith("# "))
    commit, branch = headers.get("branch.oid", ""), headers.get("branch.head", "")
    commit = "" if commit == "(initial)" else commit
    upstream, counts = headers.get("branch.upstream", ""), headers.get("branch.ab", "")
    ahead, behind = counts.split(" ") if counts else ("0", "0")
    state = replace(
        state,
        commit=commit,
        branch="" if branch == "(detached)" else branch,
        upstream=upstream,
        upstream_gone=bool(upstream and commit and not counts),
        ahead=abs(int(ahead)),
        behind=abs(int(behind)),
    )
    return state, entries, int(headers.get("stash", "0"))


def push_to(folder: Path, upstream: str) -> str:
    """The remote that a push goes to: that of the branch which is followed, or the main one.

    Raises:
        ProcessError: git fails.
    """
    remotes = git(folder, "remote").splitlines()
    owner = next((name for name in remotes if upstream.startswith(f"{name}/")), "")
    return owner or choose_remote(remotes)
