"""Tasks that keep files in step that many repos share."""

from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.model.sync import Take
    from helpers.sync.shared_files import Look
    from helpers.system.host import Host

_PATH = "of this shared file alone; may be given several times"


@task(iterable=["path"], help={"path": _PATH})
def sync_check(context: Context, path: "list[str] | None" = None) -> None:
    """Say how the shared files of this repo stand; 1 when one is out of step."""
    edge.run_job(lambda host: _check(host, path or ()))


@task(iterable=["path"], help={"path": _PATH})
def sync_diff(context: Context, path: "list[str] | None" = None) -> None:
    """Show how shared files differ here: - is here, + is shared."""
    edge.run_job(lambda host: _diff(host, path or ()))


class _Wishes(NamedTuple):
    """The options of `sync_apply`, as the user gave them."""

    paths: "tuple[str, ...]"
    take: "Take"
    dry_run: bool
    yes: bool


@task(
    iterable=["path"],
    help={
        "path": _PATH,
        "take": "where both sides differ: own keeps the repo's, shared takes the toolchain's",
        "dry_run": "show what would be written, and write nothing",
        "yes": "do not ask",
    },
)
def sync_apply(
    context: Context,
    path: "list[str] | None" = None,
    take: str = "",
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Bring the shared files of this repo in step; conflicts are shown as git does."""
    edge.run_job(lambda host: _apply(host, _wishes(path or (), take, dry_run=dry_run, yes=yes)))


def _wishes(path: "Sequence[str]", take: str, *, dry_run: bool, yes: bool) -> _Wishes:
    from helpers.model.sync import Take

    return _Wishes(tuple(path), edge.read_choice(Take, take, "--take"), dry_run, yes)


def _check(host: "Host", paths: "Sequence[str]") -> int:
    from helpers.console.sync_view import print_standings

    found = _look(host, paths)
    print_standings(found.standings)
    return int(not found.in_step)


def _diff(host: "Host", paths: "Sequence[str]") -> None:
    from helpers.console.file_changes import diff_text
    from helpers.model.sync import Take

    found = _look(host, paths, Take.SHARED)
    print(diff_text(item.change for item in found.standings if item.change), end="")


def _apply(host: "Host", wishes: _Wishes) -> int:
    from helpers.console.file_changes import diff_text
    from helpers.console.sync_view import print_applied
    from helpers.sync.shared_files import check_nothing_is_lost, write

    found = _look(host, wishes.paths, wishes.take)
    check_nothing_is_lost(found)
    print(diff_text(found.changes), end="")
    if not wishes.dry_run and found.changes:
        if not _may(host, "write this?", yes=wishes.yes):
            print("nothing was written")
            return 0
        write(found)
    print_applied(found.standings, dry_run=wishes.dry_run)
    if found.in_step and not found.changes:
        print("in step: nothing to do")
    return int(bool(found.conflicts))


def _may(host: "Host", question: str, *, yes: bool) -> bool:
    """Whether the user agrees; without a terminal only `--yes` says so."""
    from helpers.model.errors import HelpersError

    if yes:
        return True
    if not host.is_terminal:
        raise HelpersError(
            "nobody can be asked here whether this may be written",
            mend="add --yes, or --dry-run to look at it first",
        )
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _look(host: "Host", paths: "Sequence[str]", take: "Take | None" = None) -> "Look":
    import sys

    from helpers.model.sync import Take
    from helpers.sync.place import find_place
    from helpers.sync.shared_files import look

    repo = edge.find_repo(host)
    found = look(find_place(repo.root), paths, take or Take.NEITHER)
    for name in found.unknown:
        print(f"notice: nobody shares {name}, from which this repo opts out", file=sys.stderr)
    return found
