"""Dirs whose images would have one name: each would overwrite what the other has built."""

import shlex
from collections.abc import Collection
from itertools import chain, count

from helpers.model.errors import HelpersError
from helpers.model.image import plain_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs


def find_shared_names(
    repo: Repo, known: Collection[RunnableDir] | None = None
) -> dict[str, HelpersError]:
    """What is wrong with each dir whose image has the name of another dir's, by names of dirs.

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
    return {
        item.name: _shared(reference.rpartition("/")[2], item, same, taken)
        for reference, same in dirs.items()
        if len(same) > 1
        for item in same
    }


def _shared(
    name: str, item: RunnableDir, same: list[RunnableDir], taken: Collection[str]
) -> HelpersError:
    others = [other.name for other in same if other != item]
    # Of a copied dir, the copy is the one whose path says something else.
    copies = [other for other in same if plain_name(other.root.name) != name] or same[1:]
    renamed = item if item in copies else copies[0]
    path_name = plain_name(renamed.name)
    possible = chain(
        [plain_name(renamed.root.name), path_name], map(f"{path_name}_{{}}".format, count(2))
    )
    own = next(one for one in possible if one not in taken)
    path = shlex.quote(str(renamed.changelog))
    return HelpersError(
        f"the images of {item.name} and {' and '.join(others)} have one name, {name!r}: each would"
        " overwrite the other",
        where=str(item.changelog.relative_to(item.repo)),
        mend=f"give {renamed.name} a name of its own:  sed -i 's/^# {name}-/# {own}-/' {path}",
    )
