"""The two roots, from files alone: the toolchain's and the repo's."""

from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.file_names import CONFIG_FILE_NAME

TOOLCHAIN_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Roots:
    """`toolchain` holds the package `helpers`; `repo` is the outermost checkout. Both absolute."""

    toolchain: Path
    repo: Path


def find_roots(start: Path, otherwise: Path | None = None) -> Roots:
    """The roots as seen from `start`.

    The walk goes up from `start`: a `.git` directory ends it; a `.git` file that points into
    `modules` (a submodule) goes on, one that points into `worktrees` ends it. Of the checkouts
    passed, the outermost that has a `repo_config.yaml` is the repo.

    Args:
        otherwise: where to look when `start` is in no repo of the toolchain: a command of a repo
            means that repo from wherever it is typed.

    Raises:
        HelpersError: `start` is in no git checkout, or none on the way has a configuration.
    """
    checkouts = _checkouts(start.resolve())
    for checkout in reversed(checkouts):
        if (checkout / CONFIG_FILE_NAME).exists():
            return Roots(TOOLCHAIN_ROOT, checkout)
    if otherwise is not None:
        return find_roots(otherwise)
    if not checkouts:
        raise HelpersError("this is not inside a git checkout", where=str(start), fix="git init")
    raise HelpersError(
        f"the repo has no {CONFIG_FILE_NAME}",
        where=str(checkouts[-1]),
        fix=f"echo 'name: my_repo' > {checkouts[-1] / CONFIG_FILE_NAME}",
    )


def _checkouts(start: Path) -> list[Path]:
    """The checkouts from `start` outwards, as far as submodules nest."""
    found: list[Path] = []
    for folder in (start, *start.parents):
        marker = folder / ".git"
        if marker.is_dir():
            return [*found, folder]
        if marker.is_file():
            found.append(folder)
            if "/modules/" not in marker.read_text(errors="replace"):
                return found
    return found
