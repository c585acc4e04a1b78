"""What `runnable_dir_create` does with a directory that has code already."""

from typing import TYPE_CHECKING, NamedTuple

from helpers.tasks import cli

if TYPE_CHECKING:
    from helpers.adoption.existing.plan import ExistingPlan
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class ExistingOptions(NamedTuple):
    """The options, as the user gave them.

    Attributes:
        dir: relative to the repo's root; `.` for that itself.
        requirements: a requirements file, relative to the dir or to where the user stands; or
            `pyproject.toml`; empty: whatever is there.
        add_tests: where it has no tests, it gets some.
        lock: also lock what it depends on.
    """

    dir: str
    image_name: str
    requirements: str
    add_tests: bool
    lock: bool
    yes: bool
    dry_run: bool


def make_existing(host: "Host", repo: "Repo", options: ExistingOptions) -> None:
    """Make a directory runnable: show what is written, ask, write, lock; tell what is left to do.

    Raises:
        HelpersError: it cannot be made, or nobody can be asked.
        OSError: a file cannot be written.
    """
    from datetime import UTC, datetime

    from helpers.adoption.existing.create import make_from_existing
    from helpers.adoption.existing.plan import ExistingRequest
    from helpers.console.dependencies import change_lines
    from helpers.console.notices import tell_all
    from helpers.model.changelog.entries import entry_day
    from helpers.model.runnable_dir import shown_name

    request = ExistingRequest(
        folder=repo.runnable_dir(options.dir).root,
        below=options.dir,
        image_name=options.image_name,
        requirements=_requirements(host, repo, options),
        today=entry_day(datetime.now(UTC)),
        add_tests=options.add_tests,
    )
    made = make_from_existing(
        repo,
        request,
        host,
        cli.teller(repo),
        lambda plan: _agree(host, plan, options),
        lock=options.lock,
    )
    tell_all(made.plan.notices)
    if not made.written:
        return
    if made.locked:
        for line in change_lines(made.locked, cli.root_name(repo)):
            print(line)
    elif made.plan.to_lock:
        print(f"lock what it depends on: i poetry_lock --dir {cli.quoted(options.dir)}")
    name = shown_name(options.dir, cli.root_name(repo))
    print(f"{name} is runnable; test it: ./main_pytest.py --dir {cli.quoted(options.dir)}")


def _requirements(host: "Host", repo: "Repo", options: ExistingOptions) -> str:
    """The requirements file, relative to the dir.

    Raises:
        HelpersError: it is outside of the repo, so that no container would see it.
    """
    import posixpath

    from helpers.model.errors import HelpersError

    folder = repo.runnable_dir(options.dir).root
    places = (folder, host.directory, repo.root)
    paths = [(place / options.requirements).resolve() for place in places]
    found = next((path for path in paths if path.is_file()), None)
    if not options.requirements or found is None:
        return options.requirements  # that there is none is said where it is looked at
    if not found.is_relative_to(repo.root):
        raise HelpersError(
            f"{options.requirements} is outside the repo, so containers cannot see it",
            where=str(found),
            fix=f"cp {cli.quoted(str(found))} {cli.quoted(str(folder))}, then name the copy",
        )
    return posixpath.relpath(str(found), str(folder))


def _agree(host: "Host", plan: "ExistingPlan", options: ExistingOptions) -> bool:
    """Show the plan, and ask where that is wanted.

    Raises:
        HelpersError: somebody should be asked, and there is no terminal.
    """
    from helpers.console.file_changes import diff_text
    from helpers.model.errors import HelpersError

    print(diff_text(plan.changes), end="")
    if options.dry_run:
        if plan.to_lock:
            print(f"then lock what {options.dir} depends on")
        return False
    if options.yes or not plan.changes:
        return True
    if not host.input_is_terminal:
        raise HelpersError(
            "cannot ask: standard input is not a terminal",
            where=options.dir,
            fix="add --yes",
        )
    return cli.agreed("write this?")
