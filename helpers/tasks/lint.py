"""Tasks that check code, and the licences of what it uses."""

from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.inspection import Look
from helpers.tasks.options import CHANGED_LOCK, Options, option

if TYPE_CHECKING:
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class Lint(Options):
    """Which checks run."""

    only: str = option("checks to run, separated by commas; default: all", default="")
    fix: bool = option("fix what the tools can fix", default=False)


class LicenceCheck(Look):
    """Which images are looked at, and how that is told."""

    changed_since: str = option(CHANGED_LOCK, default="")
    json: bool = option("for programs", default=False)


@command()
def lint(host: "Host", wanted: Lint) -> int:
    """Check code: style, types, layers, dead code, shell scripts, Dockerfiles, settings."""
    from helpers.quality.lint import lint as run_lint

    only = [name.strip() for name in wanted.only.split(",") if name.strip()]
    repo = cli.find_repo(host)
    if not host.in_container:
        return _lint_in_container(repo, host, only, wanted.fix)
    results = run_lint(repo.root, only, fix=wanted.fix)
    for result in results:
        print(f"{result.name:12} {'ok' if result.passed else 'FAILED':6} {result.seconds:5.1f} s")
    for result in results:
        if not result.passed:
            print(f"\n=== {result.name} ===\n{result.output}")
    return int(not all(result.passed for result in results))


def _lint_in_container(repo: "Repo", host: "Host", only: list[str], fix: bool) -> int:
    """The tools are in the root dir's container; what is missing of it is built.

    The task itself runs there in the thin environment that every image has: the root's own need not
    have what the toolchain is made of.
    """
    from helpers.containers.enter import Request, open_session, run_piped
    from helpers.engine.client import Client
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.ensure import Wanted
    from helpers.vcs.chosen_dir import find_dir

    client = Client(find_endpoint(host.environment))
    root = find_dir(repo, repo.root, ".")
    python = 'env="$(python3 -I "$0" ensure)" && exec "$env/bin/python" -I "$env/bin/invoke" "$@"'
    command = ["sh", "-c", python, str(repo.toolchain / "dev_scripts" / "thin_env.py")]
    command += ["--search-root", str(repo.root), "lint"]
    command += ["--only", ",".join(only)] if only else []
    command += ["--fix"] if fix else []
    listen = cli.teller(repo)
    with open_session(client, repo, root, host, Request(Wanted(build=True)), listen) as session:
        return run_piped(session, command, stdin=False)


@command()
def license_check(host: "Host", wanted: LicenceCheck) -> int:
    """List licences that are not allowed; exits with 1 if there are any."""
    import json
    import sys
    from dataclasses import replace
    from datetime import UTC, datetime

    from helpers.console.licence_view import licences_as_json, print_exceptions, print_licences
    from helpers.images.contents.licences import check_licences
    from helpers.images.dependencies.changed_locks import dirs_with_changed_lock
    from helpers.model.runnable_dir import shown_name
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.inspection import inspect_images, open_images

    ref = wanted.changed_since
    if ref:
        values.not_both("--changed-since", "--dir or --all", wanted.dir or wanted.all)
    repo, client = open_images(host)
    dirs = dirs_with_changed_lock(repo, ref) if ref else None
    if ref and not dirs:
        print(f"no dir's lock or project changed since {ref}", file=sys.stderr)
    with shown_builds(host, cli.root_name(repo)) as listen:
        inspected, errors = inspect_images(client, repo, host, wanted, fresh=listen, dirs=dirs)
    today = datetime.now(UTC).date()
    reports = check_licences(repo, inspected, today, whole=wanted.all and not errors)
    shown = [replace(one, dir=shown_name(one.dir, cli.root_name(repo))) for one in reports]
    print_exceptions(shown)
    if wanted.json:
        print(json.dumps(licences_as_json(reports), indent=2))
    else:
        print_licences(shown)
    return cli.USER_ERROR if errors else int(any(one.findings for one in reports))
