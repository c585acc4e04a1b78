"""Tasks that give runnable dirs another name, or remove them."""

from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.adoption.moving.remove import Removal
    from helpers.adoption.moving.rename import Rename
    from helpers.engine.client import Client
    from helpers.model.repo import Repo
    from helpers.system.host import Host


@task(
    help={
        "dir": "the runnable dir",
        "to": "its new path",
        "keep_image": "keep the image's name, even if it is the old dir's name",
        "dry_run": "show what would change, and write nothing",
    }
)
def runnable_dir_rename(
    context: Context, dir: str = "", to: str = "", keep_image: bool = False, dry_run: bool = False
) -> None:
    """Move a dir and update references: its image, paths of other dirs, depends_on."""
    cli.run_job(lambda host: _rename(host, dir, to, keep_image=keep_image, dry_run=dry_run))


class _Unwanted(NamedTuple):
    """The options of a removal, as the user gave them."""

    dir: str
    force: bool
    dry_run: bool
    yes: bool


@task(
    help={
        "dir": "the runnable dir",
        "force": "remove it although other dirs need it or it has uncommitted work, which is lost",
        "dry_run": "show what it would remove, and remove nothing",
        "yes": "do not ask",
    }
)
def runnable_dir_remove(
    context: Context,
    dir: str = "",
    force: bool = False,
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Remove a dir, its containers and images; history keeps its files."""
    unwanted = _Unwanted(dir, force, dry_run, yes)
    cli.run_job(lambda host: _remove(host, unwanted))


def _rename(host: "Host", dir: str, to: str, *, keep_image: bool, dry_run: bool) -> None:
    from helpers.adoption.moving.rename import plan_rename, rename_dir
    from helpers.adoption.new_dir_place import find_place
    from helpers.console.file_changes import diff_text
    from helpers.containers.inventory import stop_own
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    command = f"i runnable_dir_rename --dir apps/forecast --to {cli.quoted(to or 'apps/new')}"
    old = find_dir(repo, host.directory, _named(dir, command + " --dry-run" * dry_run))
    plan = plan_rename(repo, old, find_place(repo, host, to, "--to"), keep_image=keep_image)
    print(f"{plan.old.name} -> {plan.new.name}")
    if dry_run:
        print(diff_text(plan.changes), end="")
        _say_what_is_left(repo, plan)
        return
    for lost in rename_dir(repo, plan):
        print(f"{lost.declared_in}: no longer leads from {lost.source} to {lost.target}; fix it")
    for change in plan.changes:
        print(f"changed  {change.path}")
    _say_what_is_left(repo, plan)
    client = _engine(host)
    if client:
        # They carry the old name, by which nobody would find them again.
        for name in stop_own(client, repo, plan.old.name, force=False).removed:
            print(f"stopped  {name}")


def _say_what_is_left(repo: "Repo", plan: "Rename") -> None:
    before, after = plan.image
    if before != after:
        print(f"its image is {after} from the next build on, no longer {before}", end="")
        print(f"; releases of {before} stay where they are" if repo.config.registry else "")
    for path, name in plan.by_hand:
        print(f"{path}: change {name!r} by hand: it is not written there as one path")
    for path, target in plan.links.items():
        fix = f"ln -sfn {cli.quoted(target)} {cli.quoted(path)}"
        print(f"{path}: a link that leads elsewhere now: {fix}")
    for folder, command in plan.to_lock.items():
        print(f"{folder}: its paths changed, so lock again: {command}")
    for path in plan.mentions:
        print(f"{path}: mentions {plan.old.name}; look whether it has to change")


def _remove(host: "Host", unwanted: _Unwanted) -> int:
    from helpers.adoption.moving.remove import check_removal, plan_removal, remove_dir
    from helpers.console.clean_view import print_removed
    from helpers.model.errors import HelpersError
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.find_repo(host), _engine(host)
    look = " --dry-run" * unwanted.dry_run
    command = f"i runnable_dir_remove --dir apps/forecast{look}"
    found = find_dir(repo, host.directory, _named(unwanted.dir, command))
    removal = plan_removal(repo, found, client)
    if unwanted.dry_run:
        _show_removal(removal, engine=client is not None)
    if not unwanted.force:
        check_removal(removal, dry_run=unwanted.dry_run)
    if unwanted.dry_run:
        return 0
    _show_removal(removal, engine=client is not None)
    if not unwanted.yes:
        if not host.is_terminal:
            raise HelpersError(
                "cannot ask without a terminal",
                where=found.name,
                fix="add --yes, or --dry-run to look first",
            )
        if not cli.agreed("remove all of this?"):
            print("nothing was removed")
            return 0
    outcome = remove_dir(repo, removal, client)
    print_removed([*outcome.images.removed, *removal.containers], outcome.images.refused)
    print(f"removed {found.name}")
    if removal.tracked and not removal.uncommitted:
        print(f"to have it back: git restore --staged --worktree -- {cli.quoted(found.name)}")
    for name in outcome.left:
        print(f"{found.name}/{name} stays: git has no copy of it")
    return int(bool(outcome.images.refused))


def _show_removal(removal: "Removal", *, engine: bool) -> None:
    from helpers.console.sizes import readable_size
    from helpers.console.tables import print_table
    from helpers.model.numbers import counted

    rows = [(removal.dir.name, "", f"{counted(len(removal.tracked), 'file')} that git has")]
    rows += [(line[3:], "", "not committed: lost") for line in removal.uncommitted]
    rows += [(name, "", "a runnable dir within it") for name in removal.dirs[1:]]
    rows += [(name, "", "a container") for name in removal.containers]
    rows += [(one.name, readable_size(one.image.size), one.why) for one in removal.images]
    print_table(("removes", "size", "what it is"), rows)
    if not engine:
        print("no engine answers: images and containers, if there are any, stay")
    for one in removal.dependents:
        print(f"{one.source} will lack it: {one.declared_in}")


def _engine(host: "Host") -> "Client | None":
    """The engine where one answers: without it a dir can be moved and removed as well."""
    from helpers.engine.client import Client, EngineError
    from helpers.engine.endpoint import find_endpoint

    try:
        client = Client(find_endpoint(host.environment))
        client.read("GET", "/_ping", timeout=10)
    except EngineError:
        return None
    return client


def _named(dir: str, command: str) -> str:
    """The option `--dir`, where it is no matter of where one stands.

    Raises:
        HelpersError: it is missing.
    """
    from helpers.model.errors import HelpersError

    if not dir:
        raise HelpersError("--dir is required", fix=f"{command}   (i dirs lists those there are)")
    return dir
