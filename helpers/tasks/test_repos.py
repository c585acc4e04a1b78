"""`main_pytest.py --repos FILE`: the tests of each repo that the file lists, each by its own."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from helpers.console.repos_view import print_tested, tested_as_json
from helpers.model.errors import HelpersError
from helpers.repos.run_command import new_logs
from helpers.repos.tested import exit_status_of, read_tested, start_tests, verdict_of
from helpers.repos.tests_page import render_page
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.tasks.cli import find_root
from helpers.tasks.repos import open_listed, run_each


def run_in_repos(parsed: argparse.Namespace, words: Sequence[str], host: Host) -> int:
    """Run the tests of all repos of a list; the exit status.

    Args:
        words: the command line without `--repos` and `--jobs`.

    Raises:
        HelpersError: the list cannot be read, or an option has no meaning for many repos.
    """
    if parsed.watch:
        raise HelpersError("--watch and --repos exclude each other", fix="give one")
    started = datetime.now(UTC)
    repos = open_listed(host, parsed.repos, fresh=True)
    at_once = max(1, min(parsed.jobs, len(repos)))
    jobs = str(max(1, parsed.jobs // at_once))
    logs = new_logs(find_root(host))
    tests = start_tests(("--jobs", jobs, *words))
    tested = read_tested(repos, run_each(host, repos, tests, at_once, logs))
    status = exit_status_of(tested)
    facts = {"started": started.isoformat(sep=" ", timespec="seconds"), "list": parsed.repos}
    page = logs / "report.html"
    write_atomic(page, render_page(tested, verdict_of(status), facts), durable=False)
    if parsed.json:
        print(tested_as_json(tested, str(page)), flush=True)
    else:
        print_tested(tested, str(page))
    return status


def without_repos(words: Sequence[str]) -> list[str]:
    """A command line without `--repos FILE`, `--jobs N` and `--json`, however they are written."""
    kept: list[str] = []
    names = ("--repos", "--jobs", "-j")
    with_value = ("--repos=", "--jobs=", "-j")
    is_value = False
    for number, word in enumerate(words):
        if word == "--":
            return [*kept, *words[number:]]
        if not is_value and word != "--json" and not word.startswith((*with_value, *names)):
            kept.append(word)
        is_value = not is_value and word in names
    return kept
