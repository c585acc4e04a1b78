"""Whatever state checkouts are in, and whatever is done to them: no content is ever lost."""

import hashlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from helpers.checkouts.branch_create import NewBranch, create_branches
from helpers.checkouts.branch_delete import DeleteOptions, delete_merged, find_merged
from helpers.checkouts.clean import find_litter, remove_litter
from helpers.checkouts.pull import fetch_everything, pull_everything
from helpers.checkouts.pull_submodules import pull_submodules
from helpers.checkouts.roll_forward import roll
from helpers.checkouts.roll_plan import RollRequest, plan_roll
from helpers.checkouts.sync_submodules import SyncOptions, sync_submodules
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, run
from tests.builders import git, write_files
from tests.scenes import Scene, copy_scene

pytestmark = pytest.mark.slow

_TODAY = date(2026, 11, 21)
_numbers = itertools.count()
State = Callable[[Scene, Path, str], None]
Job = Callable[[Scene], Iterable[MoveOutcome]]


def _unique() -> str:
    """Content that is nowhere else: if it goes, that shows."""
    return f"content {next(_numbers)}\n"


def _try(checkout: Path, *args: str) -> None:
    """What git may refuse in the state that the checkout is in by then."""
    environment = {"GIT_EDITOR": "true"}
    run(["git", *args], cwd=checkout, check=False, env=environment)


def _commit(checkout: Path, name: str = "own.txt") -> None:
    write_files(checkout, {name: _unique()})
    _try(checkout, "add", name)
    _try(checkout, "commit", "--quiet", "--no-verify", "--message", "Own")


def _changed(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {"repo_config.yaml": f"name: demo\n# {_unique()}"})


def _changed_as_theirs(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {f"{name}.txt": _unique()})


def _staged(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {"staged.txt": _unique()})
    _try(checkout, "add", "staged.txt")
    write_files(checkout, {"staged.txt": _unique()})


def _untracked(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {"fresh.txt": _unique(), "folder/fresh.txt": _unique()})


def _ignored(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {"fresh.secret": _unique()})


def _stashed(scene: Scene, checkout: Path, name: str) -> None:
    write_files(checkout, {f"{name}.txt": _unique(), "stashed.txt": _unique()})
    _try(checkout, "stash", "push", "--quiet", "--include-untracked")


def _committed(scene: Scene, checkout: Path, name: str) -> None:
    _commit(checkout)


def _committed_as_theirs(scene: Scene, checkout: Path, name: str) -> None:
    _commit(checkout, "fresh.txt")


def _detached(scene: Scene, checkout: Path, name: str) -> None:
    _try(checkout, "checkout", "--quiet", "--detach")


def _stray(scene: Scene, checkout: Path, name: str) -> None:
    _detached(scene, checkout, name)
    _commit(checkout)


def _on_topic(scene: Scene, checkout: Path, name: str) -> None:
    _try(checkout, "switch", "--quiet", "--create", "topic")
    _commit(checkout, "topic.txt")


def _unborn(scene: Scene, checkout: Path, name: str) -> None:
    _try(checkout, "switch", "--quiet", "--orphan", "fresh")
    write_files(checkout, {"unborn.txt": _unique()})
    _try(checkout, "add", "unborn.txt")


def _merging(scene: Scene, checkout: Path, name: str) -> None:
    _commit(checkout, f"{name}.txt")
    scene.release(name)
    _try(checkout, "fetch", "--quiet")
    _try(checkout, "merge", "--quiet", "origin/main")


def _rebasing(scene: Scene, checkout: Path, name: str) -> None:
    _commit(checkout, f"{name}.txt")
    scene.release(name)
    _try(checkout, "fetch", "--quiet")
    _try(checkout, "rebase", "--quiet", "origin/main")


def _shallow(scene: Scene, checkout: Path, name: str) -> None:
    _try(checkout, "fetch", "--quiet", "--depth=1", f"file://{scene.remote(name)}", "main")


