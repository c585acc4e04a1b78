"""The files that people write: which of them are broken."""

from collections.abc import Callable

from helpers.images.changelogs.image_names import find_shared_names
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.locked import read_toml
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.process import ProcessError
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.lost_dirs import find_lost_dirs
from helpers.vcs.submodules import GITMODULES, declared_on_disk


@dataclass(frozen=True, slots=True)
class Files:
    """The result of reading them.

    Attributes:
        dirs: the runnable dirs whose files can all be read.
        broken: what is wrong with the others.
        modules: whether git can read what the repo says of its submodules.
    """

    dirs: list[RunnableDir]
    broken: list[HelpersError]
    modules: bool


def read_files(repo: Repo) -> Files:
    """Read every file that people write of a repo and its dirs."""
    modules = _troubles([lambda: _check_modules(repo)])
    if modules:
        # Git lists no files of submodules then.
        return Files([], modules, modules=False)
    found: list[RunnableDir] = []
    broken = _troubles([lambda: found.extend(discover_dirs(repo))])
    wrong = {item: _of_dir(item) for item in found}
    broken += [error for errors in wrong.values() for error in errors]
    broken += find_shared_names(repo, found).values()
    lost: dict[str, HelpersError] = {}
    broken += _troubles([lambda: lost.update(find_lost_dirs(repo))])
    broken += lost.values()
    return Files([item for item in found if not wrong[item]], broken, modules=True)


def _of_dir(item: RunnableDir) -> list[HelpersError]:
    project = item.root / PROJECT
    readers: list[Callable[[], object]] = [
        lambda: read_changelog(item),
        lambda: read_dir_config(item),
        lambda: read_toml(project) if project.exists() else None,
    ]
    return _troubles(readers)


def _check_modules(repo: Repo) -> None:
    why = "it is a directory" if (repo.root / GITMODULES).is_dir() else ""
    try:
        declared_on_disk(repo.root)
    except ProcessError as error:
        why = (error.last_lines or [error.what])[-1]
    if why:
        raise HelpersError(
            f"git cannot read {GITMODULES}: {why}",
            where=GITMODULES,
            fix=f"correct that line, or take the file of the last commit:"
            f" git checkout HEAD -- {GITMODULES}",
        )


def _troubles(readers: list[Callable[[], object]]) -> list[HelpersError]:
    found = []
    for read in readers:
        try:
            read()
        except HelpersError as error:
            found.append(error)
    return found
