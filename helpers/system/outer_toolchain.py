"""Continue a command that an inner toolchain began in the outermost repo's toolchain."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT, find_roots
from helpers.system.process import run
from helpers.system.toolchain import toolchain_version

_SEARCH_ROOT = ("--search-root", "-r")


@dataclass(frozen=True, slots=True)
class HandOver:
    """The command with which another toolchain continues, and the notice about it."""

    command: tuple[str, ...]
    notice: str
    environment: Mapping[str, str] = field(default_factory=dict)


def plan_task(start: Path, args: Sequence[str]) -> HandOver | None:
    """How a task goes on in the toolchain of the outermost repo; none where that is this one.

    Args:
        start: where the user stands.
        args: those of `invoke`.

    Raises:
        HelpersError: the other toolchain's thin environment cannot be made.
    """
    root, driving = _driving(start)
    if driving is None:
        return None
    search = root if (root / "tasks.py").is_file() else driving
    environment = _thin_environment(driving)
    programs = (str(environment / "bin" / "python"), "-I", str(environment / "bin" / "invoke"))
    command = (*programs, "--search-root", str(search), *_without_search_root(args))
    return HandOver(command, _notice(root, driving), {"HELPERS_REPO_ROOT": str(root)})


def plan_tests(start: Path, args: Sequence[str]) -> HandOver | None:
    """As `plan_task`, for `main_pytest.py`, whose arguments these are.

    Raises:
        HelpersError: the other toolchain's thin environment cannot be made.
    """
    root, driving = _driving(start)
    if driving is None:
        return None
    own = root / "main_pytest.py"
    script = own if own.is_file() else driving / own.name
    python = _thin_environment(driving) / "bin" / "python"
    return HandOver((str(python), str(script), *args), _notice(root, driving))


def _driving(start: Path) -> tuple[Path, Path | None]:
    """The outermost repo, and its toolchain where another one in the repo runs.

    One from elsewhere was called on purpose.
    """
    try:
        root = find_roots(start).repo
    except HelpersError:
        return start, None
    if not TOOLCHAIN_ROOT.is_relative_to(root) or root == TOOLCHAIN_ROOT:
        return root, None
    # Imported here: it reads settings, which not everybody needs at once.
    from helpers.system.nested_repos import driving_toolchain

    driving = driving_toolchain(root)
    return root, driving if driving and driving.resolve() != TOOLCHAIN_ROOT else None


def _notice(root: Path, driving: Path) -> str:
    ours, other = (toolchain_version(folder) for folder in (TOOLCHAIN_ROOT, driving))
    return (
        f"the toolchain of the outermost repo drives: {driving.relative_to(root)} of {root},"
        f" version {other}; not {TOOLCHAIN_ROOT}, version {ours}"
    )


def _thin_environment(toolchain: Path) -> Path:
    script = toolchain / "dev_scripts" / "thin_env.py"
    return Path(run([sys.executable, "-I", script, "ensure"]).stdout.strip())


def _without_search_root(args: Sequence[str]) -> list[str]:
    kept: list[str] = []
    rest = iter(args)
    for arg in rest:
        if arg in _SEARCH_ROOT:
            next(rest, None)
        elif not arg.startswith(f"{_SEARCH_ROOT[0]}="):
            kept.append(arg)
    return kept
