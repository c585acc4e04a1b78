"""Tasks that give runnable dirs another name, or remove them."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from helpers.adoption.moving.remove import Removal
    from helpers.adoption.moving.rename import Rename
    from helpers.engine.client import Client
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class MoveDir(Options):
    """Which dir is moved, and where."""

    dir: str = option("the runnable dir", default="", example="apps/forecast")
    to: str = option("its new path", default="", example="apps/prediction")
    keep_image: bool = option(
        "keep the image's name, even if it is the old dir's name", default=False
    )
    dry_run: bool = option("show what would change, and write nothing", default=False)


class RemoveDir(Options):
    """Which dir is removed."""

    dir: str = option("the runnable dir", default="", example="apps/forecast")
    force: bool = option(
        "remove it although other dirs need it or it has uncommitted work, which is lost",
        default=False,
    )
    dry_run: bool = option("show what it would remove, and remove nothing", default=False)
    yes: bool = option("do not ask", default=False)


@command()
def runnable_dir_rename(host: "Host", wanted: MoveDir) -> None:
    """Move a dir and update references: its image, paths of other dirs, depends_on."""
    from helpers.adoption.moving.rename import plan_rename, rename_dir
    from helpers.adoption.new_dir_place import find_place
    from helpers.console.file_changes import diff_text
    from helpers.containers.inventory import stop_own
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    example = (
        f"i runnable_dir_rename --dir apps/forecast --to {cli.quoted(wanted.to or 'apps/new')}"
    )
    old = find_dir(
        repo, host.directory, _named(wanted.dir, example + " --dry-run" * wanted.dry_run)
    )
    new = find_place(repo, host, wanted.to, "--to")
    plan = plan_rename(repo, old, new, keep_image=wanted.keep_image)
    print(f"{plan.old.name} -> {plan.new.name}")
    if wanted.dry_run:
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
    for folder, lock in plan.to_lock.items():
        print(f"{folder}: its paths changed, so lock again: {lock}")
    for path in plan.mentions:
        print(f"{path}: mentions {plan.old.name}; look whether it has to change")


@command()
def runnable_dir_remove(host: "Host", wanted: RemoveDir) -> int:
    """Remove a dir, its containers and images; history keeps its files."""
    from helpers.adoption.moving.remove import check_removal, plan_removal, remove_dir
    from helpers.console.clean_view import print_removed
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.find_repo(host), _engine(host)
    look = " --dry-run" * wanted.dry_run
    example = f"i runnable_dir_remove --dir apps/forecast{look}"
    found = find_dir(repo, host.directory, _named(wanted.dir, example))
    removal = plan_removal(repo, found, client)
    if wanted.dry_run:
        _show_removal(removal, engine=client is not None)
    if not wanted.force:
        check_removal(removal, dry_run=wanted.dry_run)
    if wanted.dry_run:
        return 0
    _show_removal(removal, engine=client is not None)
    question, no = "remove all of this?", "nothing was removed"
    if not cli.agreed(host, question, no, yes=wanted.yes, where=found.name):
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
    if not dir:
        raise HelpersError("--dir is required", fix=f"{command}   (i dirs lists those there are)")
    return dir
