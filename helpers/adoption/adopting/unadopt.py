"""Taking the toolchain out of a repo: what adopting wrote goes, what is the user's stays."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from helpers.adoption.adopting import merge_pre_commit, pytest_settings, shims
from helpers.adoption.adopting.adopt import (
    GITIGNORE,
    IGNORED_BLOCKS,
    AdoptRequest,
    default_name,
    leads_into,
    plan_adopt,
)
from helpers.adoption.adopting.record import forget, recall
from helpers.adoption.superproject import Submodule, remove_submodule, stage, unstaged_files
from helpers.lockers import pip
from helpers.managed_files.blocks import remove_block
from helpers.managed_files.file_states import ABSENT
from helpers.managed_files.pre_commit_file import without_made
from helpers.managed_files.repo_record import RECORD_FILE_NAME
from helpers.managed_files.written import apply_changes, remove_remains
from helpers.model.adoption import UnadoptPlan
from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import OS_PACKAGES, runnable_dir_names
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.system.files import read_text, remove_empty, write_atomic
from helpers.vcs.files import list_files

# The settings go first: without them the toolchain's own `setenv.sh` gives its own tasks, by which
# what was interrupted can be ended.
_CREATED = (
    CONFIG_FILE_NAME,
    shims.TASKS,
    shims.OTHER_TASKS,
    shims.SETENV,
    shims.MAIN_PYTEST,
    CHANGELOG,
    OS_PACKAGES,
    pytest_settings.PYTEST_INI,
    pip.SOURCE_FILE,
    pip.LOCK_FILE,
    merge_pre_commit.FILE_NAME,
    GITIGNORE,
)
# Those of them that are named when they stay, though they do not say where the toolchain is.
_NAMED = (CONFIG_FILE_NAME, CHANGELOG, OS_PACKAGES)
# What the toolchain makes while it works.
_FOLDERS = ("tmp.helpers", "tmp.main_pytest")


def plan_unadopt(submodule: Submodule) -> UnadoptPlan:
    """Decide what goes and what stays; nothing is changed.

    Raises:
        HelpersError: a file cannot be read, or git fails.
    """
    root = submodule.repo
    files = [name for name in list_files(root) if not is_inside(name, submodule.path)]
    unmerged = _unmerged(root, submodule.path)
    written = _as_adopted(root, files, unmerged, submodule.path)
    # Where it was noted what was written, the rest was there before, even if it looks the same.
    noted = {file.path for file in recall(root)}
    changes: list[FileChange] = []
    kept: list[tuple[str, str]] = []
    for path, found in _texts(root, (*_CREATED, *unmerged)).items():
        ours = not noted or path in noted
        if path in unmerged and unmerged[path] != found:
            changes.append(FileChange(path, found, unmerged[path]))
        elif leads_into(root / path, submodule.root) or (ours and found == written.get(path)):
            changes.append(FileChange(path, found, None))
        elif submodule.path in found or (ours and path in _NAMED):
            kept.append((path, "it is not as adopting wrote it; remove it if you want it to go"))
    known = {change.path for change in changes}
    for name in files:
        brought = name == RECORD_FILE_NAME or leads_into(root / name, submodule.root)
        if brought and name not in known:
            # By `i sync_apply`; a link would lead nowhere.
            changes.append(FileChange(name, read_text(root / name), None))
    dirs = [name for name in runnable_dir_names(files) if name != "."]
    kept += [(name, "a runnable dir; it needs the toolchain for its container") for name in dirs]
    folders = tuple(name for name in _FOLDERS if (root / name).is_dir())
    return UnadoptPlan(tuple(changes), tuple(kept), folders)


def take_out(submodule: Submodule, plan: UnadoptPlan) -> None:
    """Change what was decided, and remove the submodule; staged is what was staged or committed.

    Raises:
        HelpersError: a file changed in the meantime, or git fails.
        OSError: a file cannot be written.
    """
    root = submodule.repo
    paths = [change.path for change in plan.changes]
    own = set(unstaged_files(root, paths))
    remove_remains(root, (*paths, *_CREATED))
    apply_changes(root, plan.changes)
    stage(root, [path for path in paths if path not in own])
    # Also of files that an interrupted run removed.
    for path in (*paths, *_CREATED):
        remove_empty((root / path).parent, root)
    for name in plan.folders:
        shutil.rmtree(root / name, ignore_errors=True)
    forget(root)
    remove_submodule(submodule)


def _unmerged(root: Path, submodule: str) -> dict[str, str | None]:
    """Files that adopting wrote or added to, as they were before; None: the file goes."""
    hooks, project = merge_pre_commit.FILE_NAME, pytest_settings.PROJECT
    texts = _texts(root, (GITIGNORE, hooks, project, shims.SETENV))
    found = {path: _without_ours(path, text, submodule) for path, text in texts.items()}
    # What is still as it was written, whatever that was, becomes what it was.
    for file in recall(root):
        if file.after != ABSENT and read_text(root / file.path) == file.after.text:
            found[file.path] = file.before.text
    return found


def _without_ours(path: str, text: str, submodule: str) -> str | None:
    if path == merge_pre_commit.FILE_NAME:
        files = (shims.SETENV, f"{submodule}/{shims.SETENV}")
        rest = without_made(text)
        if rest is None:
            return None
        text = rest
        found = [merge_pre_commit.remove_hooks(text, setenv) for setenv in files]
    else:
        blocks = {
            GITIGNORE: IGNORED_BLOCKS,
            pytest_settings.PROJECT: [pytest_settings.project_block(submodule)],
            shims.SETENV: [shims.setenv_addition(submodule)],
        }
        found = [remove_block(text, block) for block in blocks[path]]
    return next((left for left in found if left != text), text)


def _as_adopted(
    root: Path, files: list[str], unmerged: Mapping[str, str | None], submodule: str
) -> dict[str, str]:
    """The files that adopting would make in this repo if it had never been there, by their paths.

    It is asked itself, in a folder where links stand for the files of the repo.
    """
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name).resolve()
        for path in files:
            target = scratch / path
            text = unmerged.get(path)
            if path in unmerged and text != read_text(root / path):
                if text is not None:
                    write_atomic(target, text)
            elif path not in _CREATED:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(root / path)
        plan = plan_adopt(scratch, _request(root, submodule))
    return {change.path: change.after or "" for change in plan.changes if change.before is None}


def _request(root: Path, submodule: str) -> AdoptRequest:
    """What adopting was asked for, as far as its files tell."""
    texts = _texts(root, (CONFIG_FILE_NAME, CHANGELOG))
    request = AdoptRequest(submodule, default_name(root), date.min)
    try:
        config = parse_repo_config(texts.get(CONFIG_FILE_NAME, ""), CONFIG_FILE_NAME)
        request = replace(
            request, name=config.name, registry=config.registry, base_image=config.base_image
        )
        first = parse_changelog(texts.get(CHANGELOG, ""), CHANGELOG).entries[-1]
        return replace(request, today=first.date)
    except HelpersError:
        return request  # what is malformed is not as adopting wrote it, and stays


def _texts(root: Path, paths: tuple[str, ...]) -> dict[str, str]:
    read = {path: read_text(root / path) for path in paths}
    return {path: text for path, text in read.items() if text is not None}
