"""The task that runs what production runs."""

from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option, rest

if TYPE_CHECKING:
    from helpers.system.host import Host


class RunProd(OneDir):
    """Which production image runs, and what it is given."""

    version: str = option("the image's version; default: the current one", default="")
    env: tuple[str, ...] = option(
        "NAME=value, or NAME for the host's value; repeatable", default=()
    )
    port: tuple[str, ...] = option(
        "publish a port on loopback: 8080 or host:container; repeatable", default=()
    )
    args: tuple[str, ...] = rest("given to the image's entry point")


@command(verb="run")
def docker_run(host: "Host", wanted: RunProd) -> int:
    """Run the production image as deployed; what follows -- is given to its entry point.

    It runs as the image's own user and without mounts; its exit status is the task's.
    """
    from helpers.containers.prod_run import ProdRun, run_prod
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    asked = ProdRun(
        version=values.read_version(wanted.version),
        args=wanted.args,
        env=values.read_variables(wanted.env, host.environment),
        ports=values.read_ports(wanted.port),
    )
    return run_prod(client, repo, item, host, asked)
