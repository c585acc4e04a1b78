"""What `runnable_dir_create` does with a directory that has code already."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli

if TYPE_CHECKING:
    from helpers.adoption.existing.plan import ExistingPlan, ExistingRequest
    from helpers.model.repo import Repo
    from helpers.system.host import Host
    from helpers.tasks.runnable_dirs import Create


def make_existing(host: "Host", repo: "Repo", request: "ExistingRequest", wanted: "Create") -> None:
    """Make a directory runnable: show what is written, ask, write, lock; say what is left to do.

    Args:
        request: its requirements file is relative to the directory, to where the user stands or to
            the repo's root.

    Raises:
        HelpersError: it cannot be made, or nobody can be asked.
        OSError: a file cannot be written.
    """
    from dataclasses import replace

    from helpers.adoption.existing.create import make_from_existing
    from helpers.console.dependencies import change_lines
    from helpers.console.notices import tell_all
    from helpers.model.runnable_dir import shown_name

    made = make_from_existing(
        repo,
        replace(request, requirements=_requirements(host, repo, request)),
        host,
        cli.teller(repo),
        lambda plan: _agree(host, plan, request.below, wanted),
        lock=not wanted.no_lock,
    )
    tell_all(made.plan.notices)
    if not made.written:
        return
    option = f"--dir {cli.quoted(request.below)}"
    if made.locked:
        for line in change_lines(made.locked, cli.root_name(repo)):
            print(line)
    elif made.plan.to_lock:
        print(f"lock what it depends on: i dependency_lock {option}")
    name = shown_name(request.below, cli.root_name(repo))
    print(f"{name} is runnable; test it: ./main_pytest.py {option}")


def _requirements(host: "Host", repo: "Repo", request: "ExistingRequest") -> str:
    """The requirements file, relative to the dir.

    Raises:
        HelpersError: it is outside of the repo, so that no container would see it.
    """
    import posixpath

    from helpers.lockers import pip
    from helpers.lockers.locked import PROJECT

    folder, given = request.folder, request.requirements
    if given in (PROJECT, pip.SOURCE_FILE):
        return given  # the dir's own, there or not: those of the root are about the root
    paths = [(place / given).resolve() for place in (folder, host.directory, repo.root)]
    found = next((path for path in paths if path.is_file()), None)
    if not given or found is None:
        return given  # that there is none is said where it is looked at
    if not found.is_relative_to(repo.root):
        raise HelpersError(
            f"{given} is outside the repo, so containers cannot see it",
            where=str(found),
            fix=f"cp {cli.quoted(str(found))} {cli.quoted(str(folder))}, then name the copy",
        )
    return posixpath.relpath(str(found), str(folder))


def _agree(host: "Host", plan: "ExistingPlan", dir: str, wanted: "Create") -> bool:
    """Show the plan, and ask where that is wanted.

    Raises:
        HelpersError: somebody should be asked, and there is no terminal.
    """
    from helpers.console.file_changes import diff_text

    print(diff_text(plan.changes), end="")
    if wanted.dry_run:
        if plan.to_lock:
            print(f"then lock what {dir} depends on")
        return False
    yes = wanted.yes or not plan.changes
    return cli.agreed(host, "write this?", "nothing was written", yes=yes, where=dir)
