"""The pre-push hook of a repo and its submodules: installed, brought up to date, taken away."""

import shlex
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from helpers.managed_files.file_states import ABSENT, FileState, read_state
from helpers.managed_files.written import Written, write
from helpers.model.dataclass import dataclass
from helpers.model.repo import Repo
from helpers.vcs.files import is_tracked
from helpers.vcs.git import git
from helpers.vcs.submodules import checkouts

_HOOK = "pre-push"
_KEPT = f"{_HOOK}.before-helpers"
# Where pre-commit puts a hook that it finds; it goes on calling it.
_PLACES = (_HOOK, f"{_HOOK}.legacy")
_OURS = b"#!/bin/sh\n# helpers: the pre-push hook"
_UNSET = "toolchain=.\n"
_EXECUTABLE = 0o755


class HookAction(StrEnum):
    """What a hook becomes, or would."""

    INSTALL = "installed"
    CHAIN = "installed; your own hook runs after it"
    UPDATE = "updated"
    KEEP = "there already"
    REMOVE = "removed"
    RESTORE = "removed; your own hook is restored"
    ABSENT = "not there"
    SKIP = "left alone"


@dataclass(frozen=True, slots=True)
class HookPlan:
    """What becomes of the hook of a checkout.

    Attributes:
        checkout: its path relative to the repo's root.
        file: of the hook.
        written: the hook, and the user's own where it goes aside or comes back; by their names.
        why: it is left alone.
        fix: the command that fixes that.
    """

    checkout: str
    file: Path
    action: HookAction
    written: tuple[Written, ...] = ()
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where a checkout has its hooks, and where it usually would: nobody else has those."""

    checkout: str
    path: Path
    usual: Path
    owned: bool


def plan_install(repo: Repo) -> list[HookPlan]:
    """What is to be done so that the repo and each submodule that is checked out has the hook.

    Raises:
        ProcessError: git fails.
    """
    wanted = FileState(hook_text(repo).encode(), _EXECUTABLE)
    return [_plan_install(repo, folder, wanted) for folder in _folders(repo.root)]


def plan_remove(repo: Repo) -> list[HookPlan]:
    """What is to be done so that none has it.

    Raises:
        ProcessError: git fails.
    """
    return [_plan_remove(folder) for folder in _folders(repo.root)]


def carry_out(plans: Iterable[HookPlan]) -> None:
    """Do what was planned.

    Raises:
        OSError: a file cannot be written.
    """
    for plan in plans:
        write(plan.file.parent, plan.written)


def hook_text(repo: Repo) -> str:
    """The hook, which knows where the toolchain is in the repo."""
    inside = repo.toolchain.is_relative_to(repo.root)
    place = repo.toolchain.relative_to(repo.root) if inside else repo.toolchain
    text = (repo.toolchain / "dev_scripts" / "pre_push.sh").read_text(encoding="utf-8")
    return text.replace(_UNSET, f"toolchain={shlex.quote(place.as_posix())}\n", 1)


def _folders(root: Path) -> list[_Folder]:
    """The folders of hooks, each once."""
    found: dict[Path, _Folder] = {}
    for checkout in checkouts(root):
        where = root / checkout
        asked = ("rev-parse", "--git-common-dir", "--git-path", "hooks")
        common, hooks = (where / line for line in git(where, *asked).splitlines())
        path = hooks.resolve()
        owned = path.is_relative_to(common.resolve()) or path.is_relative_to(root.resolve())
        usual = common.resolve() / "hooks"
        found.setdefault(path, _Folder(checkout, path, usual, owned))
    return list(found.values())


def _plan_install(repo: Repo, folder: _Folder, wanted: FileState) -> HookPlan:
    hook = folder.path / _HOOK
    ours = _find_ours(folder.path)
    if ours:
        found = read_state(ours)
        if found.content == wanted.content:
            return HookPlan(folder.checkout, ours, HookAction.KEEP)
        update = Written(ours.name, found, wanted)
        return HookPlan(folder.checkout, ours, HookAction.UPDATE, (update,))
    if not folder.owned:
        where = str(repo.root / folder.checkout)
        own = shlex.join(["git", "-C", where, "config", "core.hooksPath", str(folder.usual)])
        why = "its hooks are in a folder outside of the repo, which other repos may have too"
        return HookPlan(folder.checkout, hook, HookAction.SKIP, why=why, fix=own)
    own_hook = read_state(hook)
    install = Written(_HOOK, own_hook, wanted)
    if own_hook == ABSENT:
        return HookPlan(folder.checkout, hook, HookAction.INSTALL, (install,))
    if is_tracked(hook):
        check = repo.toolchain / "helpers" / "tasks" / "pre_push.py"
        call = f'python3 -I {shlex.quote(str(check))} "$@"'
        why = "its own hook is a file of the repo"
        return HookPlan(folder.checkout, hook, HookAction.SKIP, why=why, fix=f"add to it: {call}")
    kept = folder.path / _KEPT
    if read_state(kept) != ABSENT:
        why = f"there are two hooks of your own: {_HOOK} and {_KEPT}"
        fix = shlex.join(["rm", str(kept)])
        return HookPlan(folder.checkout, hook, HookAction.SKIP, why=why, fix=fix)
    # Its own is there twice before it is replaced: whatever ends this, a hook of its own runs.
    aside = Written(_KEPT, ABSENT, own_hook)
    return HookPlan(folder.checkout, hook, HookAction.CHAIN, (aside, install))


def _plan_remove(folder: _Folder) -> HookPlan:
    ours = _find_ours(folder.path)
    if not ours:
        return HookPlan(folder.checkout, folder.path / _HOOK, HookAction.ABSENT)
    own_hook = read_state(folder.path / _KEPT)
    back = Written(ours.name, read_state(ours), own_hook)
    if own_hook == ABSENT:
        return HookPlan(folder.checkout, ours, HookAction.REMOVE, (back,))
    aside = Written(_KEPT, own_hook, ABSENT)
    return HookPlan(folder.checkout, ours, HookAction.RESTORE, (back, aside))


def _find_ours(hooks: Path) -> Path | None:
    files = (hooks / name for name in _PLACES)
    return next((file for file in files if file.is_file() and _is_ours(file)), None)


def _is_ours(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(len(_OURS)) == _OURS
