"""Tasks that make runnable dirs from templates, and bring what templates gain into them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import IN_REPOS, OneOrMore, Options, option

if TYPE_CHECKING:
    from helpers.adoption.from_template.update import DirUpdate
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Create(Options):
    """Which dir is made, and from what."""

    dir: str = option(
        "the new directory, or the one with the code", default="", example="apps/forecast"
    )
    template: str = option(
        "library, service, worker, cli, notebook, ml or project; default: library", default=""
    )
    data: tuple[str, ...] = option(
        "<question>=<answer>: answer a question in advance; makefile=yes: a Makefile; repeatable",
        default=(),
    )
    yes: bool = option("do not ask: use the defaults", default=False)
    dry_run: bool = option("show the files, and write nothing", default=False)
    from_requirements: str = option(
        "make existing code runnable, with the dependencies in this file", default=""
    )
    from_pyproject: bool = option(
        "make existing code runnable, with the dependencies in pyproject.toml", default=False
    )
    from_environment: str = option(
        "make existing code runnable, with the conda packages in this file", default=""
    )
    tests: bool = option("with --from-...: write a first test if there is none", default=False)
    no_lock: bool = option("leave locking the dependencies to you", default=False)


class UpdateDirs(OneOrMore):
    """Which dirs are updated."""

    all: bool = option("every dir that was made from a template", default=False)
    data: tuple[str, ...] = option(
        "makefile=yes or no: whether a dir has a Makefile; also for one that is of no template",
        default=(),
    )
    dry_run: bool = option("show what would change, and write nothing", default=False)
    repos: str = option(IN_REPOS, default="")
    yes: bool = option("with --repos: do not ask", default=False)


@command()
def runnable_dir_create(host: "Host", wanted: Create) -> None:
    """Make a dir from a template or existing code."""
    of_code = wanted.from_requirements or wanted.from_pyproject or wanted.from_environment
    (_create_of_code if of_code else _create)(host, wanted)


@command()
def runnable_dir_update(host: "Host", wanted: UpdateDirs) -> int:
    """Merge template changes into a dir; exits with 1 on a conflict."""
    if wanted.repos:
        from helpers.tasks.repo_updates import check_alone, update_each

        check_alone({"--dir": wanted.dir, "--data": wanted.data})
        return update_each(host, wanted, "templates")
    from dataclasses import replace

    from helpers.adoption.from_template.update import DirUpdate, is_from_template, plan_update
    from helpers.adoption.makefile import plan_makefile
    from helpers.console.errors import print_error

    repo = cli.find_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    data = read_data(wanted.data)
    makefile = _pop_makefile(data)
    if data:
        raise HelpersError(
            f"--data {next(iter(data))}=...: an update asks no question; answers stand in the dir",
            fix="--data makefile=yes, or leave --data out",
        )
    if wanted.several and makefile is None:
        dirs = [item for item in dirs if is_from_template(item)]
        if not dirs:
            print("no dir was made from a template")
    status = 0
    for item in dirs:
        try:
            of_template = makefile is None or is_from_template(item)
            found = plan_update(repo, item, cli.teller(repo)) if of_template else DirUpdate(item)
            more = plan_makefile(item.root, item.name, asked=makefile)
            found = replace(found, changes=(*found.changes, *more))
        except HelpersError as error:
            if not wanted.several:
                raise
            # The others are updated nevertheless.
            print_error(error)
            status = cli.USER_ERROR
            continue
        _make_update(repo, found, dry_run=wanted.dry_run)
        status = status or int(bool(found.conflicts))
    return status


def _create(host: "Host", wanted: Create) -> None:
    from dataclasses import replace

    from helpers.adoption.from_template.create import (
        DEFAULT_TEMPLATE,
        CreateRequest,
        plan_create,
        write_dir,
    )
    from helpers.adoption.makefile import plan_makefile
    from helpers.adoption.new_dir_place import find_place
    from helpers.console.file_changes import diff_text

    if wanted.tests:
        raise HelpersError(
            "--tests is about code that is there; templates have tests",
            fix="add --from-pyproject, or --from-requirements FILE",
        )
    repo = cli.find_repo(host)
    place = find_place(repo, host, wanted.dir, "--dir")
    ask = host.is_terminal and not wanted.yes and not wanted.dry_run
    template = wanted.template or DEFAULT_TEMPLATE
    data = read_data(wanted.data)
    makefile = _pop_makefile(data)
    request = CreateRequest(place, template, data, ask)
    creation = plan_create(repo, request, cli.teller(repo))
    if makefile:
        more = plan_makefile(place.root, place.name, asked=True)
        creation = replace(creation, changes=(*creation.changes, *more))
    if wanted.dry_run:
        print(diff_text(creation.changes), end="")
        return
    write_dir(repo, creation)
    for change in creation.changes:
        print(change.path)
    to_lock = creation.to_lock
    if to_lock and creation.by_itself and not wanted.no_lock:
        _lock(host, repo, place.name)
        to_lock = False
    if to_lock:
        print(f"lock what it depends on: i dependency_lock --dir {cli.quoted(place.name)}")
    print(f"{place.name} is made, its image is {creation.image_name}; ", end="")
    what = "build it: i docker_build_local_image" if to_lock else "test it: ./main_pytest.py"
    print(f"{what} --dir {cli.quoted(place.name)}")


def _lock(host: "Host", repo: "Repo", dir: str) -> None:
    from helpers.adoption.existing.create import lock_existing
    from helpers.console.dependencies import change_lines

    outcome = lock_existing(repo, dir, host, cli.teller(repo))
    for line in change_lines(outcome, cli.root_name(repo)):
        print(line)


def _create_of_code(host: "Host", wanted: Create) -> None:
    from datetime import UTC, datetime

    from helpers.adoption.existing.plan import ExistingRequest
    from helpers.adoption.new_dir_place import find_code
    from helpers.model.changelog.parse import entry_day
    from helpers.tasks.existing_dirs import make_existing

    data = read_data(wanted.data)
    given, makefile = data.pop("image_name", ""), _pop_makefile(data)
    if wanted.template or data:
        raise HelpersError(
            "code that is there comes from no template, which would have questions",
            fix="leave out --template, and of --data all but image_name and makefile",
        )
    both = wanted.from_pyproject and wanted.from_requirements
    values.not_both("--from-pyproject", "--from-requirements", both)
    other = bool(wanted.from_pyproject or wanted.from_requirements)
    values.not_both("--from-environment", "another --from-...", wanted.from_environment and other)
    repo = cli.find_repo(host)
    place = find_code(repo, host, wanted.dir, "--dir")
    request = ExistingRequest(
        folder=place.root,
        below=place.name,
        image_name=_image_name(repo, place.name, given),
        requirements=wanted.from_environment or wanted.from_requirements or "pyproject.toml",
        today=entry_day(datetime.now(UTC)),
        add_tests=wanted.tests,
        makefile=makefile,
    )
    make_existing(host, repo, request, wanted)


def _image_name(repo: "Repo", dir: str, given: str) -> str:
    """What the image of a dir with code is called; one that another dir has is not taken."""
    from helpers.adoption.new_dir_place import names_of_images
    from helpers.model.images.name import plain_name

    others = {image: name for image, name in names_of_images(repo).items() if name != dir}
    path = repo.config.name if dir == "." else dir
    found = given or plain_name(path.rpartition("/")[2])
    if not given and found in others:
        found = plain_name(path)
    if not found or found in others:
        why = f"the image {found!r} is that of {others[found]}" if found else "no image has a name"
        raise HelpersError(why, where=dir, fix="--data image_name=another_name")
    return found


def _make_update(repo: "Repo", update: "DirUpdate", *, dry_run: bool) -> None:
    from helpers.console.file_changes import diff_text
    from helpers.managed_files.written import apply_changes
    from helpers.model.runnable_dir import shown_name

    name = shown_name(update.dir.name, cli.root_name(repo))
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
        print(f"{path}: you and the template changed the same lines; both are in conflict markers")
    if update.conflicts:
        print("  resolve the conflicts, then commit")
    for path in update.kept:
        print(f"{path}: the template removed it, but you changed it: it stays")
    if update.to_lock:
        lock = f"i dependency_lock --dir {cli.quoted(name)}"
        how = "as its first lines say" if update.to_lock.endswith(".in") else lock
        print(f"{name}: {update.to_lock} changed, so lock again: {how}")
    if update.to_bump:
        build = f"i docker_build_local_image --dir {cli.quoted(name)}"
        bump = '--bump minor --message "Update from the template"'
        print(f"{name}: its image changes: {build} {bump}")


def _pop_makefile(data: dict[str, str]) -> bool | None:
    """Whether there is to be a Makefile; None where nobody says. It is no question of a template.

    Raises:
        HelpersError: the answer is neither yes nor no.
    """
    answer = data.pop("makefile", None)
    if answer not in (None, "yes", "no"):
        raise HelpersError(f"--data makefile={answer} is not yes or no", fix="--data makefile=yes")
    return None if answer is None else answer == "yes"


def read_data(items: Iterable[str]) -> dict[str, str]:
    """`question=answer` each.

    Raises:
        HelpersError: one is not of this form.
    """
    found = {}
    for item in items:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise HelpersError(
                f"--data {item!r} is not <question>=<answer>", fix="--data image_name=forecast"
            )
        found[key] = value
    return found
