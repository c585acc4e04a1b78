"""The edge of every task: the host is read, errors are printed, the exit status is set."""

import logging
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import values
from helpers.tasks.signals import interruptible

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.engine.client import Client
    from helpers.forge.session import Session
    from helpers.model.events import Listener
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.system.host import Host
    from helpers.system.outer_toolchain import HandOver

USER_ERROR = 2
INTERRUPTED = 130


def run_job(job: "Callable[[Host], int | None]") -> None:
    """Call a job with the host; end the process with its exit status."""
    status = status_of(job, debug=logging.getLogger("invoke").isEnabledFor(logging.DEBUG))
    if status:
        sys.exit(status)


def status_of(
    job: "Callable[[Host], int | None]", *, debug: bool, interrupted: int = INTERRUPTED
) -> int:
    """Call a job with the host; return the exit status.

    What the user can fix is printed without a traceback.

    Args:
        debug: show the traceback all the same.
        interrupted: the status after an interrupt.
    """
    # Loaded before the job: an upgrade replaces these files, and unadopt removes them.
    from helpers.console.deprecations import deprecations_told
    from helpers.console.errors import print_error, print_os_error
    from helpers.console.foreign import printable_output
    from helpers.system.host import leave_hook, read_host

    try:
        with interruptible(), printable_output():
            try:
                index = leave_hook()
                with deprecations_told():
                    return job(replace(read_host(), index=index)) or 0
            except HelpersError as error:
                print_error(error)
                if debug:
                    raise
            except OSError as error:
                print_os_error(error)
                if debug:
                    raise
    except KeyboardInterrupt as error:
        # A job may say what it left.
        print(": ".join(("interrupted", *map(str, error.args))), file=sys.stderr)
        return interrupted
    except OSError as error:
        # The output itself, as it was written out.
        if debug:
            raise
        print_os_error(error)
    return USER_ERROR


def find_repo(host: "Host", on_trouble: "Callable[[HelpersError], None] | None" = None) -> "Repo":
    """The repo around the current directory, or else the one that `i` belongs to.

    Args:
        on_trouble: is told what of its settings cannot be read; the defaults stand for it then.

    Raises:
        HelpersError: there is none, or its settings are malformed and no one is to be told.
    """
    from pathlib import Path

    from helpers.system.outer_toolchain import plan_task
    from helpers.system.repo_files import insist, load_repo

    on_trouble = on_trouble or insist
    try:
        go_on(plan_task(host.directory, sys.argv[1:]))
    except HelpersError as error:
        on_trouble(error)
    own = host.environment.get("HELPERS_REPO_ROOT")
    return load_repo(host.directory, Path(own) if own else None, on_trouble)


def find_root(host: "Host") -> "Path":
    """The root of the repo that `find_repo` finds; none of its settings are read.

    Raises:
        HelpersError: there is none.
    """
    from pathlib import Path

    from helpers.system.locate import find_roots
    from helpers.system.outer_toolchain import plan_task

    go_on(plan_task(host.directory, sys.argv[1:]))
    own = host.environment.get("HELPERS_REPO_ROOT")
    return find_roots(host.directory, Path(own) if own else None).repo


def go_on(other: "HandOver | None") -> None:
    """Let another toolchain take this process over, if one does, and say so.

    Raises:
        ProcessError: it cannot be started.
    """
    if other is None:
        return
    from helpers.system.process import become

    print(f"helpers: {other.notice}", file=sys.stderr, flush=True)
    become(other.command, other.environment)


def open_repo(host: "Host") -> "tuple[Repo, Client]":
    """The repo as `find_repo` finds it, and the engine.

    Raises:
        HelpersError: there is no repo, or its settings are malformed.
    """
    from helpers.engine.client import Client
    from helpers.engine.endpoint import find_endpoint

    return find_repo(host), Client(find_endpoint(host.environment))


def open_forge(
    host: "Host", repo: "Repo", remote: str = "", *, job_token: bool = False
) -> "Session":
    """What speaks with a repo's forge, by that repo's settings.

    Args:
        remote: the address of the repo's remote, which counts outside of a forge's jobs.
        job_token: GitLab takes that of a job for what is asked.

    Raises:
        ForgeError: neither the environment nor the remote says which forge it is.
        HelpersError: the bundle of certificates that the settings name cannot be read.
    """
    from helpers.forge.place import find_place
    from helpers.forge.session import Session
    from helpers.images.installing.access import open_access

    environment = dict(host.environment)
    if repo.place != repo.outermost.place:
        # A job of CI names the repo that it runs for.
        for name in ("GITHUB_REPOSITORY", "CI_PROJECT_PATH"):
            environment.pop(name, None)
    place = find_place(environment, remote, job_token=job_token)
    return Session(place, open_access(repo, host, teller(repo)))


