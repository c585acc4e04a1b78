"""Which service hosts a repo, by the names of its remotes' hosts."""

import re
from pathlib import Path

from helpers.vcs.git import git

# `ssh://git@host:22/path`, `https://host/path`, `git@host:path`; a path has no host.
_HOST = re.compile(r"(?:\w[\w+.-]*://(?:[^/@]*@)?|[^/@:]+@)(?P<host>[^/:]+)")
_SERVICES = ("GitHub", "GitLab")


def hosting_service(root: Path) -> str:
    """GitHub or GitLab, theirs or one's own that is called so; empty: neither, or not known.

    Raises:
        ProcessError: git fails.
    """
    urls = [line.split()[1] for line in git(root, "remote", "--verbose").splitlines()]
    hosts = [found["host"].lower() for found in map(_HOST.match, urls) if found]
    return next((one for one in _SERVICES for host in hosts if one.lower() in host), "")
