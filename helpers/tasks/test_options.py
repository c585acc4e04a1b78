"""The options of `main_pytest.py`, and how its command line becomes a request.

An option whose destination is a field of `TestRequest` becomes that field.
"""

import argparse
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import NoReturn

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.platform import PLATFORMS
from helpers.model.numbers import whole_number
from helpers.model.results.results import Suite
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.spelling import nearest_value
from helpers.model.version import Version
from helpers.system.host import Host
from helpers.system.process import printable
from helpers.tasks.options import SUITES
from helpers.testing.exit_status import ExitStatus
from helpers.testing.pytest_args import VALUED
from helpers.testing.request import TestRequest

_EXIT_STATUS = f"""\
exit status: {"; ".join(f"{status} {status.meaning}" for status in ExitStatus)}.
What follows -- goes to pytest, such as: -- -k name, or: -- tests/test_a.py::test_b"""
_SCHEDULER = re.compile(r"tls://(?:[A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
# More than anybody means, and few enough to be reckoned with.
_SHARD = re.compile(r"(?P<number>[1-9][0-9]{0,5})/(?P<count>[1-9][0-9]{0,5})")
_WORKERS = re.compile(r"[0-9]{1,4}|auto|logical")
_MOST = 9999
_LONGEST = 366 * 24 * 3600.0


class _Parser(argparse.ArgumentParser):
    """A parser that reports a mistake as all our commands do."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line.

        Raises:
            HelpersError: always.
        """
        raise HelpersError(message.removeprefix("argument "), fix=f"{self.prog} --help")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """Name the value that was most likely meant, where there are only a few.

        Raises:
            HelpersError: it is none of them.
        """
        words = [str(word) for word in action.choices or ()]
        if words and value not in words:
            option = action.option_strings[0]
            raise HelpersError(
                f"{option}: invalid choice: {value!r} (choose from {', '.join(words)})",
                fix=nearest_value(option, str(value), words),
            )


def command_line_parser(program: str) -> argparse.ArgumentParser:
    """The parser of the command line, which raises `HelpersError` for what it does not take."""
    parser = _Parser(
        prog=program,
        usage="%(prog)s [options] [PLACE ...] [-- pytest arguments]",
        description="Run the tests of runnable dirs, each in its own container, side by side.",
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _which(parser)
    _how(parser)
    _reused(parser)
    _shown(parser)
    return parser


def option_names(parser: argparse.ArgumentParser) -> list[str]:
    """All that it takes, as it is typed."""
    return [name for action in parser._actions for name in action.option_strings]


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our arguments, and pytest's, which follow `--`."""
    everything = list(arguments)
    if "--" not in everything:
        return everything, []
    at = everything.index("--")
    return everything[:at], everything[at + 1 :]


def parse_arguments(program: str, ours: Sequence[str], theirs: Sequence[str]) -> argparse.Namespace:
    """What the arguments before `--` say.

    Raises:
        HelpersError: one is none of ours; those of pytest are shown where they belong.
    """
    parser = command_line_parser(program)
    parsed, unknown = parser.parse_known_intermixed_args(list(ours))
    if not unknown:
        _check_together(parsed)
        return parsed
    options = [name for name in option_names(parser) if name.startswith("--")]
    near = get_close_matches(unknown[0].partition("=")[0], options, 1, 0.8)
    known, moved = _without(unknown, ours)
    surely = not unknown[0].startswith("--") or unknown[0].partition("=")[0] in VALUED
    again = printable([program, *known, "--", *moved, *theirs])
    what = f"{unknown[0]} is no option of {program}"
    raise HelpersError(
        what if near else f"{what}; what pytest is told follows --",
        where=printable([program, *ours]),
        fix=near[0] if near else f"{again}{'' if surely else f'   ({program} --help lists ours)'}",
    )


def _without(unknown: Sequence[str], ours: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our arguments without the options of pytest, and these with their values.

    A value may have been taken for a place, or be unknown as well.
    """
    words = deque(ours)
    known: list[str] = []
    moved: list[str] = []
    while words:
        word = words.popleft()
        of_pytest = word.startswith("-") and word in unknown
        (moved if of_pytest else known).append(word)
        if of_pytest and word in VALUED and words:
            moved.append(words.popleft())
    return known, moved


def _check_together(parsed: argparse.Namespace) -> None:
    if parsed.reuse_write and not parsed.reuse_from:
        raise HelpersError(
            "--reuse-write records in the place that --reuse-from names, but there is none",
            fix="add --reuse-from FOLDER",
        )
    if parsed.reuse_from and not parsed.reuse:
        raise HelpersError("--no-reuse and --reuse-from exclude each other", fix="give one")
    if parsed.offline and not parsed.reuse:
        raise HelpersError(
            "--offline shows tests copies of their inputs, and --no-reuse the work tree",
            fix="leave --no-reuse out; a pass without a network is recorded apart from others",
        )
    if parsed.hosts and parsed.cluster:
        raise HelpersError("--hosts and --cluster exclude each other", fix="give one")
    if (parsed.hosts or parsed.cluster) and not parsed.reuse:
        raise HelpersError(
            "--no-reuse shows tests the work tree itself, which hosts do not have",
            fix="leave one out; what hosts are sent are copies of the inputs",
        )
    if parsed.watch and parsed.json:
        raise HelpersError("--watch and --json exclude each other", fix="give one")


def request_of(parsed: argparse.Namespace, pytest_args: Sequence[str], host: Host) -> TestRequest:
    """What the user asks of the run, before it is known which dirs there are."""
    names = {field.name for field in fields(TestRequest)}
    given = {name: value for name, value in vars(parsed).items() if value is not None}
    asked = {name: value for name, value in given.items() if name in names}
    request = TestRequest(pytest_args=tuple(pytest_args), **asked)
    place = request.reuse_from
    if place and "://" not in place:
        place = str((host.directory / place).resolve())
    platform = request.platform if request.platform != host.platform else ""
    return replace(request, platform=platform, reuse_from=place)


def _which(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("which tests")
    add = group.add_argument
    add("places", nargs="*", type=_text, default=[], metavar="PLACE",
        help="a dir, a folder of dirs, a file in one, apps/x/tests/test_a.py::test_b")  # fmt: skip
    add("--dir", action="append", type=_text, default=[], metavar="DIR",
        help="repeatable, or several, one a line; default: all")  # fmt: skip
    add("--repos", type=_text, metavar="FILE",
        help="the tests of each repo that this file lists")  # fmt: skip
    add(
        "--suite",
        type=lambda text: _word_of(Suite)(_text(text)),
        default=Suite.FAST,
        help=f"{SUITES}; default: fast",
    )
    changes = group.add_mutually_exclusive_group()
    changes.add_argument(
        "--changed-since",
        dest="since",
        type=_text,
        metavar="REF",
        help="dirs affected by changes since this commit",
    )
    changes.add_argument(
        "--changed",
        dest="since",
        action="store_const",
        const="",
        help="dirs affected by uncommitted changes",
    )
    add("--last-failed", action="store_true", help="only tests that failed in the last run")
    add("--shard", type=_shard, metavar="K/N", help="shard K of N shards of about equal duration")


def _how(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how")
    add = group.add_argument
    add("-j", "--jobs", type=_positive, default=len(os.sched_getaffinity(0)), metavar="N",
        help="dirs to test at once; default: all cores")  # fmt: skip
    add("--hosts", type=_text, metavar="NAME[,NAME]",
        help="test on these hosts; local: this machine")  # fmt: skip
    add("--cluster", type=_cluster, metavar="tls://HOST:PORT",
        help="test on workers of this Dask scheduler, which others run")  # fmt: skip
    add("-n", dest="workers", type=_workers, metavar="N",
        help="processes for each dir that has pytest-xdist; auto: all cores")  # fmt: skip
    failing = group.add_mutually_exclusive_group()
    failing.add_argument("--keep-going", action="store_true", help="run all (the default)")
    failing.add_argument("--fail-fast", action="store_true", help="stop at the first failure")
    add(
        "--retries",
        type=_count,
        default=0,
        metavar="N",
        help="retry failed tests N times; default: 0",
    )
    add(
        "--timeout",
        type=_seconds,
        default=3600.0,
        metavar="S",
        help="seconds for each dir; default: 3600",
    )
    add("--allow-no-tests", action="store_true", help="end with 0 where no test was collected")
    add("--coverage", action="store_true", help="measure which lines the tests run")
    add("--watch", action="store_true", help="run again what a saved file affects")
    add("--stage", type=_word_of(Stage), choices=list(Stage), default=Stage.LOCAL)
    add(
        "--version",
        type=_version,
        metavar="X.Y.Z",
        help="the image's version; default: the changelog's",
    )
    add(
        "--platform",
        choices=PLATFORMS,
        default="",
        help="the images' platform; default: this machine's",
    )
    add(
        "--skip-version-check",
        action="store_true",
        help="ignore a version mismatch of image and changelog",
    )
    add("--no-build", dest="build", action="store_false", help="fail if an image is missing")
    add("--sibling", nargs="?", const=SocketPolicy.OWN.value, metavar="POLICY",
        type=_word_of(SocketPolicy), choices=list(SocketPolicy),
        help="give every dir the Docker socket: read-only, own (the default), full")  # fmt: skip
    add("--dind", action="store_true", help="give every dir a Docker Engine of its own")
    add("--offline", action="store_true",
        help="without a network; only the dir's own services are reached")  # fmt: skip
    # What an adopting repo's own main_pytest.py does before it gets here.
    add("--yes", action="store_true", help="check out the toolchain if it is missing")


def _reused(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("results of earlier runs").add_argument
    add("--no-reuse", dest="reuse", action="store_false",
        help="run all, on the work tree; record nothing")  # fmt: skip
    add("--reuse-from", type=_text, metavar="PLACE",
        help="also read passes from this folder or URL")  # fmt: skip
    add("--reuse-write", action="store_true", help="also record passes there")


def _shown(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what is shown").add_argument
    add("--json", action="store_true", help="a summary for programs on standard output")
    add("--debug", action="store_true", help="show tracebacks")


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("it needs a value, and this one is empty")
    return text


def _cluster(text: str) -> str:
    if not _SCHEDULER.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is not tls://<host>:<port>; a scheduler without TLS is refused"
        )
    return text


def _word_of(kind: type[StrEnum]) -> Callable[[str], str]:
    """Reads the value of an option that takes a few words; any other word is refused later."""
    return lambda text: kind(text) if text in list(kind) else text


def _version(text: str) -> Version:
    return Version.parse(_text(text))


def _positive(text: str) -> int:
    return _whole(text, 1)


def _count(text: str) -> int:
    return _whole(text, 0)


def _whole(text: str, least: int) -> int:
    number = whole_number(text, _MOST)
    if number is None or number < least:
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is not a number from {least}, or is too large"
        )
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is not a number of seconds above 0 and up to a year"
        )
    return seconds


def _workers(text: str) -> str:
    if not _WORKERS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is neither a number nor auto")
    return text


def _shard(text: str) -> tuple[int, int]:
    found = _SHARD.fullmatch(text)
    if not found or int(found["number"]) > int(found["count"]):
        raise argparse.ArgumentTypeError(
            f"{text[:80]!r} is not K/N with K from 1 to N, such as 1/4"
        )
    return int(found["number"]), int(found["count"])
