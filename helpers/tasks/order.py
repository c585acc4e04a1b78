"""Tasks that keep order: changelogs against history."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from helpers.model.repo import Repo
    from helpers.model.version import Version
    from helpers.system.host import Host


@task(
    help={
        "dir": "of this dir alone; of every runnable dir by default",
        "since": "what this branch did since it left another one, such as origin/main",
        "staged": "what is about to be committed",
    }
)
def changelog_check(context: Context, dir: str = "", since: str = "", staged: bool = False) -> None:
    """Check that changelogs tell what became of the images; 1 when something is to be mended."""
    edge.run_job(lambda host: _check(host, dir, since, staged=staged))


def _check(host: "Host", dir: str, since: str, *, staged: bool) -> int:
    import sys
    from datetime import UTC, datetime

    from helpers.console.findings import print_findings
    from helpers.images.changelog_check import Comparison, check_changelogs, latest_day
    from helpers.model.errors import HelpersError
    from helpers.system.repo_files import find_dir
    from helpers.vcs.discovery import discover_dirs

    if since and staged:
        raise HelpersError("--since and --staged exclude each other", mend="give one of them")
    repo = edge.find_repo(host)
    dirs = [find_dir(repo, host.directory, dir)] if dir else discover_dirs(repo)
    built = None if since or staged else _built(repo, host)
    today = latest_day(datetime.now(UTC))
    order = check_changelogs(repo, dirs, today, Comparison(since, staged), built=built)
    print_findings(order.findings)
    for limit in order.limits:
        print(f"notice: {limit}", file=sys.stderr)
    if order.in_order:
        print(f"in order: {order.checked} changelog{'' if order.checked == 1 else 's'}")
    return int(not order.in_order)


def _built(repo: "Repo", host: "Host") -> "dict[str, frozenset[Version]] | None":
    """What this engine has; None where none answers: the check needs no engine."""
    from helpers.engine.client import Client, EngineError
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.changelog_check import built_versions

    try:
        return built_versions(Client(find_endpoint(host.environment)), repo)
    except EngineError:
        return None
