"""Upgrades of the toolchain, carried out and undone.

The code that runs is what is being replaced, so all that is needed is imported before the submodule
moves: at the head of each module that this one uses. Whatever happens in between, even the end of
the process, the record tells how far it could have come, and every step may be done again.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.adoption.superproject import Submodule
from helpers.adoption.upgrades import submodule_bump
from helpers.adoption.upgrades.record import UpgradeRecord, forget_record, read_record, write_record
from helpers.managed_files import written
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.system.lease import Lease
from helpers.system.process import ProcessError, printable, run, stream
from helpers.vcs.files import uncommitted
from helpers.vcs.refs import find_commit

UNDO = "i helpers_upgrade --undo"
_LEASE = "upgrade"
# Of `main_pytest.py`, where no test was affected or found.
_NOTHING_COLLECTED = 3


@contextmanager
def upgrading(root: Path) -> Iterator[None]:
    """Let nobody else upgrade this repo in the meantime.

    Raises:
        HelpersError: another one is at it.
    """
    try:
        lease = Lease(root, _LEASE, wait=False)
    except BlockingIOError as error:
        raise HelpersError(
            "the toolchain of this repo is being upgraded by another command",
            where=str(root),
            fix="wait for its end, then try again",
        ) from error
    with lease:
        yield


def unfinished(adopter: Submodule) -> UpgradeRecord | None:
    """An upgrade that did not come to its end; none where it changed nothing, or git undid it.

    Raises:
        HelpersError: its record cannot be read.
    """
    record = read_record(adopter.repo)
    if record is None or record.done:
        return None
    as_before = (
        find_commit(adopter.root) == record.before
        and not _is_half(adopter.root)
        and all(written.is_as(adopter.repo, file, file.before) for file in record.files)
    )
    return None if as_before else record


def carry_out(adopter: Submodule, record: UpgradeRecord) -> None:
    """Move the submodule and write the files; also what an earlier attempt left undone.

    Raises:
        HelpersError: something was changed meanwhile, or cannot be written; says how to go back.
    """
    with _told_how_to_undo(record):
        _check_as_recorded(adopter, record)
        write_record(adopter.repo, record)
        if record.before != record.after:
            submodule_bump.check_out(adopter.root, record.after, force=_is_half(adopter.root))
        written.write(adopter.repo, record.files)


def run_affected_tests(
    adopter: Submodule, record: UpgradeRecord, show: Callable[[str], None]
) -> None:
    """Let the version that is there now run the tests that the upgrade affects.

    Raises:
        HelpersError: a test fails, or tests cannot be run; says how to go back.
    """
    command = [sys.executable, "-I", str(adopter.root / "main_pytest.py"), "--changed"]
    with _told_how_to_undo(record):
        status = stream(command, show, cwd=adopter.repo)
        if status not in (0, _NOTHING_COLLECTED):
            raise HelpersError(
                f"tests fail with {record.version} of the toolchain"
                if status == 1
                else f"tests cannot be run with {record.version} of the toolchain",
                where="./main_pytest.py --changed",
                fix="i helpers_upgrade --yes goes on once they pass (--no-tests: without them)",
            )


def finish(root: Path, record: UpgradeRecord) -> None:
    """The upgrade came to its end; it can still be undone.

    Raises:
        OSError: that cannot be written down.
    """
    write_record(root, record.finished())


def commit(root: Path, record: UpgradeRecord, message: str) -> None:
    """Commit what the upgrade changed, and nothing else that is staged.

    Raises:
        HelpersError: git refuses.
    """
    paths = record.committed_paths
    run(["git", "add", "--", *paths], cwd=root)
    command = ["git", "commit", "--quiet", "--message", message, "--only", "--", *paths]
    done = run(command, cwd=root, check=False)
    if done.status:
        raise HelpersError(
            "the upgrade is complete, but git refuses to commit it",
            where="\n".join((done.stdout + done.stderr).strip().splitlines()[-10:]),
            fix=f"fix that, then: {commit_command(record)}",
        )


def commit_command(record: UpgradeRecord) -> str:
    """What to type to commit an upgrade."""
    paths = printable(record.committed_paths)
    return f"git add -- {paths} && git commit -m 'Upgrade helpers to {record.version}' -- {paths}"


def undo(adopter: Submodule) -> UpgradeRecord:
    """Bring submodule and files back to what they were before the last upgrade, byte for byte.

    Raises:
        HelpersError: there is none, or something was changed since.
    """
    record = read_record(adopter.repo)
    if record is None:
        raise HelpersError(
            "this repo has no upgrade to undo",
            where=str(adopter.repo),
            fix=f"git log -- {quoted(adopter.path)}    (and git revert)",
        )
    _check_as_recorded(adopter, record)
    if record.before != record.after:
        _move_back(adopter.root, record)
    written.undo(adopter.repo, record.files)
    forget_record(adopter.repo)
    return record


def _move_back(checkout: Path, record: UpgradeRecord) -> None:
    if _is_half(checkout):
        # First to its end: then git knows every file that came in, and takes it away again.
        submodule_bump.check_out(checkout, record.after, force=True)
    branch = record.branch
    if branch and find_commit(checkout, f"refs/heads/{branch}") != record.before:
        branch = ""
    submodule_bump.check_out(checkout, record.before, branch)


def _is_half(checkout: Path) -> bool:
    """Whether a move was cut off; nothing of the user's is there, which was looked at before."""
    return bool(uncommitted(checkout))


def _check_as_recorded(adopter: Submodule, record: UpgradeRecord) -> None:
    """Make sure that all is as it was before the upgrade or as it is after it, each on its own."""
    submodule_bump.check_unlocked(adopter.root)
    if find_commit(adopter.root) not in (record.before, record.after):
        raise _changed_since(record, record.submodule, "was moved to another commit")
    others = submodule_bump.unlike_both(adopter.root, record.before, record.after)
    if others:
        raise _changed_since(record, f"{record.submodule}/{others[0]}", "was changed")
    edited = written.find_edited(adopter.repo, record.files)
    if edited:
        raise _changed_since(record, edited, "was changed")


def _changed_since(record: UpgradeRecord, path: str, what: str) -> HelpersError:
    return HelpersError(
        f"{path} {what} since the upgrade began; that would be lost",
        where=path,
        fix=f"copy what you need of it, then, in the repo's root: {record.undone_by_git}",
    )


@contextmanager
def _told_how_to_undo(record: UpgradeRecord) -> Iterator[None]:
    """Errors say how to go back, in words that need nothing of the toolchain too."""
    try:
        yield
    except (ProcessError, HelpersError, OSError) as error:
        what, where, fix = _parts(error)
        undoing = (
            f"to go back: {UNDO}\nor, in the repo's root, by git alone: {record.undone_by_git}"
        )
        raise HelpersError(what, where=where, fix=f"{fix}\n{undoing}".strip()) from error


def _parts(error: HelpersError | OSError) -> tuple[str, str, str]:
    if isinstance(error, HelpersError):
        return error.what, error.where, error.fix
    return f"the system refused: {error.strerror or error}", str(error.filename or ""), ""
