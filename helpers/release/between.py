"""Versions of what is made between two releases: they tell one state of the code from another."""

from collections.abc import Mapping, Sequence

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import NextVersion
from helpers.model.repo import Repo
from helpers.model.runnable_dir import path_below
from helpers.release.released_dirs import ReleasedDir
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
