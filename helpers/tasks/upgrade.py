"""The task that moves an adopting repo to another version of the toolchain."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import IN_REPOS, Options, option

if TYPE_CHECKING:
    from helpers.adoption.superproject import Submodule
    from helpers.adoption.upgrades.plan import UpgradePlan
    from helpers.adoption.upgrades.record import UpgradeRecord
    from helpers.system.host import Host


class Upgrade(Options):
    """Which version the toolchain gets, and how."""

    to: str = option(
        "a version, such as v1.4.0, a branch or a commit; default: the newest release", default=""
    )
    dry_run: bool = option("fetch, show what would change, and change nothing", default=False)
    yes: bool = option("do not ask", default=False)
    no_tests: bool = option("do not run the tests that the upgrade affects", default=False)
    commit: bool = option(
        "commit the upgrade once its tests pass, with the release notes as message", default=False
    )
    undo: bool = option(
        "restore the submodule and the files from before the last upgrade", default=False
    )
    repos: str = option(IN_REPOS, default="")
    first: int = option(
        "with --repos: upgrade and test so many, and the others only if these pass", default=0
    )


@command()
def helpers_upgrade(host: "Host", wanted: Upgrade) -> int:
    """Move the toolchain to a newer version; migrates the configuration."""
    if wanted.repos:
        return _upgrade_each(host, wanted)
    if wanted.first:
        raise HelpersError("--first needs --repos", fix=f"--repos FILE --first {wanted.first}")
    return _undo(host, wanted) if wanted.undo else _upgrade(host, wanted)


def _upgrade_each(host: "Host", wanted: Upgrade) -> int:
    from helpers.tasks.repo_updates import check_alone, update_each, upgrade_each

    check_alone({"--no-tests": wanted.no_tests, "--commit": wanted.commit})
    if wanted.undo:
        check_alone({"--undo with --to": wanted.to, "--undo with --first": wanted.first})
        return update_each(host, wanted, "toolchain", "--undo")
    return upgrade_each(host, wanted, wanted.first, ("--to", wanted.to) if wanted.to else ())


def _undo(host: "Host", wanted: Upgrade) -> int:
    from helpers.adoption.upgrades.upgrade import undo, upgrading

    if wanted.to or wanted.dry_run or wanted.no_tests or wanted.commit:
        raise HelpersError("--undo takes no other option", fix="i helpers_upgrade --undo")
    adopter = _adopter(host)
    with upgrading(adopter.repo):
        record = undo(adopter)
    paths = "\n  ".join(record.paths)
    print(f"as before the upgrade to {record.version}:\n  {paths}")
    return 0


def _adopter(host: "Host") -> "Submodule":
    """The toolchain of the repo where the user stands, or else of the one that `i` belongs to."""
    from pathlib import Path

    from helpers.adoption.upgrades.plan import find_adopter

    own = host.environment.get("HELPERS_REPO_ROOT")
    return find_adopter(host.directory, Path(own) if own else None)


def _upgrade(host: "Host", wanted: Upgrade) -> int:
    from helpers.adoption.upgrades.plan import plan_upgrade
    from helpers.adoption.upgrades.upgrade import unfinished, upgrading
    from helpers.console.notices import tell

    adopter = _adopter(host)
    with upgrading(adopter.repo):
        begun = unfinished(adopter)
        if begun:
            return _go_on(host, adopter, begun, wanted)
        plan = plan_upgrade(adopter, wanted.to, tell)
        _show(adopter, plan)
        if plan.is_empty or wanted.dry_run or not _agreed(host, wanted):
            return 0
        _carry_out(adopter, plan.record, wanted, plan.notes)
        if plan.new_environment:
            print("the thin environment is another one: source setenv.sh again")
    return 0


def _go_on(host: "Host", adopter: "Submodule", begun: "UpgradeRecord", wanted: Upgrade) -> int:
    """Complete an interrupted upgrade."""
    from helpers.adoption.upgrades.upgrade import UNDO

    if wanted.to and wanted.to.removeprefix("v") != begun.version:
        raise HelpersError(
            f"the upgrade to {begun.version} did not come to its end",
            where=begun.submodule,
            fix=f"i helpers_upgrade goes on with it, {UNDO} goes back",
        )
    print(f"the upgrade to {begun.version} did not come to its end; this goes on with it:")
    print("\n".join(f"  {path}" for path in begun.paths))
    if not wanted.dry_run and _agreed(host, wanted):
        _carry_out(adopter, begun, wanted, "")
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


def _agreed(host: "Host", wanted: Upgrade) -> bool:
    return cli.agreed(host, "do this?", "nothing was changed", yes=wanted.yes)


def _carry_out(adopter: "Submodule", record: "UpgradeRecord", wanted: Upgrade, notes: str) -> None:
    import sys

    from helpers.adoption.upgrades import upgrade
    from helpers.system.repo_files import load_repo
    from helpers.vcs.discovery import discover_dirs

    has_dirs = not wanted.no_tests and bool(discover_dirs(load_repo(adopter.repo)))
    try:
        upgrade.carry_out(adopter, record)
        if has_dirs:
            upgrade.run_affected_tests(adopter, record, lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print(f"interrupted: the same command goes on, {upgrade.UNDO} goes back", file=sys.stderr)
        raise
    upgrade.finish(adopter.repo, record)
    print(f"upgraded to {record.version}; to go back: {upgrade.UNDO}")
    if wanted.commit:
        title = f"Upgrade helpers to {record.version}"
        upgrade.commit(adopter.repo, record, f"{title}\n\n{notes}".strip())
        print(f"committed: {title}")
    else:
        print(f"to commit: {upgrade.commit_command(record)}")
