"""Dirs whose images would have one name: each would overwrite what the other has built."""

import shlex
from collections.abc import Collection, Sequence
from itertools import chain, count

from helpers.model.errors import HelpersError
from helpers.model.images.name import plain_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, shown_name
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.file_history import age_of


def find_shared_names(
    repo: Repo, known: Collection[RunnableDir] | None = None
) -> dict[str, HelpersError]:
    """Errors of dirs whose image has the name of another dir's, by name of the dir.

    That is the copy and not what it was copied from; where nothing tells them apart, all of them.
    A dir whose changelog cannot be read has no name; its own commands say so.

    Args:
        known: all dirs of the repo, where they were looked for already.
    """
    dirs: dict[str, list[RunnableDir]] = {}
    taken: set[str] = set()
    for item in discover_dirs(repo) if known is None else known:
        try:
            name = read_changelog(item).image_name
            reference = repo.of(item.name).image_name(name).on_engine
        except HelpersError:
            continue
        taken.add(name)
        dirs.setdefault(reference, []).append(item)
    wrong: dict[str, HelpersError] = {}
    for reference, same in dirs.items():
        if same[1:]:
            wrong |= _shared(repo, reference.rpartition("/")[2], same, taken)
    return wrong


def _shared(
    repo: Repo, name: str, same: Sequence[RunnableDir], taken: Collection[str]
) -> dict[str, HelpersError]:
    original = _original(name, same)
    if original is None:
        # One whose path says something else is the last, and gets another name.
        same = sorted(same, key=lambda item: plain_name(item.root.name) != name)
        error = _error(repo, name, same, same, taken)
        return {item.name: error for item in same}
    copies = [item for item in same if item != original]
    return {item.name: _error(repo, name, [item, original], [item], taken) for item in copies}


def _original(name: str, same: Sequence[RunnableDir]) -> RunnableDir | None:
    """The dir that was copied: git's oldest, or the one whose path has the name."""
    ages = {item: age_of(item.changelog) for item in same}
    oldest = [item for item in same if ages[item] == min(ages.values())]
    if oldest[1:]:
        oldest = [item for item in oldest if plain_name(item.root.name) == name]
    return None if oldest[1:] else next(iter(oldest), None)


def _error(
    repo: Repo,
    name: str,
    dirs: Sequence[RunnableDir],
    wrong: Sequence[RunnableDir],
    taken: Collection[str],
) -> HelpersError:
    renamed = wrong[-1]
    path_name = plain_name(renamed.name)
    possible = chain(
        [plain_name(renamed.root.name), path_name], map(f"{path_name}_{{}}".format, count(2))
    )
    own = next(one for one in possible if one and one not in taken)
    path = shlex.quote(str(renamed.changelog))
    shown = {item: shown_name(item.name, repo.root_name(())) for item in dirs}
    return HelpersError(
        f"the images of {' and '.join(shown.values())} have one name, {name!r}: each"
        " would overwrite the other",
        where="\n".join(str(item.changelog.relative_to(item.repo)) for item in wrong),
        fix=f"give {shown[renamed]} a name of its own:  sed -i 's/^# {name}-/# {own}-/' {path}",
    )
