"""The workflow of a central repo: its newest commit."""

import re
import shlex

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.process import ProcessError
from helpers.vcs.git import git, reason
from helpers.vcs.refs import main_remote

# The forge, then owner and repo: of `https://host/owner/repo.git` and of `git@host:owner/repo`.
_PLACE = re.compile(r"(?P<forge>.*[/:])[^/:]+/[^/:]+?/?")

# In an address: what no message repeats.
_LOGIN = re.compile(r"//[^/@\s]*@")


def central_address(origin: str, name: str) -> str:
    """Where git finds another repo of the forge that a repo is on; empty: that is not known.

    Args:
        origin: the address of the repo's own remote.
        name: `<owner>/<repo>`.
    """
    found = _PLACE.fullmatch(origin)
    return f"{found['forge']}{name}" if found else ""


def newest_workflow(repo: Repo, workflow: str) -> str:
    """The same central workflow at the newest commit of its repo.

    Raises:
        HelpersError: the repo cannot be asked.
    """
    file = workflow.partition("@")[0]
    return f"{file}@{_newest(repo, '/'.join(file.split('/')[:2]))}"


def _newest(repo: Repo, name: str) -> str:
    remote = main_remote(repo.root)
    origin = git(repo.root, "remote", "get-url", remote).strip() if remote else ""
    address = central_address(origin, name)
    if not address:
        raise HelpersError(
            f"where {name} is cannot be told: the repo has no remote on a forge",
            where=str(repo.root),
            fix="git remote add origin ADDRESS",
        )
    shown = _LOGIN.sub("//", address)
    try:
        listed = git(repo.root, "ls-remote", address, "HEAD").split()
    except ProcessError as error:
        raise HelpersError(
            f"{name} cannot be asked for its newest commit: {_LOGIN.sub('//', reason(error))}",
            where=shown,
            fix=f"git ls-remote {shlex.quote(shown)} HEAD",
        ) from error
    if not listed:
        raise HelpersError(
            f"{name} has no commit yet", where=shown, fix="push its dir.yml, then try again"
        )
    return listed[0]
