"""The task that moves an adopting repo to another version of the toolchain."""

from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.adoption.superproject import Submodule
    from helpers.adoption.upgrades.plan import UpgradePlan
    from helpers.adoption.upgrades.record import UpgradeRecord
    from helpers.system.host import Host


class _Wishes(NamedTuple):
    """The options, as the user gave them."""

    to: str
    dry_run: bool
    yes: bool
    tests: bool
    commit: bool


@task(
    help={
        "to": "a version, such as v1.4.0, a branch or a commit; default: the newest release",
        "dry_run": "fetch, show what would change, and change nothing",
        "yes": "do not ask",
        "no_tests": "do not run the tests that the upgrade affects",
        "commit": "commit the upgrade once its tests pass, with the release notes as message",
        "undo": "restore the submodule and the files from before the last upgrade",
    }
)
def helpers_upgrade(
    context: Context,
    to: str = "",
    dry_run: bool = False,
    yes: bool = False,
    no_tests: bool = False,
    commit: bool = False,
    undo: bool = False,
) -> None:
    """Move the toolchain to a newer version; migrates the configuration."""
    wishes = _Wishes(to, dry_run, yes, not no_tests, commit)
    cli.run_job(lambda host: _undo(host, wishes) if undo else _upgrade(host, wishes))


def _undo(host: "Host", wishes: _Wishes) -> None:
    from helpers.adoption.upgrades.upgrade import undo, upgrading

    # The files that are imported later are about to be replaced: errors are printed by these.
    from helpers.console import errors  # noqa: F401
    from helpers.model.errors import HelpersError

    if wishes != _Wishes("", False, wishes.yes, True, False):
        raise HelpersError("--undo takes no other option", fix="i helpers_upgrade --undo")
    adopter = _adopter(host)
    with upgrading(adopter.repo):
        record = undo(adopter)
    paths = "\n  ".join(record.paths)
    print(f"as before the upgrade to {record.version}:\n  {paths}")


def _adopter(host: "Host") -> "Submodule":
    """The toolchain of the repo where the user stands, or else of the one that `i` belongs to."""
    from pathlib import Path

    from helpers.adoption.upgrades.plan import find_adopter

    own = host.environment.get("HELPERS_REPO_ROOT")
    return find_adopter(host.directory, Path(own) if own else None)


def _upgrade(host: "Host", wishes: _Wishes) -> int:
    from helpers.adoption.upgrades.plan import plan_upgrade
    from helpers.adoption.upgrades.upgrade import unfinished, upgrading
    from helpers.console import errors  # noqa: F401 - as above
    from helpers.console.notices import tell

    adopter = _adopter(host)
    with upgrading(adopter.repo):
        begun = unfinished(adopter)
        if begun:
            return _go_on(host, adopter, begun, wishes)
        plan = plan_upgrade(adopter, wishes.to, tell)
        _show(adopter, plan)
        if plan.is_empty or wishes.dry_run or not _agreed(host, wishes):
            return 0
        _carry_out(adopter, plan.record, wishes, plan.notes)
        if plan.new_environment:
            print("the thin environment is another one: source setenv.sh again")
    return 0


def _go_on(host: "Host", adopter: "Submodule", begun: "UpgradeRecord", wishes: _Wishes) -> int:
    """Complete an interrupted upgrade."""
    from helpers.adoption.upgrades.upgrade import UNDO
    from helpers.model.errors import HelpersError

    if wishes.to and wishes.to.removeprefix("v") != begun.version:
        raise HelpersError(
            f"the upgrade to {begun.version} did not come to its end",
            where=begun.submodule,
            fix=f"i helpers_upgrade goes on with it, {UNDO} goes back",
        )
    print(f"the upgrade to {begun.version} did not come to its end; this goes on with it:")
    print("\n".join(f"  {path}" for path in begun.paths))
    if not wishes.dry_run and _agreed(host, wishes):
        _carry_out(adopter, begun, wishes, "")
    return 0


def _show(adopter: "Submodule", plan: "UpgradePlan") -> None:
    from helpers.console.file_changes import diff_text
    from helpers.model.numbers import counted

    which = f"{adopter.path} of {adopter.repo}"
    if plan.is_empty:
        print(f"{which} is at {plan.before}; there is nothing to do")
        return
    if plan.moves:
        commits = counted(plan.commits, "commit")
        print(f"{which}: {plan.before} -> {plan.after}, {commits}\n")
    if plan.notes:
        print(f"{plan.notes}\n")
    print(diff_text(plan.migrations.changes), end="")
    for told in plan.migrations.told:
        print(f"migration of {told}")
    for notice in plan.migrations.notices:
        print(f"notice: {notice}")


def _agreed(host: "Host", wishes: _Wishes) -> bool:
    from helpers.model.errors import HelpersError

    if wishes.yes:
        return True
    if not host.is_terminal:
        raise HelpersError(
            "nobody can be asked here whether this shall be done",
            fix="add --yes, or --dry-run to look first",
        )
    agreed = cli.agreed("do this?")
    if not agreed:
        print("nothing was changed")
    return agreed


def _carry_out(adopter: "Submodule", record: "UpgradeRecord", wishes: _Wishes, notes: str) -> None:
    import sys

    from helpers.adoption.upgrades import upgrade
    from helpers.system.repo_files import load_repo
    from helpers.vcs.discovery import discover_dirs

    has_dirs = wishes.tests and bool(discover_dirs(load_repo(adopter.repo)))
    try:
        upgrade.carry_out(adopter, record)
        if has_dirs:
            upgrade.run_affected_tests(adopter, record, lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print(f"interrupted: the same command goes on, {upgrade.UNDO} goes back", file=sys.stderr)
        raise
    upgrade.finish(adopter.repo, record)
    print(f"upgraded to {record.version}; to go back: {upgrade.UNDO}")
    if wishes.commit:
        title = f"Upgrade helpers to {record.version}"
        upgrade.commit(adopter.repo, record, f"{title}\n\n{notes}".strip())
        print(f"committed: {title}")
    else:
        print(f"to commit: {upgrade.commit_command(record)}")
