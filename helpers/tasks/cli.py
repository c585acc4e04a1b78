"""The edge of every task: the host is read, errors are printed, the exit status is set."""

import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from helpers.tasks.signals import interruptible

if TYPE_CHECKING:
    from enum import StrEnum

    from helpers.engine.client import Client
    from helpers.model.errors import HelpersError
    from helpers.model.events import Listener
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.model.version import Version
    from helpers.system.host import Host
    from helpers.system.outer_toolchain import HandOver

_USER_ERROR = 2
INTERRUPTED = 130
_INTERRUPTED_LINE = "interrupted"
# More than any option of ours counts.
_MOST = 999_999_999
Value = TypeVar("Value", bound="StrEnum")


def run_job(job: "Callable[[Host], int | None]") -> None:
    """Call a job with the host; end the process with its exit status.

    What the user can fix is printed without a traceback, which `invoke --debug` shows.
    """
    from helpers.console.foreign import printable_output

    try:
        with interruptible(), printable_output():
            status = _status_of(job)
    except KeyboardInterrupt as error:
        # A job may say what it left.
        print(": ".join((_INTERRUPTED_LINE, *map(str, error.args))), file=sys.stderr)
        status = INTERRUPTED
    except OSError as error:
        # The output itself, as it was written out.
        from helpers.console.errors import print_os_error

        print_os_error(error, sys.stderr)
        status = _USER_ERROR
    if status:
        sys.exit(status)


def _status_of(job: "Callable[[Host], int | None]") -> int | None:
    from helpers.console.deprecations import deprecations_told
    from helpers.model.errors import HelpersError
    from helpers.system.host import read_host

    try:
        with deprecations_told():
            return job(read_host())
    except HelpersError as error:
        from helpers.console.errors import print_error

        print_error(error, sys.stderr)
        if logging.getLogger("invoke").isEnabledFor(logging.DEBUG):
            raise
    except OSError as error:
        from helpers.console.errors import print_os_error

        print_os_error(error, sys.stderr)
    return _USER_ERROR


def find_repo(host: "Host", on_trouble: "Callable[[HelpersError], None] | None" = None) -> "Repo":
    """The repo around the current directory, or else the one that `i` belongs to.

    Args:
        on_trouble: is told what of its settings cannot be read; the defaults stand for it then.

    Raises:
        HelpersError: there is none, or its settings are malformed and no one is to be told.
    """
    from pathlib import Path

    from helpers.model.errors import HelpersError
    from helpers.system.outer_toolchain import plan_task
    from helpers.system.repo_files import insist, load_repo

    on_trouble = on_trouble or insist
    try:
        go_on(plan_task(host.directory, sys.argv[1:]))
    except HelpersError as error:
        on_trouble(error)
    own = host.environment.get("HELPERS_REPO_ROOT")
    return load_repo(host.directory, Path(own) if own else None, on_trouble)


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


def find_dirs(repo: "Repo", host: "Host", dir: str, *, all: bool) -> "list[RunnableDir]":
    """The dirs that a command means: one, or every one of the repo.

    Raises:
        HelpersError: there is no such dir, both were asked for, or a dir lost what makes it one.
    """
    from helpers.vcs.chosen_dir import find_dir

    if not all:
        return [find_dir(repo, host.directory, dir)]
    from helpers.vcs.discovery import discover_dirs
    from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs

    not_both("--all", "--dir", dir)
    check_lost_dirs(find_lost_dirs(repo).values())
    return discover_dirs(repo)


def root_name(repo: "Repo") -> str:
    """What people call the repo's root as a dir: the repo's name, where no dir has that path."""
    other = repo.runnable_dir(repo.outermost.config.name)
    return repo.root_name([other.name] if other.changelog.is_file() else [])


def teller(repo: "Repo") -> "Listener":
    """Prints what the user of a single command should know."""
    from functools import partial

    from helpers.console.notices import tell

    return partial(tell, root_name=root_name(repo))


def check_settings(repo: "Repo") -> None:
    """Make sure that the settings of every dir can be read: what they name decides about all.

    Raises:
        HelpersError: those of a dir are malformed.
    """
    from helpers.system.repo_files import read_dir_config
    from helpers.vcs.discovery import discover_dirs

    for item in discover_dirs(repo):
        read_dir_config(item)


