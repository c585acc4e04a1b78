"""Tasks on tests: run those of one dir, look at failures, repeat them, forget what is recorded."""

from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import SUITES, OneDir, Options, option

if TYPE_CHECKING:
    from helpers.system.host import Host


class RunTests(OneDir):
    """Which dir is tested, and how."""

    args: str = option("arguments for pytest, quoted as in a shell", default="")
    offline: bool = option(
        "without a network: only the dir's own services are reached", default=False
    )


class AllTests(RunTests):
    """Which of all tests run."""

    suite: str = option(f"{SUITES}; default: all", default="all")


class Coverage(RunTests):
    """Of which tests coverage is measured."""

    suite: str = option(f"{SUITES}; default: fast", default="fast")


class Repro(Options):
    """Where the script is written."""

    out: str = option(
        "the script's path; default: tmp.main_pytest/repro.sh in the repo", default=""
    )


class CleanResults(Options):
    """Which passes are deleted."""

    older_than: int = option("only passes that no run used for this many days", default=0)


@command()
def run_fast_tests(host: "Host", wanted: RunTests) -> int:
    """Run a dir's fast tests, in its container."""
    return _run(host, wanted, "fast")


@command()
def run_slow_tests(host: "Host", wanted: RunTests) -> int:
    """Run a dir's slow tests, in its container."""
    return _run(host, wanted, "slow")


@command()
def run_superslow_tests(host: "Host", wanted: RunTests) -> int:
    """Run a dir's superslow tests, in its container."""
    return _run(host, wanted, "superslow")


@command(verb="test")
def run_tests(host: "Host", wanted: AllTests) -> int:
    """Run all tests of a dir, in its container."""
    return _run(host, wanted, wanted.suite)


@command()
def run_coverage(host: "Host", wanted: Coverage) -> int:
    """Run a dir's tests and say which lines they ran."""
    return _run(host, wanted, wanted.suite, "--coverage")


def _run(host: "Host", wanted: RunTests, suite: str, *options: str) -> int:
    import shlex

    from helpers.tasks.test_command import run_command_line
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    name = find_dir(repo, host.directory, wanted.dir).name
    pytest_args = ["--", *shlex.split(wanted.args)] if wanted.args else []
    offline = ["--offline"] if wanted.offline else []
    arguments = ["--dir", name, "--suite", suite, *offline, *options, *pytest_args]
    return run_command_line(arguments, str(repo.root / "i"))


@command()
def pytest_failed(host: "Host") -> None:
    """List the failed tests of the last run; with the commands that repeat them."""
    from helpers.model.results.repeat import repeat_command
    from helpers.model.runnable_dir import shown_name
    from helpers.testing.history import last_failures

    repo = cli.find_repo(host)
    failures = last_failures(repo.root)
    root_name = cli.root_name(repo)
    way = repo.way_from(host.directory)
    for item in failures:
        print(f"{shown_name(item.dir, root_name)}: {item.node or item.state}")
        print(f"    {repeat_command(item.dir, item.node, item.suite, way, item.stack)}")
    if not failures:
        print("nothing failed in the last run")


@command()
def pytest_repro(host: "Host", wanted: Repro) -> None:
    """Write a script that repeats failed tests; those of the last run, in their containers."""
    from helpers.system.files import write_atomic
    from helpers.system.lease import working_folder
    from helpers.testing.history import last_failures
    from helpers.testing.repro import repro_script

    repo = cli.find_repo(host)
    failures = last_failures(repo.root)
    if not failures:
        print("nothing failed in the last run: there is nothing to repeat")
        return
    default = working_folder(repo.root, "tmp.main_pytest") / "repro.sh"
    path = host.directory / wanted.out if wanted.out else default
    write_atomic(path, repro_script(failures, repo.root))
    path.chmod(0o755)
    print(path)


@command()
def results_clean(host: "Host", wanted: CleanResults) -> None:
    """Delete recorded passes; the tests run again."""
    import time

    from helpers.model.numbers import counted
    from helpers.testing.reuse.store import remove_results, results_folder

    repo = cli.find_repo(host)
    days = wanted.older_than
    before = time.time() - days * 86_400 if days else float("inf")
    removed = remove_results(results_folder(repo.root), before)
    print(f"forgot {counted(removed, 'recorded pass', 'recorded passes')}")
