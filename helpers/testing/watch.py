"""Wait for saved files, and say which dirs they affect; or for a key."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.repo import Repo
from helpers.system.lease import RESULTS_FOLDER, WORKING_FOLDER

# An editor writes a file in several steps, and people save several files: this long nothing more.
_QUIET_MILLISECONDS = 300
_TICK_MILLISECONDS = 100
_NOT_WATCHED = (".git", WORKING_FOLDER, RESULTS_FOLDER, "__pycache__", ".pytest_cache")


def next_inputs(
    repo: Repo,
    before: RepoInputs,
    names: Sequence[str],
    pressed: Callable[[], str],
    *,
    at_once: bool,
) -> tuple[RepoInputs, set[str]] | str:
    """The inputs after the next save that affects one of the dirs, and those that it affects.

    Args:
        before: as they were when the last run began.
        pressed: the key that was pressed meanwhile; empty: none.
        at_once: what was saved since `before` counts; else the next save is waited for.

    Returns:
        The key, where one was pressed before.
    """
    # Imported here: it is for this command alone.
    from watchfiles import watch

    digests = {name: before.digest(name) for name in names}
    toolchain = before.toolchain_digest()
    stop = threading.Event()
    changes = watch(
        repo.root,
        watch_filter=lambda _, path: not _is_passed_over(repo.root, Path(path)),
        debounce=_QUIET_MILLISECONDS,
        step=_QUIET_MILLISECONDS,
        rust_timeout=_TICK_MILLISECONDS,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=False,
    )
    for seen in changes:
        if key := pressed():
            stop.set()
            return key
        if not seen and not at_once:
            continue
        at_once = False
        now = read_repo_inputs(repo)
        known = [name for name in names if name in now.tree.dirs]
        affected = {name for name in known if now.digest(name) != digests[name]}
        if now.toolchain_digest() != toolchain:
            affected = set(known)
        if affected:
            return now, affected
    return ""


def _is_passed_over(root: Path, path: Path) -> bool:
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    return any(part in _NOT_WATCHED for part in parts)
