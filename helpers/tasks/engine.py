"""Tasks on the engine itself."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from helpers.system.host import Host


class Start(Options):
    """How an engine is started."""

    yes: bool = option("install what is missing without asking", default=False)


@command()
def engine_status(host: "Host") -> int:
    """Say which Docker Engine answers; and who started it."""
    return _control("status")


@command()
def engine_start(host: "Host", wanted: Start) -> int:
    """Start a Docker Engine if none answers; installs it if it is missing."""
    if host.in_container:
        from helpers.engine.endpoint import start_command

        raise HelpersError(
            "a container of the toolchain starts no Docker Engine",
            fix=start_command(host.environment),
        )
    return _control("start", *(["--yes"] if wanted.yes else []))


@command()
def engine_stop(host: "Host") -> int:
    """Stop the engine that engine_start started; and no other."""
    return _control("stop")


def _control(*args: str) -> int:
    """The script that works before anything is installed does it."""
    from helpers.system.locate import TOOLCHAIN_ROOT
    from helpers.system.process import attach

    script = TOOLCHAIN_ROOT / "dev_scripts" / "docker_engine.py"
    return attach(["python3", script, *args], says=True)
