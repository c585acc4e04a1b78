"""What another version of the toolchain makes of a repo's configuration: asked, and answered.

The migrations that are needed are those of the version that one moves to. Its code runs in a
process of its own, with its own thin environment, before anything is changed. The two versions
speak JSON; what is written here must be understood by all later versions, and the other way round.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from helpers.adoption.adopting.shims import MAIN_PYTEST, SETENV, TASKS
from helpers.adoption.upgrades.migrations import (
    INVOKE_SETTINGS,
    TASK_CHANGES,
    AdoptedFiles,
    TaskChange,
    is_dir_config,
    migrate,
)
from helpers.managed_files.file_states import read_state
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import DEVOPS
from helpers.model.settings.config import parse_dir_config
from helpers.model.settings.deprecated import Deprecated
from helpers.model.settings.file_names import CONFIG_FILE_NAME, DIR_CONFIG_FILE_NAME
from helpers.model.version import Version
from helpers.system.process import ProcessError, run
from helpers.vcs.files import UNTRACKED
from helpers.vcs.git import git_names

SCRIPT = Path("helpers", "adoption", "plan_migrations.py")
_FORMAT = 1
# What migrations may look at, as git names it; of the repo itself, not of its submodules.
_CONFIGURATION = (
    f":(glob){CONFIG_FILE_NAME}",
    f":(glob)**/{DEVOPS}/{DIR_CONFIG_FILE_NAME}",
    *(f":(glob){name}" for name in (TASKS, SETENV, MAIN_PYTEST, INVOKE_SETTINGS)),
)


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What becomes of a repo's configuration.

    Attributes:
        changes: of files, one each.
        told: what the changes are.
        notices: what nobody but the repo's people can change.
    """

    changes: tuple[FileChange, ...]
    told: tuple[str, ...]
    notices: tuple[str, ...]


def plan_migrations(root: Path, toolchain: str, since: Version) -> MigrationPlan:
    """What this version makes of the configuration of the repo at `root`; nothing is changed.

    Args:
        toolchain: the submodule's path relative to the root.
        since: the version that the repo comes from.

    Raises:
        HelpersError: a file is malformed.
    """
    changes, told = migrate(read_adopted(root, toolchain))
    return MigrationPlan(tuple(changes), tuple(told), tuple(_calls(root, toolchain, since)))


def read_adopted(root: Path, toolchain: str) -> AdoptedFiles:
    """The files of an adopting repo that migrations may look at.

    Raises:
        HelpersError: one is no text.
    """
    listed = git_names(root, *UNTRACKED, "--cached", "--", *_CONFIGURATION)
    texts, links = {}, set()
    for path in sorted(set(listed)):
        state = read_state(root / path)
        try:
            text = state.text
        except UnicodeDecodeError as error:
            raise HelpersError(f"cannot read {path}: {error}", where=str(root / path)) from error
        if text is not None:
            texts[path] = text
            links |= {path} if state.link else set()
    return AdoptedFiles(texts, frozenset(links), toolchain)


def deprecated_settings(root: Path, toolchain: str) -> list[Deprecated]:
    """The settings of the repo at `root` that have the form of an earlier version.

    Raises:
        HelpersError: a file is malformed.
    """
    found: list[Deprecated] = []
    for path, text in read_adopted(root, toolchain).texts.items():
        if is_dir_config(path):
            parse_dir_config(text, path, found.append)
    return found


def _calls(root: Path, toolchain: str, since: Version) -> Iterable[str]:
    """Where the repo calls tasks that do something else now."""
    for change in TASK_CHANGES:
        if since < change.version:
            yield from _calls_of(root, toolchain, change)


def _calls_of(root: Path, toolchain: str, change: TaskChange) -> Iterable[str]:
    command = ["git", "grep", "--line-number", "-z", "-I", "--word-regexp", "-e", change.name]
    done = run([*command, "--", ".", f":(exclude){toolchain}"], cwd=root, check=False)
    for line in done.stdout.splitlines():
        path, number, _ = line.split("\0", 2)
        yield f"{path}:{number}: {change.name} {change.what}"


def ask(code: Path, root: Path, toolchain: str, since: Version) -> MigrationPlan:
    """As `plan_migrations`, by the version of the toolchain whose files are at `code`.

    Raises:
        HelpersError: that version cannot say, or a file is malformed.
    """
    question = {"format": _FORMAT, "root": str(root), "toolchain": toolchain, "since": str(since)}
    if not (code / SCRIPT).is_file():
        raise HelpersError(
            f"that version of the toolchain has no migrations: it lacks {SCRIPT}",
            fix="name version 1.3.0 or a newer one with --to",
        )
    try:
        done = run([sys.executable, "-I", code / SCRIPT], stdin=json.dumps(question))
        answered = json.loads(done.stdout)
    except ProcessError as error:
        raise HelpersError(
            "that version of the toolchain cannot be started",
            where=_reason(error.last_lines),
            fix="choose another one with --to",
        ) from error
    except ValueError as error:
        raise HelpersError(
            "that version of the toolchain gives an unreadable answer",
            where=done.stdout[-200:],
            fix="choose another one with --to",
        ) from error
    if "error" in answered:
        found = answered["error"]
        raise HelpersError(found["what"], where=found["where"], fix=found["fix"])
    changes = (
        FileChange(item["path"], item["before"], item["after"], item["executable"])
        for item in answered["changes"]
    )
    return MigrationPlan(tuple(changes), tuple(answered["told"]), tuple(answered["notices"]))


def _reason(lines: list[str]) -> str:
    """Of a traceback the last line says what went wrong."""
    is_traceback = any(line.startswith("Traceback") for line in lines)
    return "\n".join(lines[-1:] if is_traceback else lines)


def answer(question: str) -> str:
    """What `ask` reads, for what it asks."""
    asked = json.loads(question)
    try:
        root, toolchain = Path(asked["root"]), asked["toolchain"]
        plan = plan_migrations(root, toolchain, Version.parse(asked["since"]))
    except HelpersError as error:
        return _as_json({"error": {"what": error.what, "where": error.where, "fix": error.fix}})
    return _as_json(asdict(plan))


def _as_json(found: dict[str, Any]) -> str:
    return json.dumps({"format": _FORMAT, **found})
