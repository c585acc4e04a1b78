"""A branch that is offered to others: pushed, and a pull request opened by GitHub's program."""

import shutil
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.process import run
from helpers.vcs.no_questions import ENVIRONMENT
from helpers.vcs.refs import need_remote


def find_gh(search_path: str, branch: str) -> Path:
    """GitHub's program `gh`.

    Args:
        search_path: the folders of programs, as in `PATH`.

    Raises:
        HelpersError: it is not there.
    """
    found = shutil.which("gh", path=search_path)
    if found is None:
        raise HelpersError(
            "gh, which opens pull requests, is not on PATH",
            fix=f"install it (https://cli.github.com), or leave --pull-request out and: git push"
            f" origin {branch}",
        )
    return Path(found)


def offer(root: Path, gh: Path, branch: str, base: str, text: str) -> str:
    """Push a branch, and open a pull request unless one is open; its address.

    Args:
        base: the branch that it is meant for; empty: the one that the remote has as its default.
        text: the first line is the title.

    Raises:
        HelpersError: there is no remote.
        ProcessError: git or gh is refused.
    """
    remote = need_remote(root, "there is no remote to push the branch to")
    ref = f"refs/heads/{branch}"
    # Nobody can answer for many checkouts at once.
    run(["git", "push", "--quiet", remote, f"{ref}:{ref}"], cwd=root, env=ENVIRONMENT)
    listed = ["pr", "list", "--head", branch, "--state", "open", "--json", "url"]
    known = run([gh, *listed, "--jq", ".[0].url // empty"], cwd=root).stdout.strip()
    if known:
        return known
    title, _, body = text.partition("\n")
    command = ["pr", "create", "--head", branch, "--title", title, "--body", body.strip()]
    command += ["--base", base.removeprefix(f"{remote}/")] if base else []
    made = run([gh, *command], cwd=root).stdout.split()
    return made[-1] if made else "opened"