def with_entrypoint(dirs: "list[RunnableDir]") -> "list[RunnableDir]":
    """Those of the dirs that have a production image: their settings say what it runs.

    Raises:
        HelpersError: settings are malformed, or no dir has one.
    """
    from helpers.images.building.entrypoint import check_entrypoint
    from helpers.model.errors import HelpersError
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


def read_platforms(text: str) -> tuple[str, ...]:
    """`linux/amd64,linux/arm64`; none where the text is empty.

    Raises:
        HelpersError: one is not among those that images are made for.
    """
    if not text:
        return ()
    from helpers.model.images.platform import check_platforms

    return check_platforms((part.strip() for part in text.split(",")), "--platform")


def read_version(text: str) -> "Version | None":
    """A version; None where the text is empty.

    Raises:
        HelpersError: it is none.
    """
    if not text:
        return None
    from helpers.model.version import Version

    return Version.parse(text)


def not_both(one: str, other: str, given: object) -> None:
    """Refuse two options where both are given.

    Raises:
        HelpersError: they are.
    """
    if given:
        from helpers.model.errors import HelpersError

        raise HelpersError(f"{one} and {other} exclude each other", fix="give one of them")


def show_errors(errors: "Iterable[HelpersError | None]") -> int:
    """Print what went wrong with some of many; the exit status."""
    from helpers.console.errors import print_error

    found = [error for error in errors if error]
    for error in found:
        print_error(error, sys.stderr)
    return _USER_ERROR if found else 0


def agreed(question: str) -> bool:
    """Ask the user; no answer, or the end of the input, is no."""
    from helpers.console.foreign import printable

    try:
        return input(f"{printable(question)} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        print()
        return False
    except KeyboardInterrupt:
        print()  # what is said of it has a line of its own
        raise


def quoted(text: str) -> str:
    """A text as a word that a shell takes."""
    # Imported here: only messages need it.
    import shlex

    return shlex.quote(text)


def read_choice(kind: "type[Value]", text: str, option: str) -> "Value":
    """The value of an option that takes one of a few words.

    Raises:
        HelpersError: the word is none of them.
    """
    try:
        return kind(text)
    except ValueError:
        from helpers.model.errors import HelpersError
        from helpers.model.spelling import nearest_value

        words = [str(word) for word in kind if word]
        raise HelpersError(
            f"{option} takes one of {', '.join(words)}; not {text!r}",
            fix=nearest_value(option, text, words),
        ) from None


def read_number(text: str, option: str) -> int:
    """The value of an option that takes a whole number.

    Raises:
        HelpersError: the text is none, or larger than anything.
    """
    from helpers.model.errors import HelpersError
    from helpers.model.numbers import whole_number

    number = whole_number(text, _MOST)
    if number is None:
        raise HelpersError(f"{option} {text[:80]!r} is not a number from 0", fix=f"{option} 3")
    return number


def read_variables(items: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """`NAME=value` each, or `NAME` alone for the host's value.

    Raises:
        HelpersError: a name is malformed, or the host has no such variable.
    """
    from helpers.model.errors import HelpersError

    found = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not name.isidentifier():
            raise HelpersError(f"--env {item!r} is not NAME=value", fix="--env NAME=value")
        if not equals and name not in environment:
            raise HelpersError(
                f"--env {name}: the host has no such variable", fix=f"--env {name}=..."
            )
        found[name] = value if equals else environment[name]
    return found


def read_ports(items: Iterable[str]) -> tuple[str, ...]:
    """`[[<address>:]<host>:]<container>` each, completed to `[<address>:]<host>:<container>`.

    Raises:
        HelpersError: a part is no port.
    """
    from helpers.model.errors import HelpersError
    from helpers.model.numbers import whole_number

    ports = []
    for item in items:
        parts = item.split(":")
        numbers = parts[-2:]
        if len(parts) > 3 or not all(whole_number(number, 65535) for number in numbers):
            raise HelpersError(
                f"--port {item!r} is not a port",
                fix="--port 8080 or --port 8080:80 (host:container)",
            )
        ports.append(item if len(parts) > 1 else f"{item}:{item}")
    return tuple(ports)
