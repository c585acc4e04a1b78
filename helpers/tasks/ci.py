"""Tasks on CI: write its workflows and hooks, check them, plan a run, judge it."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import IN_REPOS, Options, option, required

if TYPE_CHECKING:
    from helpers.ci.emitted import Emitted
    from helpers.ci.event import Event
    from helpers.model.file_change import FileChange
    from helpers.model.repo import Repo
    from helpers.model.settings.ci_config import CiConfig
    from helpers.system.host import Host

_OWN_STEPS = "steps of your own stand in ci_steps/<job>.yaml"


class Workflows(Options):
    """For which forge."""

    target: str = option("github or gitlab; default: as repo_config.yaml says", default="")


class Sync(Workflows):
    """How workflows are written."""

    update: bool = option(
        "raise what is pinned to the newest: a central workflow's commit, base_image's digest",
        default=False,
    )
    dry_run: bool = option("show what would change, and write nothing", default=False)
    repos: str = option(IN_REPOS, default="")
    yes: bool = option("with --repos: do not ask", default=False)


class SyncHooks(Options):
    """Whether hooks are written."""

    check: bool = option("write nothing; exit with 1 if anything would be written", default=False)


class Plan(Options):
    """What the work tree is compared with."""

    base: str = option("a branch, tag or commit; default: none, so all dirs", default="")
    event: str = option(
        "the file of GitHub's event, or gitlab: the variables of GitLab's job", default=""
    )
    child: str = option("write GitLab's child pipeline to this file", default="")
    json: bool = option("the plan for programs, in one line", default=False)


class RunJob(Options):
    """Which job is run."""

    job: str = required("lint, or the dir whose job it is", example="lint")


@command()
def ci_sync(host: "Host", wanted: Sync) -> int:
    """Write the workflows of CI; those edited by hand stay."""
    if wanted.repos:
        from helpers.tasks.repo_updates import check_alone, update_each

        check_alone({"--target": wanted.target, "--update": wanted.update})
        return update_each(host, wanted, "workflows")
    from helpers.console.file_changes import diff_text
    from helpers.managed_files.written import apply_changes

    repo, found, more = _compare(host, wanted.target, update=wanted.update)
    if found.edits:
        print(diff_text(found.edits), end="")
        paths = [change.path for change in found.edits]
        raise HelpersError(
            f"edited by hand, or not by i ci_sync: {', '.join(paths)}; nothing was written",
            where=str(repo.root),
            fix=f"keep a copy, since {_OWN_STEPS}; then: rm {' '.join(map(cli.quoted, paths))}"
            " && i ci_sync",
        )
    if wanted.dry_run:
        print(diff_text((*more, *found.changes)), end="")
        return 0
    changes = (*more, *found.changes)
    apply_changes(repo.root, changes)
    for change in changes:
        kind = "new" if change.before is None else "gone" if change.after is None else "changed"
        print(f"{kind:8}  {change.path}")
    if not changes:
        print("the workflows of CI are up to date")
    return 0


@command()
def ci_check(host: "Host", wanted: Workflows) -> int:
    """Check that CI's workflows are fresh; exits with 1 and the diff."""
    from helpers.console.file_changes import diff_text

    _, found, _ = _compare(host, wanted.target)
    print(diff_text((*found.changes, *found.edits)), end="")
    for change in found.changes:
        print(f"{change.path}: out of date\n  fix: i ci_sync")
    for change in found.edits:
        print(f"{change.path}: edited by hand: {_OWN_STEPS}\n  fix: i ci_sync, which says how")
    return int(bool(found.changes or found.edits))


@command()
def ci_plan(host: "Host", wanted: Plan) -> None:
    """Say which dirs CI tests, and in which jobs; in CI, to the jobs that follow."""
    from helpers.ci.make_plan import plan_event, plan_since
    from helpers.ci.read_settings import ci_config_of

    repo = cli.find_repo(host)
    # The child is GitLab's, whatever else the repo has.
    config = ci_config_of(repo, "gitlab" if wanted.child else "")
    event = None
    if wanted.event:
        values.not_both("--event", "--base", wanted.base)
        event = event_of(host, wanted.event)
        plan = plan_event(repo, config, event)
    else:
        plan = plan_since(repo, config, wanted.base)
    if wanted.child:
        from helpers.ci.read_repo import child_text
        from helpers.system.files import write_atomic
        from helpers.system.lease import working_folder

        working_folder(repo.root)
        text = child_text(repo, config, plan, trunk=event is not None and event.trunk)
        write_atomic(host.directory / wanted.child, text)
    root_name = repo.root_name((*plan.affected, *plan.skipped))
    lines = plan.lines(root_name)
    print(plan.as_json() if wanted.json else "\n".join(lines))
    cli.append_to(host, "GITHUB_OUTPUT", f"plan={plan.as_json()}\nbrief={plan.brief()}")
    cli.append_to(host, "GITHUB_STEP_SUMMARY", "\n".join(["```text", *lines, "```"]))


