"""Check that the dir's settings say what a production image runs, or say how to."""

from collections.abc import Iterator

from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.shell_lines import append_lines

# Files at a dir's top that are what it runs, as people call them.
_SCRIPTS = ("main.py", "app.py", "server.py", "run.py")
_MAIN = "__main__.py"


def check_entrypoint(runnable_dir: RunnableDir, config: DirConfig) -> None:
    """Raises a HelpersError where nothing says what a production image runs."""
    if config.entrypoint:
        return
    path = runnable_dir.config.relative_to(runnable_dir.repo)
    raise HelpersError(
        f"key 'entrypoint' is missing: what the production image of {runnable_dir.name} runs",
        where=str(path) if runnable_dir.config.is_file() else f"{path}, which does not exist yet",
        fix=_how_to_say(runnable_dir),
    )


def _how_to_say(runnable_dir: RunnableDir) -> str:
    """The command, for the repo's root, that writes the most likely entrypoint."""
    file = runnable_dir.config
    words = next(_runs(runnable_dir), "")
    line = f"entrypoint: [python, {words or '-m, my_service'}]"
    command = append_lines(file, str(file.relative_to(runnable_dir.repo)), [line])
    makes = "" if file.is_file() else "makes the file"
    own = "" if words else "with the name of your module"
    told = "; ".join(filter(None, (makes, own)))
    return f"{command}   ({told})" if told else command


def _runs(runnable_dir: RunnableDir) -> Iterator[str]:
    """What Python can run of a dir's own code, most likely first, as items of a YAML list."""
    for top in (runnable_dir.root, runnable_dir.root / "src"):
        for path in sorted(top.glob(f"*/{_MAIN}")):
            yield f"-m, {path.parent.name}"
    for name in _SCRIPTS:
        if (runnable_dir.root / name).is_file():
            yield name
