"""Tasks that look at a repo and all its submodules at once."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from helpers.system.host import Host


@task(
    help={
        "fetch": "ask the remotes first; else what was last fetched is told",
        "json": "print JSON, for programs",
    }
)
def submodule_status(context: Context, fetch: bool = False, json: bool = False) -> None:
    """Show how the repo and each submodule stand to remote and parent, and what to do."""
    edge.run_job(lambda host: _status(host, fetch=fetch, json=json))


def _status(host: "Host", *, fetch: bool, json: bool) -> int:
    from helpers.checkouts.status import read_status
    from helpers.console.checkouts import print_status, status_json

    found = read_status(edge.find_repo(host).root, fetched=fetch)
    if json:
        print(status_json(found.checkouts, found.hints))
    else:
        print_status(found.checkouts, found.hints)
    return int(not found.complete)