def _without_remote(scene: Scene, checkout: Path, name: str) -> None:
    _try(checkout, "remote", "remove", "origin")


def _locked(scene: Scene, checkout: Path, name: str) -> None:
    (Path(git(checkout, "rev-parse", "--absolute-git-dir")) / "index.lock").touch()


def _work_tree_gone(scene: Scene, checkout: Path, name: str) -> None:
    """The user took the folder away; what is in it is elsewhere, and no longer ours."""
    if checkout != scene.root:
        checkout.rename(scene.folder / f"away {next(_numbers)}")


def _files_in_its_place(scene: Scene, checkout: Path, name: str) -> None:
    _work_tree_gone(scene, checkout, name)
    write_files(checkout, {f"{name}.txt": _unique()})


def _released(scene: Scene, checkout: Path, name: str) -> None:
    scene.release(name, {"fresh.txt": _unique()})


def _released_and_recorded(scene: Scene, checkout: Path, name: str) -> None:
    commit = scene.release(name)
    if name == "deep":
        commit = scene.record("deep", "lib", "deep", commit)
    if name != "top":
        scene.record("lib", "top", "my lib", commit)


def _released_what_is_ignored(scene: Scene, checkout: Path, name: str) -> None:
    write_files(scene.theirs(name), {"fresh.secret": _unique()})
    git(scene.theirs(name), "add", "--force", "fresh.secret")
    scene.release(name)


def _rewritten(scene: Scene, checkout: Path, name: str) -> None:
    git(scene.theirs(name), "commit", "--quiet", "--amend", "--message", _unique())
    git(scene.theirs(name), "push", "--quiet", "--force", "origin", "HEAD")


_STATES: list[State] = [
    _changed, _changed_as_theirs, _staged, _untracked, _ignored, _stashed, _committed,
    _committed_as_theirs, _detached, _stray, _on_topic, _unborn, _merging, _rebasing, _shallow,
    _without_remote, _locked, _work_tree_gone, _files_in_its_place, _released,
    _released_and_recorded, _released_what_is_ignored, _rewritten,
]  # fmt: skip


def _roll(scene: Scene, status: int) -> list[MoveOutcome]:
    wanted = RollRequest((), Path("/nowhere"))
    steps, told = plan_roll(scene.root, wanted)
    return [*told, *roll(scene.root, steps, wanted, _TODAY, lambda: status)]


def _delete(scene: Scene) -> list[MoveOutcome]:
    merged, _ = find_merged(scene.root, DeleteOptions())
    return delete_merged(scene.root, merged, DeleteOptions())


_JOBS: dict[str, Job] = {
    "fetch": lambda scene: fetch_everything(scene.root),
    "pull": lambda scene: pull_everything(scene.root, _TODAY),
    "submodule_pull": lambda scene: pull_submodules(scene.root, ()),
    "sync": lambda scene: sync_submodules(scene.root, (), SyncOptions(_TODAY)),
    "roll": lambda scene: _roll(scene, 0),
    "roll back": lambda scene: _roll(scene, 1),
    "branch": lambda scene: create_branches(scene.root, NewBranch("new", everywhere=True)),
    "branch from": lambda scene: create_branches(
        scene.root, NewBranch("other", "origin/main", everywhere=True)
    ),
    "delete": _delete,
}


def _git_folders(scene: Scene) -> list[Path]:
    """Where git keeps the repos, checked out or not."""
    top = scene.root / ".git"
    return [top, *(path.parent for path in (top / "modules").rglob("HEAD")
                   if (path.parent / "objects").is_dir())]  # fmt: skip


