"""Tasks that make runnable dirs from templates, and bring what templates gain into them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from helpers.adoption.template_update import DirUpdate
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class _Wanted(NamedTuple):
    """The options of a creation, as the user gave them."""

    dir: str
    template: str
    data: tuple[str, ...]
    yes: bool
    dry_run: bool


@task(
    help={
        "dir": "the directory to be made",
        "template": "library, service, worker, cli or notebook; library by default",
        "data": "<question>=<answer>, which is not asked for; may be given several times",
        "yes": "do not ask: the defaults hold",
        "dry_run": "show the files, and write nothing",
    },
    iterable=["data"],
)
def runnable_dir_create(
    context: Context,
    dir: str = "",
    template: str = "",
    data: list[str] | None = None,
    yes: bool = False,
    dry_run: bool = False,
) -> None:
    """Make a runnable dir from a template: it builds, runs and passes its tests at once."""
    wanted = _Wanted(dir, template, tuple(data or ()), yes, dry_run)
    edge.run_job(lambda host: _create(host, wanted))


@task(
    help={
        "dir": "the runnable dir; the nearest one at or above the current directory by default",
        "all": "every dir that was made from a template",
        "dry_run": "show what would change, and write nothing",
    }
)
def runnable_dir_update(
    context: Context, dir: str = "", all: bool = False, dry_run: bool = False
) -> None:
    """Bring into a dir what its template gained; 1 where lines conflict with yours."""
    edge.run_job(lambda host: _update(host, dir, all=all, dry_run=dry_run))


def _create(host: "Host", wanted: _Wanted) -> None:
    from helpers.adoption.create import DEFAULT_TEMPLATE, CreateRequest, plan_create, write_dir
    from helpers.adoption.new_place import find_place
    from helpers.console.file_changes import diff_text
    from helpers.console.notices import tell

    repo = edge.find_repo(host)
    place = find_place(repo, host, wanted.dir, "--dir")
    ask = host.is_terminal and not wanted.yes and not wanted.dry_run
    template = wanted.template or DEFAULT_TEMPLATE
    request = CreateRequest(place, template, _read_data(wanted.data), ask)
    creation = plan_create(repo, request, tell)
    if wanted.dry_run:
        print(diff_text(creation.changes), end="")
        return
    write_dir(repo, creation)
    for change in creation.changes:
        print(change.path)
    print(f"{place.name} is made, its image is {creation.image_name}; test it: ", end="")
    print(f"./main_pytest.py --dir {_quoted(place.name)}")


def _update(host: "Host", dir: str, *, all: bool, dry_run: bool) -> int:
    import sys

    from helpers.adoption.template_update import is_from_template, plan_update
    from helpers.console.errors import print_error
    from helpers.console.notices import tell
    from helpers.model.errors import HelpersError

    repo = edge.find_repo(host)
    dirs = edge.find_dirs(repo, host, dir, all=all)
    if all:
        dirs = [item for item in dirs if is_from_template(item)]
        if not dirs:
            print("no dir was made from a template")
    status = 0
    for item in dirs:
        try:
            found = plan_update(repo, item, tell)
        except HelpersError as error:
            if not all:
                raise
            # The others are updated nevertheless.
            print_error(error, sys.stderr)
            status = 2
            continue
        _make_update(repo, found, dry_run=dry_run)
        status = status or int(bool(found.conflicts))
    return status


def _make_update(repo: "Repo", update: "DirUpdate", *, dry_run: bool) -> None:
    from helpers.console.file_changes import diff_text
    from helpers.system.file_changes import apply_changes

    name = update.dir.name
    if not update.changes:
        print(f"{name}: up to date")
        return
    if dry_run:
        print(diff_text(update.changes), end="")
    else:
        apply_changes(repo.root, update.changes)
    for change in update.changes:
        kind = "new" if change.before is None else "gone" if change.after is None else "changed"
        print(f"{'conflict' if change.path in update.conflicts else kind:8}  {change.path}")
    for path in update.conflicts:
        print(f"{path}: you and the template changed the same lines: both stand between marks")
    if update.conflicts:
        print("  edit the files until one is left, then commit")
    if update.to_lock:
        print(f"{name}: pyproject.toml changed, so lock again: i poetry_lock --dir {_quoted(name)}")
    if update.to_bump:
        bump = '--bump minor --message "Update from the template"'
        print(f"{name}: its image changes: i docker_build_local_image --dir {_quoted(name)} {bump}")


def _read_data(items: Iterable[str]) -> dict[str, str]:
    """`question=answer` each.

    Raises:
        HelpersError: one is not of this form.
    """
    from helpers.model.errors import HelpersError

    found = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise HelpersError(
                f"--data {item!r} is not <question>=<answer>", mend="--data image_name=forecast"
            )
        found[key] = value
    return found


def _quoted(name: str) -> str:
    import shlex

    return shlex.quote(name)
