"""Who promotes or accepts: a person, or a job of CI on behalf of one."""

from helpers.model.dataclass import dataclass
from helpers.model.repo import Repo
from helpers.release.owner import Owner, read_owner
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class Signer:
    """Who it is.

    Attributes:
        owner: by whom the record is written.
        job: the address of the CI job; empty: a person does it.
    """

    owner: Owner
    job: str = ""


def read_signer(repo: Repo, host: Host, *, keep: bool = False) -> Signer:
    """Who promotes or accepts from this checkout.

    Args:
        keep: keep the key of a checkout that has none: what is killed is ended with it.
    """
    given = host.environment
    owner = read_owner(repo, host, keep=keep)
    if given.get("GITHUB_ACTIONS") == "true":
        run = f"{given.get('GITHUB_REPOSITORY', '')}/actions/runs/{given.get('GITHUB_RUN_ID', '')}"
        job = f"{given.get('GITHUB_SERVER_URL', '')}/{run}"
        return Signer(Owner(owner.key, given.get("GITHUB_ACTOR") or owner.name), job)
    if given.get("GITLAB_CI") == "true":
        name = given.get("GITLAB_USER_LOGIN") or owner.name
        return Signer(Owner(owner.key, name), given.get("CI_JOB_URL", ""))
    return Signer(owner)
