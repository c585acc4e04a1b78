"""Bring into a dir what its template gained since it was made, or since the last update."""

import re
import tempfile
from pathlib import Path, PurePosixPath

from helpers.adoption.from_template.copier import (
    ANSWERS,
    Workbench,
    find_copier,
    read_answers,
    with_commit,
)
from helpers.adoption.from_template.source import (
    FOLDER,
    Files,
    earlier_template,
    newest_commit,
    present_template,
    template_names,
)
from helpers.inputs.declarations import PYPROJECT
from helpers.lockers.conda_files import ASKED_FILES
from helpers.managed_files.repo_record import Applied
from helpers.managed_files.three_way import FileToPlan, Here, WantedText, plan_file
from helpers.model.changelog.history_rules import image_file_owner
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.model.numbers import few_lines
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, RunnableDir
from helpers.model.shell_words import quoted
from helpers.system.files import read_text
from helpers.vcs.git import git

# Of a lock file no half can be taken: it is locked again.
_LOCK_FILES = ("poetry.lock", "requirements/default.txt", "requirements/dev.txt")
# What they are locked from; a dir has those of one tool.
_ASKING = ("requirements/default.in", "requirements/dev.in", *ASKED_FILES, PYPROJECT)
# How conflicts name what the user has and what the template has.
_NAMES = ("before updating", "after updating")
_COMMIT = re.compile(r"^_commit: '?(?P<commit>[0-9a-f]{40,64})'?$", re.MULTILINE)
_SOURCE = re.compile(rf"^_src_path: {FOLDER}/(?P<name>[a-z_]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DirUpdate:
    """What an update makes of a dir.

    Attributes:
        changes: of its files; paths relative to the repo's root.
        conflicts: the paths of those that hold both the user's lines and the template's.
        kept: the paths of those that the template has no more, and the user changed.
        to_lock: the file of the dir that changed, while the lock of what it asks for did not.
        to_bump: what its image is made from changes.
    """

    dir: RunnableDir
    changes: tuple[FileChange, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    to_lock: str = ""
    to_bump: bool = False


def is_from_template(runnable_dir: RunnableDir) -> bool:
    """Whether a template's answers stand in the dir."""
    return (runnable_dir.root / ANSWERS).is_file()


def plan_update(repo: Repo, runnable_dir: RunnableDir, listen: Listener) -> DirUpdate:
    """What the template's changes make of the dir; nothing is written in the repo.

    Raises:
        HelpersError: the dir is not from a template, has uncommitted work, or the version of the
            template that it was made from cannot be had.
    """
    template, commit = _read_answers(runnable_dir)
    if template not in template_names(repo.toolchain):
        raise HelpersError(
            f"the toolchain has no template {template!r} any more, which {runnable_dir.name} is of",
            where=str(runnable_dir.root / ANSWERS),
            fix=f"git rm {quoted(runnable_dir.root / ANSWERS)}"
            "   # and no update looks for it again",
        )
    before = earlier_template(repo.toolchain, template, commit)
    after = present_template(repo.toolchain, template)
    if before == after:
        return DirUpdate(runnable_dir)
    _check_committed(runnable_dir)
    newest = newest_commit(repo.toolchain)
    copier = find_copier(repo, listen)
    with tempfile.TemporaryDirectory() as folder:
        bench = Workbench(Path(folder), copier, template)
        answers = read_answers((runnable_dir.root / ANSWERS).read_text(encoding="utf-8"))
        past, present = (
            bench.render(files, answers, version=version)
            for files, version in ((before, "v1"), (after, "v2"))
        )
    changed = [name for name in sorted({*past, *present}) if past.get(name) != present.get(name)]
    found = [
        _plan_file(runnable_dir, name, _text(past.get(name)), _text(present.get(name)))
        for name in changed
        # The history of its container is the dir's own.
        if name not in (ANSWERS, CHANGELOG) and not (runnable_dir.root / name).is_symlink()
    ]
    return _judge(runnable_dir, [*found, _answers(runnable_dir, present, newest)])


def _plan_file(
    runnable_dir: RunnableDir, name: str, past: str | None, present: str | None
) -> Standing:
    """What becomes of a file that the template changed.

    Raises:
        HelpersError: it cannot be read, or both sides of an earlier update stand in it.
    """
    path, here = _path(runnable_dir, name), read_text(runnable_dir.root / name)
    item = ManagedFile(path, name, "template", Mode.WHOLE)
    if present is None:
        if here == past:
            return Standing(item, Drift.UPSTREAM, change=FileChange(path, here, None))
        return Standing(item, Drift.HERE if here is not None else Drift.GONE)
    applied = None if past is None else Applied(item.mode, "past", "")
    found = plan_file(
        FileToPlan(
            item,
            WantedText(present, "present"),
            Here(here),
            applied,
            lambda: past or "",
            names=_NAMES,
        )
    )
    if found.drift is Drift.CONFLICT:
        raise HelpersError(
            f"{path} holds both sides of an earlier update, between marks",
            where=path,
            fix="edit it until one is left, commit it, then the same command again",
        )
    return found


def _answers(runnable_dir: RunnableDir, present: Files, commit: str) -> Standing:
    """The answers, as they are for this version of the template."""
    path = _path(runnable_dir, ANSWERS)
    after = with_commit(present[ANSWERS].decode(), commit)
    change = FileChange(path, read_text(runnable_dir.root / ANSWERS), after)
    return Standing(
        ManagedFile(path, ANSWERS, "template", Mode.WHOLE), Drift.UPSTREAM, change=change
    )


def _judge(runnable_dir: RunnableDir, found: list[Standing]) -> DirUpdate:
    locks = {_path(runnable_dir, name) for name in _LOCK_FILES}
    conflicts = [one.item.path for one in found if one.change and one.conflicts]
    # The answers come last: an update that is interrupted is not taken for one that is done.
    changes = tuple(
        one.change for one in found if one.change and not (one.item.path in locks and one.conflicts)
    )
    paths = {change.path for change in changes}
    owners = {image_file_owner(path, [runnable_dir.name]) for path in paths}
    return DirUpdate(
        runnable_dir,
        changes,
        tuple(path for path in conflicts if path not in locks),
        tuple(one.item.path for one in found if one.drift is Drift.HERE),
        to_lock="" if paths & locks else _asking(runnable_dir, paths),
        to_bump=runnable_dir.name in owners,
    )


def _asking(runnable_dir: RunnableDir, changed: set[str]) -> str:
    """The changed file that asks for packages; empty: none did."""
    there = [name for name in _ASKING if (runnable_dir.root / name).is_file()]
    own = [name for name in there if name != PYPROJECT] or there
    return next((name for name in own if _path(runnable_dir, name) in changed), "")


def _read_answers(runnable_dir: RunnableDir) -> tuple[str, str]:
    """The template's name, and the commit of the toolchain whose template was used."""
    path = runnable_dir.root / ANSWERS
    text = read_text(path)
    if text is None:
        raise HelpersError(
            f"the dir was not made from a template: it has no {ANSWERS}",
            where=str(runnable_dir.root),
            fix="i runnable_dir_update --all   # updates every dir that was",
        )
    source, commit = _SOURCE.search(text), _COMMIT.search(text)
    if source is None or commit is None:
        key = "_src_path" if source is None else "_commit"
        raise HelpersError(
            f"{ANSWERS} does not say which template the dir was made from: no valid {key}",
            where=str(path),
            fix=f"git log --patch -- {quoted(path)}   # shows what it was",
        )
    return source["name"], commit["commit"]


def _check_committed(runnable_dir: RunnableDir) -> None:
    status = git(runnable_dir.root, "status", "--porcelain", "--", ".").splitlines()
    if status:
        raise HelpersError(
            f"{runnable_dir.name} has work that is not committed, which an update would mix with",
            where=few_lines(status),
            fix=f"git add {quoted(runnable_dir.root)} && git commit"
            ", or git stash --include-untracked",
        )


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()


def _path(runnable_dir: RunnableDir, name: str) -> str:
    return PurePosixPath(runnable_dir.name, name).as_posix()