@command()
def ci_run(host: "Host", wanted: RunJob) -> int:
    """Run one job of CI here, as CI would."""
    from helpers.ci.chosen_job import chosen_steps
    from helpers.ci.read_repo import read_ci_repo
    from helpers.ci.read_settings import ci_config_of
    from helpers.ci.run_here import run_steps

    repo = cli.find_repo(host)
    found = read_ci_repo(repo, ci_config_of(repo))
    steps = chosen_steps(repo, found, host.directory, wanted.job)
    return int(run_steps(repo, steps, lambda line: print(line, flush=True)) != 0)


@command()
def ci_gate(host: "Host") -> int:
    """Decide whether a run of CI passed; only in CI, from how its jobs ended."""
    from helpers.ci.gate import judge, read_results
    from helpers.ci.keep_records import keep_records
    from helpers.ci.pipelines import BROUGHT
    from helpers.model.numbers import counted

    repo = cli.find_repo(host)
    results = read_results(host.environment.get("RESULTS", ""))
    verdict = judge(results, host.environment.get("BRIEF", ""), cli.root_name(repo))
    print("\n".join(verdict.lines))
    cli.append_to(host, "GITHUB_STEP_SUMMARY", "\n".join(["```text", *verdict.lines, "```"]))
    added = keep_records(repo.root, repo.root / BROUGHT)
    if added:
        print(f"recorded {counted(added, 'pass', 'passes')} for later runs")
    return int(not verdict.passed)


@command()
def pre_commit_sync(host: "Host", wanted: SyncHooks) -> int:
    """Write the hooks that check a commit; your own hooks stay."""
    from helpers.ci.pre_commit import plan_repo_hooks
    from helpers.console.file_changes import diff_text
    from helpers.managed_files.written import apply_changes
    from helpers.model.managed_file import Drift

    repo = cli.find_repo(host)
    found = plan_repo_hooks(repo)
    change = found.change
    if change is None:
        print(f"{found.item.path} is up to date")
        return 0
    if found.drift is Drift.HERE:
        print(diff_text([change]), end="")
        raise HelpersError(
            f"{found.item.path}: the hooks of i pre_commit_sync were edited; nothing was written",
            where=str(repo.root),
            fix="give a hook of that id an item of your own, which replaces ours; remove ours with"
            " its two comments; then: i pre_commit_sync",
        )
    if wanted.check:
        print(diff_text([change]), end="")
        print(f"{change.path}: out of date\n  fix: i pre_commit_sync")
        return 1
    apply_changes(repo.root, [change])
    print(f"{'new' if change.before is None else 'changed':8}  {change.path}")
    print("next: pre-commit install --hook-type pre-commit --hook-type commit-msg")
    return 0


def _compare(
    host: "Host", target: str, *, update: bool = False
) -> "tuple[Repo, Emitted, tuple[FileChange, ...]]":
    """The repo, how its workflows stand, and what is to be written before them."""
    from dataclasses import replace

    from helpers.ci.emitted import compare
    from helpers.ci.read_repo import wanted_files
    from helpers.ci.read_settings import ci_config_of

    repo = cli.find_repo(host)
    config = ci_config_of(repo, target)
    change = _raised(host, repo, config) if update else None
    if change and change.after:
        from helpers.model.settings.config import parse_repo_config

        raised = parse_repo_config(change.after, change.path).ci
        config = replace(config, workflows=raised.workflows, base_image=raised.base_image)
    found = compare(repo.root, wanted_files(repo, config))
    return repo, found, (change,) if change else ()


def _raised(host: "Host", repo: "Repo", config: "CiConfig") -> "FileChange | None":
    """What is pinned, raised to the newest."""
    from helpers.ci.raised import raise_pins
    from helpers.images.installing.access import open_access

    return raise_pins(repo, config, open_access(repo.outermost, host, cli.teller(repo)))


def event_of(host: "Host", name: str) -> "Event":
    """What a forge says that happened.

    Args:
        name: the file of GitHub's payload, or `gitlab`.

    Raises:
        HelpersError: there is none.
    """
    from helpers.ci.event import event_of_gitlab, read_event
    from helpers.system.files import read_text

    if name == "gitlab":
        return event_of_gitlab(host.environment)
    path = host.directory / name
    text = read_text(path)
    if text is None:
        raise HelpersError(
            "there is no file of an event", where=str(path), fix="i ci_plan --base main"
        )
    return read_event(text, str(path))
