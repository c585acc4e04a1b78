"""Bring into a dir what its template gained since it was made, or since the last update."""

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from helpers.adoption.copier import ANSWERS, Workbench, find_copier, read_answers
from helpers.adoption.template_source import (
    FOLDER,
    Files,
    earlier_template,
    newest_commit,
    present_template,
    template_names,
)
from helpers.model.changelog_rules import image_file_owner
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.file_change import FileChange
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.files import read_text
from helpers.vcs.git import git, list_files

# Of a lock file no half can be taken: it is locked again.
_LOCK_FILE = "poetry.lock"
_COMMIT = re.compile(r"^_commit: '?(?P<commit>[0-9a-f]{40,64})'?$", re.MULTILINE)
_SOURCE = re.compile(rf"^_src_path: {FOLDER}/(?P<name>[a-z_]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DirUpdate:
    """What an update makes of a dir.

    Attributes:
        changes: of its files; paths relative to the repo's root.
        conflicts: the paths of those that hold both the user's lines and the template's.
        kept: the paths of those that the template has no more, and the user changed.
        to_lock: its `pyproject.toml` changed, and its lock file did not.
        to_bump: what its image is made from changes.
    """

    dir: RunnableDir
    changes: tuple[FileChange, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    to_lock: bool = False
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
            fix=f"git rm '{runnable_dir.root / ANSWERS}'   # and no update looks for it again",
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
        own = _copy_dir(runnable_dir, bench.made)
        answers = read_answers(own[ANSWERS].decode())
        conflicts = bench.update(before, after, newest)
        kept = _keep_changed(own, bench, answers)
        changes = _changes(runnable_dir, own, bench.made)
        return _judge(runnable_dir, changes, conflicts, kept)


def _keep_changed(own: Files, bench: Workbench, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Put back what the template has no more, and copier removed although the user changed it."""
    gone = [name for name in own if not (bench.made / name).exists()]
    if not gone:
        return ()
    past = bench.render_past(answers)
    kept = [name for name in gone if own[name] != _content(past / name)]
    for name in kept:
        (bench.made / name).parent.mkdir(parents=True, exist_ok=True)
        (bench.made / name).write_bytes(own[name])
    return tuple(kept)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _judge(
    runnable_dir: RunnableDir,
    changes: list[FileChange],
    conflicts: tuple[str, ...],
    kept: tuple[str, ...],
) -> DirUpdate:
    lock = _path(runnable_dir, _LOCK_FILE)
    project = _path(runnable_dir, "pyproject.toml")
    if _LOCK_FILE in conflicts:
        changes = [change for change in changes if change.path != lock]
    paths = {change.path for change in changes}
    owners = {image_file_owner(path, [runnable_dir.name]) for path in paths}
    return DirUpdate(
        runnable_dir,
        # The answers come last: an update that is interrupted is not taken for one that is done.
        tuple(sorted(changes, key=lambda change: (change.path.endswith(ANSWERS), change.path))),
        tuple(_path(runnable_dir, name) for name in conflicts if name != _LOCK_FILE),
        tuple(_path(runnable_dir, name) for name in kept),
        to_lock=project in paths and lock not in paths,
        to_bump=runnable_dir.name in owners,
    )


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
            fix=f"git log --patch -- '{path}'   # shows what it was",
        )
    return source["name"], commit["commit"]


def _check_committed(runnable_dir: RunnableDir) -> None:
    status = git(runnable_dir.root, "status", "--porcelain", "--", ".").splitlines()
    if status:
        raise HelpersError(
            f"{runnable_dir.name} has work that is not committed, which an update would mix with",
            where="\n".join(status[:5] + ["..."] * (len(status) > 5)),
            fix=f"git add '{runnable_dir.root}' && git commit, or git stash --include-untracked",
        )


def _copy_dir(runnable_dir: RunnableDir, target: Path) -> Mapping[str, bytes]:
    """Copy the dir's files that git knows; their content by path relative to the dir."""
    own = {}
    # The answers are needed also where git ignores them.
    for name in {*list_files(runnable_dir.root), ANSWERS}:
        source = runnable_dir.root / name
        if source.is_symlink():
            continue  # no template has one
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, place)
        own[name] = place.read_bytes()
    return own


def _changes(runnable_dir: RunnableDir, own: Files, made: Path) -> list[FileChange]:
    now = {
        path.relative_to(made).as_posix(): path.read_bytes()
        for path in made.rglob("*")
        if path.is_file()
    }
    return [
        FileChange(_path(runnable_dir, name), _text(own.get(name)), _text(now.get(name)))
        for name in sorted(own.keys() | now.keys())
        if own.get(name) != now.get(name)
    ]


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()


def _path(runnable_dir: RunnableDir, name: str) -> str:
    return PurePosixPath(runnable_dir.name, name).as_posix()
