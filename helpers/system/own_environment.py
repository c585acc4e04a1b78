"""Programs of ours that have an environment of their own, made once for all repos of a user."""

import importlib.util
import sys
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.system.process import ProcessError, run


def own_environment(toolchain: Path, requirements: str, what: str, listen: Listener) -> Path:
    """The environment's folder.

    Args:
        requirements: the locked requirements, a file of `dev_scripts`.
        what: what is installed, in messages.

    Raises:
        HelpersError: it cannot be installed.
    """
    script = toolchain / "dev_scripts" / "thin_env.py"
    if found := _beside_ours(script, script.with_name(requirements)):
        return found
    command: list[str | Path] = [sys.executable, "-I", script]
    options: list[str | Path] = ["--requirements", script.with_name(requirements)]
    if not Path(run([*command, "path", *options]).stdout.strip()).is_dir():
        listen(Notice(f"installing {what}: first use only, about 20 s"))
    try:
        return Path(run([*command, "ensure", *options]).stdout.strip())
    except ProcessError as error:
        raise HelpersError(
            f"{what} cannot be installed",
            where="\n".join(error.last_lines),
            fix="check the package index (pip's or uv's settings), then the same command again",
        ) from error


def _beside_ours(script: Path, requirements: Path) -> Path | None:
    """The one beside the environment that runs us, if it is there: no process is started."""
    spec = importlib.util.spec_from_file_location("thin_env", script)
    assert spec
    assert spec.loader
    thin_env = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(thin_env)
    found = Path(sys.prefix).with_name(thin_env.current_key(requirements))
    return found if thin_env.is_fresh(found) else None
