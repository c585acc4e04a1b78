"""Tasks on tests: run those of one dir, look at failures, repeat them, forget what is recorded."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "args": "arguments for pytest, quoted as in a shell",
}


@task(help=_HELP)
def run_fast_tests(context: Context, dir: str = "", args: str = "") -> None:
    """Run a dir's fast tests, in its container."""
    cli.run_job(lambda host: _run(host, dir, ["--suite", "fast"], args))


@task(help=_HELP)
def run_slow_tests(context: Context, dir: str = "", args: str = "") -> None:
    """Run a dir's slow tests, in its container."""
    cli.run_job(lambda host: _run(host, dir, ["--suite", "slow"], args))


@task(help=_HELP)
def run_superslow_tests(context: Context, dir: str = "", args: str = "") -> None:
    """Run a dir's superslow tests, in its container."""
    cli.run_job(lambda host: _run(host, dir, ["--suite", "superslow"], args))


@task(help=_HELP)
def run_tests(context: Context, dir: str = "", args: str = "") -> None:
    """Run all tests of a dir, in its container."""
    cli.run_job(lambda host: _run(host, dir, ["--suite", "all"], args))


@task(help={**_HELP, "suite": "fast, slow, superslow or all"})
def run_coverage(context: Context, dir: str = "", suite: str = "fast", args: str = "") -> None:
    """Run a dir's tests and say which lines they ran."""
    cli.run_job(lambda host: _run(host, dir, ["--suite", suite, "--coverage"], args))


@task
def pytest_failed(context: Context) -> None:
    """List the failed tests of the last run; with the commands that repeat them."""
    cli.run_job(_failed)


@task(help={"out": "the script's path; default: tmp.main_pytest/repro.sh in the repo"})
def pytest_repro(context: Context, out: str = "") -> None:
    """Write a script that repeats failed tests; those of the last run, in their containers."""
    cli.run_job(lambda host: _repro(host, out))


@task(help={"older_than": "only passes that no run used for this many days"})
def results_clean(context: Context, older_than: int = 0) -> None:
    """Delete recorded passes; the tests run again."""
    cli.run_job(lambda host: _clean(host, older_than))


def _run(host: "Host", dir: str, options: list[str], args: str) -> int:
    import shlex

    from helpers.tasks.test_command import run_command_line
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    name = find_dir(repo, host.directory, dir).name
    pytest_args = ["--", *shlex.split(args)] if args else []
    return run_command_line(["--dir", name, *options, *pytest_args], str(repo.root / "i"))


def _failed(host: "Host") -> None:
    from helpers.model.results.repeat import repeat_command
    from helpers.model.runnable_dir import shown_name
    from helpers.testing.history import last_failures

    repo = cli.find_repo(host)
    failures = last_failures(repo.root)
    root_name = cli.root_name(repo)
    way = repo.way_from(host.directory)
    for item in failures:
        print(f"{shown_name(item.dir, root_name)}: {item.node or item.state}")
        print(f"    {repeat_command(item.dir, item.node, item.suite, way)}")
    if not failures:
        print("nothing failed in the last run")


def _repro(host: "Host", out: str) -> None:
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
    path = host.directory / out if out else default
    write_atomic(path, repro_script(failures, repo.root))
    path.chmod(0o755)
    print(path)


def _clean(host: "Host", days: int) -> None:
    import time

    from helpers.model.numbers import counted
    from helpers.testing.pass_store import remove_results, results_folder

    repo = cli.find_repo(host)
    before = time.time() - days * 86_400 if days else float("inf")
    removed = remove_results(results_folder(repo.root), before)
    print(f"forgot {counted(removed, 'recorded pass', 'recorded passes')}")
