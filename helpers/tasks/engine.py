"""Tasks on the engine itself."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.system.host import Host


@task
def engine_status(context: Context) -> None:
    """Say which Docker Engine answers; and who started it."""
    cli.run_job(lambda host: _control(host, ["status"]))


@task(help={"yes": "install what is missing without asking"})
def engine_start(context: Context, yes: bool = False) -> None:
    """Start a Docker Engine if none answers; installs it if it is missing."""
    cli.run_job(lambda host: _start(host, ["start", *(["--yes"] if yes else [])]))


@task
def engine_stop(context: Context) -> None:
    """Stop the engine that engine_start started; and no other."""
    cli.run_job(lambda host: _control(host, ["stop"]))


def _start(host: "Host", args: list[str]) -> int:
    if host.in_container:
        from helpers.engine.endpoint import start_command
        from helpers.model.errors import HelpersError

        raise HelpersError(
            "a container of the toolchain starts no Docker Engine",
            fix=start_command(host.environment),
        )
    return _control(host, args)


def _control(host: "Host", args: list[str]) -> int:
    """The script that works before anything is installed does it."""
    from helpers.system.locate import TOOLCHAIN_ROOT
    from helpers.system.process import attach

    script = TOOLCHAIN_ROOT / "dev_scripts" / "docker_engine.py"
    return attach(["python3", script, *args], says=True)
