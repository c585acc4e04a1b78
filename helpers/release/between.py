"""Versions of what is made between two releases: they tell one state of the code from another."""

from collections.abc import Mapping, Sequence

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import NextVersion
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.runnable_dir import path_below
from helpers.release.code_versions import next_versions
from helpers.release.released_dirs import ReleasedDir, find_released
from helpers.release.touched import Touched
from helpers.vcs.files import uncommitted


def versions_between(
    repo: Repo,
    dirs: Sequence[ReleasedDir],
    inputs: RepoInputs,
    found: Mapping[str, NextVersion],
) -> dict[str, tuple[str, str]]:
    """By dir, the versions of a wheel and of an image that are made of the work tree.

    Raises:
        ProcessError: git fails.
    """
    dirs = [one for one in dirs if one.name in found]
    changed: list[str] = []
    for place in {one.place for one in dirs}:
        changed += [path_below(place, path) for path in uncommitted(repo.root / place)]
    touched = Touched.of(inputs, ((one.name, 1 << at) for at, one in enumerate(dirs)))
    own, through = touched.by_all(path.rstrip("/") for path in changed)
    made = {}
    for at, one in enumerate(dirs):
        is_changed = (own | through) >> at & 1
        key = inputs.digest(one.name) if is_changed else ""
        made[one.name] = found[one.name].between(one.config, key)
    return made


def wheel_versions(
    repo: Repo, names: Sequence[str], inputs: RepoInputs, listen: Listener
) -> dict[str, str]:
    """By dir, the version of a wheel that is made now; of those whose code is released.

    Dirs that the named ones depend on are among them.

    Raises:
        HelpersError: the version of one cannot be said.
    """
    wanted = dict.fromkeys(
        root for name in names for root in inputs.of(name).roots if root in inputs.tree.dirs
    )
    dirs = find_released(repo, map(repo.runnable_dir, wanted))
    if not dirs:
        return {}
    results = next_versions(repo, dirs, inputs, listen, ask_remote=False)
    found = {}
    for name, one in results.items():
        if isinstance(one, HelpersError):
            raise one
        found[name] = one
    return {name: wheel for name, (wheel, _) in versions_between(repo, dirs, inputs, found).items()}
