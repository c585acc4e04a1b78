"""The task that looks whether everything is in order."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command

if TYPE_CHECKING:
    from helpers.system.host import Host


@command()
def doctor(host: "Host") -> int:
    """Check the machine and the repo; say what is wrong and the command that fixes it."""
    from helpers.console.tables import print_table
    from helpers.doctor.checks import check_all

    troubles: list[HelpersError] = []
    repo = cli.find_repo(host, troubles.append)
    checks = check_all(repo, host, troubles)
    print_table(
        ("check", "state", "found", "fix"),
        [(item.name, item.state, item.found, item.fix) for item in checks],
    )
    return int(any(item.state == "wrong" for item in checks))