def find_dirs(repo: "Repo", host: "Host", dir: str, *, all: bool) -> "list[RunnableDir]":
    """The dirs that a command is about: one, those that a pattern fits, or all of the repo.

    Raises:
        HelpersError: there is no such dir, both were asked for, or a dir lost what makes it one.
    """
    from helpers.vcs.chosen_dir import find_dirs

    if not all:
        return find_dirs(repo, host.directory, dir)
    from helpers.vcs.discovery import discover_dirs
    from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs

    values.not_both("--all", "--dir", dir)
    check_lost_dirs(find_lost_dirs(repo).values())
    return discover_dirs(repo)


def root_name(repo: "Repo") -> str:
    """What people call the repo's root as a dir: the repo's name, where no dir has that path."""
    other = repo.runnable_dir(repo.outermost.config.name)
    return repo.root_name([other.name] if other.changelog.is_file() else [])


def teller(repo: "Repo") -> "Listener":
    """A listener that prints notices and warnings."""
    from functools import partial

    from helpers.console.notices import tell

    return partial(tell, root_name=root_name(repo))


def check_settings(repo: "Repo", dirs: "Iterable[str]") -> None:
    """Make sure that the settings of every dir can be read: what they name decides about all.

    Raises:
        HelpersError: those of a dir are malformed.
    """
    from helpers.system.repo_files import read_dir_config

    for name in sorted(dirs):
        read_dir_config(repo.runnable_dir(name))


def named_suites(repo: "Repo") -> "list[str]":
    """The names of suites that the settings of dirs have, each once; malformed ones have none."""
    from helpers.system.repo_files import read_dir_config
    from helpers.vcs.discovery import discover_dirs

    found: dict[str, None] = {}
    for item in discover_dirs(repo):
        with suppress(HelpersError):
            found |= dict.fromkeys(read_dir_config(item).suites)
    return list(found)


def with_entrypoint(dirs: "list[RunnableDir]") -> "list[RunnableDir]":
    """Those of the dirs that have a production image: their settings say what it runs.

    Raises:
        HelpersError: settings are malformed, or no dir has one.
    """
    from helpers.images.building.entrypoint import check_entrypoint
    from helpers.system.repo_files import read_dir_config

    found = [item for item in dirs if read_dir_config(item).entrypoint]
    if dirs and not found:
        check_entrypoint(dirs[0], read_dir_config(dirs[0]))
    if not found:
        raise HelpersError(
            "the repo has no runnable dir",
            fix="i runnable_dir_create --dir apps/hello --template service",
        )
    return found


def show_errors(errors: "Iterable[HelpersError | None]") -> int:
    """Print the errors, if there are any; return the exit status."""
    from helpers.console.errors import print_error

    # What is wrong for all dirs is said once.
    found = {(error.what, error.where): error for error in errors if error}
    for error in found.values():
        print_error(error)
    return USER_ERROR if found else 0


def check_terminal(host: "Host", where: str = "") -> None:
    """Make sure that the user can be asked.

    Raises:
        HelpersError: there is no terminal.
    """
    if not host.is_terminal:
        raise HelpersError(
            "cannot ask without a terminal, so nothing was done",
            where=where,
            fix="add --yes, or --dry-run to look first",
        )


def agreed(host: "Host", question: str, no: str, *, yes: bool, where: str = "") -> bool:
    """Ask the user, unless `--yes` answered before; no answer is no.

    Args:
        no: is printed where the user does not agree.
        where: what the question is about, for the message that nobody can be asked.

    Raises:
        HelpersError: there is no terminal to ask on.
    """
    if yes:
        return True
    check_terminal(host, where)
    from helpers.console.foreign import printable

    try:
        if input(f"{printable(question)} [y/N] ").strip().lower() in ("y", "yes"):
            return True
    except EOFError:
        print()
    except KeyboardInterrupt:
        print()  # what is said of it has a line of its own
        raise
    print(no)
    return False


def quoted(text: str) -> str:
    """A text as a word that a shell takes."""
    from helpers.model import shell_words

    return shell_words.quoted(text)


def append_to(host: "Host", variable: str, text: str) -> None:
    """Add lines to the file that GitHub names for them; elsewhere there is none."""
    name = host.environment.get(variable)
    if name:
        from pathlib import Path

        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{text}\n")
