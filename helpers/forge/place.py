"""Where a repo's forge is asked, and with which token: from the environment, then from its remote.

A job of CI has both in variables of its forge. At a desk the remote says which forge it is.
"""

import re
from collections.abc import Mapping
from dataclasses import field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from helpers.forge.errors import ForgeError
from helpers.model.dataclass import dataclass
from helpers.registry.proxies import is_loopback

# `ssh://git@host:22/path`, `https://host/path`, `git@host:path`.
_REMOTE = re.compile(
    r"(?:(?P<scheme>\w[\w+.-]*)://(?:[^/@]*@)?|[^/@:]+@)(?P<host>[^/:]+)(?P<port>:\d+)?"
    r"[/:](?P<path>.+?)/?"
)
_GITHUB = re.compile(r"[\w.-]+/[\w.-]+")
_GITLAB = re.compile(r"[\w.-]+(/[\w.-]+)+")


class ForgeKind(StrEnum):
    """Whose interface it has."""

    GITHUB = "github"
    GITLAB = "gitlab"


_TOKENS = {ForgeKind.GITHUB: ("GITHUB_TOKEN", "GH_TOKEN"), ForgeKind.GITLAB: ("GITLAB_TOKEN",)}
# It is of the job's own project alone, and GitLab takes it for pages of releases, not for notes.
# https://docs.gitlab.com/ci/jobs/ci_job_token/
_JOB_TOKEN = "CI_JOB_TOKEN"  # noqa: S105 - the name of a variable
_ADDRESSES = {ForgeKind.GITHUB: "GITHUB_API_URL", ForgeKind.GITLAB: "CI_API_V4_URL"}
# Other hosts get a token only where its owner named them, as for the forges' own programs.
_PUBLIC = {ForgeKind.GITHUB: "github.com", ForgeKind.GITLAB: "gitlab.com"}
_OWN_HOST = {ForgeKind.GITHUB: "GH_HOST", ForgeKind.GITLAB: "GITLAB_HOST"}


@dataclass(frozen=True, slots=True)
class ForgePlace:
    """A repo's place on a forge.

    Attributes:
        api: the address of the interface, without a slash at its end.
        project: `owner/name`; on GitLab there may be more groups.
        token: empty: there is none, so only what is public can be read.
        is_of_job: the token is a job's of GitLab's, which says so in a header of its own.
    """

    kind: ForgeKind
    api: str
    project: str
    token: str = field(default="", repr=False)
    is_of_job: bool = False

    @property
    def variables(self) -> str:
        """The variables that a token is looked for in, for messages."""
        return " or ".join(_TOKENS[self.kind])


def find_place(
    environment: Mapping[str, str], remote: str = "", *, job_token: bool = False
) -> ForgePlace:
    """Where the repo's forge is.

    Args:
        remote: the address of the repo's remote, which counts outside of a forge's jobs.
        job_token: GitLab takes that of a job for what is asked; it counts where there is no other.

    Raises:
        ForgeError: neither the environment nor the remote says it.
    """
    if environment.get("GITHUB_API_URL") and environment.get("GITHUB_REPOSITORY"):
        api, project = environment["GITHUB_API_URL"], environment["GITHUB_REPOSITORY"]
        return _place(ForgeKind.GITHUB, api, project, environment)
    if environment.get("CI_API_V4_URL") and environment.get("CI_PROJECT_PATH"):
        api, project = environment["CI_API_V4_URL"], environment["CI_PROJECT_PATH"]
        place = _place(ForgeKind.GITLAB, api, project, environment)
        own = environment.get(_JOB_TOKEN, "").strip()
        if own and job_token and not place.token:
            return replace(place, token=own, is_of_job=True)
        return place
    found = _REMOTE.fullmatch(remote)
    host = found["host"].lower() if found else ""
    kind = next((one for one in ForgeKind if one in host), None)
    if found is None or kind is None:
        raise ForgeError(
            "which forge has this repo cannot be told: its remote names neither GitHub nor GitLab",
            fix="git remote add origin ADDRESS, or set GITHUB_API_URL and GITHUB_REPOSITORY, or"
            " CI_API_V4_URL and CI_PROJECT_PATH",
        )
    port = (found["port"] or "") if found["scheme"] in ("http", "https") else ""
    project = found["path"].removesuffix(".git")
    if environment.get(_ADDRESSES[kind]):
        return _place(kind, environment[_ADDRESSES[kind]], project, environment)
    named = (_PUBLIC[kind], environment.get(_OWN_HOST[kind], "").lower())
    known = environment if host in named else {}
    return _place(kind, _api(kind, f"https://{host}{port}"), project, known)


def _api(kind: ForgeKind, address: str) -> str:
    if kind is ForgeKind.GITLAB:
        return f"{address}/api/v4"
    host = urlsplit(address).netloc
    return f"https://api.{host}" if host == _PUBLIC[kind] else f"{address}/api/v3"


def _place(kind: ForgeKind, api: str, project: str, environment: Mapping[str, str]) -> ForgePlace:
    form = _GITHUB if kind is ForgeKind.GITHUB else _GITLAB
    parts = urlsplit(api)
    if not form.fullmatch(project) or ".." in project.split("/"):
        raise ForgeError(f"{project[:80]!a} is no repo of {kind.value}'s", fix="name OWNER/NAME")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ForgeError(
            "the address of the forge's interface is none",
            where=_ADDRESSES[kind],
            fix="write it as https://HOST/PATH, without a login",
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ForgeError(
            "plain HTTP is spoken with this machine alone: anybody between could read the token",
            where=_ADDRESSES[kind],
            fix="write it as https://HOST/PATH",
        )
    token = next((environment[one] for one in _TOKENS[kind] if environment.get(one)), "")
    return ForgePlace(kind, api.rstrip("/"), project, token.strip())