def _kept(folder: Path, *, remotes: bool) -> set[str]:
    """The ids of all that a repo has: in its branches, tags, stashes, head and index."""
    begin = ["git", "--git-dir=.", "--work-tree=."]
    tips = ["--branches", "--tags", *(["--remotes"] * remotes)]
    listed = run([*begin, "rev-list", "-g", "refs/stash"], cwd=folder, check=False).stdout.split()
    head = run([*begin, "rev-parse", "--verify", "-q", "HEAD"], cwd=folder, check=False).stdout
    names = [*listed, *head.split()]
    objects = run([*begin, "rev-list", "--objects", *tips, *names], cwd=folder).stdout
    index = run([*begin, "ls-files", "--stage"], cwd=folder).stdout
    return {line.split()[0] for line in objects.splitlines()} | {
        line.split()[1] for line in index.splitlines() if not line.startswith("160000")
    }


def _on_disk(scene: Scene) -> set[str]:
    """The ids that git would give to the files of all work trees, ignored ones too."""
    found = set()
    for folder, names, files in os.walk(scene.root):
        names[:] = [name for name in names if name != ".git"]
        for name in files:
            if name != ".git":
                content = (Path(folder) / name).read_bytes()
                blob = b"blob %d\0" % len(content) + content
                found.add(hashlib.sha1(blob, usedforsecurity=False).hexdigest())
    return found


def _contents(scene: Scene, *, remotes: bool) -> set[str]:
    kept = (_kept(folder, remotes=remotes) for folder in _git_folders(scene))
    return _on_disk(scene).union(*kept)


def _apply(scene: Scene, states: Iterable[tuple[str, State]]) -> None:
    places = {"top": scene.root, "lib": scene.lib, "deep": scene.deep}
    for name, state in states:
        if (places[name] / ".git").exists():
            note(f"{name}: {state.__name__}")
            state(scene, places[name], name)


@settings(
    max_examples=int(os.environ.get("HELPERS_TEST_EXAMPLES", "8")),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(
    states=st.lists(
        st.tuples(st.sampled_from(["top", "lib", "lib", "deep"]), st.sampled_from(_STATES)),
        min_size=1,
        max_size=6,
    ),
    jobs=st.lists(st.sampled_from(sorted(_JOBS)), min_size=1, max_size=4),
)
def test_no_content_is_ever_lost(
    first_scene: Scene, states: list[tuple[str, State]], jobs: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        scene = copy_scene(first_scene, Path(folder).resolve())
        _apply(scene, states)
        for job in jobs:
            before = _contents(scene, remotes=False)
            try:
                told = list(_JOBS[job](scene))
            except ProcessError:
                raise
            except HelpersError as error:
                note(f"{job}: {error}")
            else:
                note(f"{job}: {told}")
            assert before - _contents(scene, remotes=True) == set(), job


def test_a_clean_loses_nothing_but_what_it_showed(first_scene: Scene, tmp_path: Path) -> None:
    scene = copy_scene(first_scene, tmp_path)
    for name, checkout in (("top", scene.root), ("lib", scene.lib), ("deep", scene.deep)):
        for state in (_committed, _stashed, _changed, _staged, _untracked, _ignored):
            state(scene, checkout, name)
    before = _contents(scene, remotes=False)
    found, _ = find_litter(scene.root, ignored=True)
    shown = {f"{one.path}/{name}" for one in found for name in one.files}
    assert len(shown) == 9
    gone = [scene.root / name for name in shown]
    expected = {_blob(path) for path in gone}
    remove_litter(scene.root, found)
    assert before - _contents(scene, remotes=False) == expected


def _blob(path: Path) -> str:
    return git(path.parent, "hash-object", path.name)


def test_the_check_itself_sees_a_loss(first_scene: Scene, tmp_path: Path) -> None:
    scene = copy_scene(first_scene, tmp_path)
    _stray(scene, scene.lib, "lib")
    before = _contents(scene, remotes=False)
    git(scene.root, "submodule", "--quiet", "update")
    lost = before - _contents(scene, remotes=True)
    assert len(lost) == 3  # a commit, its tree, and its file
