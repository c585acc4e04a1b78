"""The tasks that make a new repo from a few answers, and bring it later what they gained."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required

if TYPE_CHECKING:
    from pathlib import Path

    from helpers.adoption.superproject import Submodule
    from helpers.model.new_repo import Answers, Question
    from helpers.new_repo.plan import Plan
    from helpers.new_repo.steps import Left
    from helpers.new_repo.update import Update
    from helpers.system.host import Host


class CreateRepo(Options):
    """Where the repo is made, and the answers."""

    into: str = required("the new repo's folder", example="../work")
    data: tuple[str, ...] = option(
        "<question>=<answer>: name, author, lock, python, start or remote; repeatable", default=()
    )
    yes: bool = option("ask nothing: take the defaults, and go on", default=False)
    dry_run: bool = option("show the names and the steps, and do nothing", default=False)


class UpdateRepo(Options):
    """Which version the toolchain gets, and what is asked."""

    to: str = option(
        "a version, such as v1.4.0, a branch or a commit; default: the newest release", default=""
    )
    only: str = option("toolchain, templates, workflows or hooks; default: all", default="")
    test: bool = option("run the tests that the new toolchain affects", default=False)
    back: bool = option(
        "check out the branch again that was checked out; what fails is undone", default=False
    )
    undo: bool = option("remove the update's branch, here and on the remote", default=False)
    yes: bool = option("do not ask", default=False)
    dry_run: bool = option("show the commands, and do nothing", default=False)


@command()
def repo_create(host: "Host", wanted: CreateRepo) -> int:
    """Make a new repo from six answers; the same again goes on."""
    from datetime import UTC, datetime
    from functools import partial
    from pathlib import Path

    from helpers.console.new_repo_view import name_lines, print_step, step_lines
    from helpers.console.notices import tell
    from helpers.new_repo.plan import (
        check_names_free,
        check_needs,
        find_missing,
        make_plan,
        new_repo,
    )
    from helpers.new_repo.steps import carry_out
    from helpers.system.locate import TOOLCHAIN_ROOT

    listen = partial(tell, root_name="")
    answers = _answers(host, wanted)
    into = Path(host.directory, wanted.into).resolve()
    today = datetime.now(UTC).date()
    plan = make_plan(new_repo(into, answers, TOOLCHAIN_ROOT, host, today, listen))
    if not wanted.dry_run:
        check_needs(plan)
    for what, how in find_missing(plan):
        print(f"missing: {what}\n  get it: {how}")
    for line in (*name_lines(answers, plan.new.names), *step_lines(_shown(plan))):
        print(line)
    check_names_free(plan, listen)
    if wanted.dry_run:
        return 0
    if not cli.agreed(host, "make it?", "nothing was made", yes=wanted.yes):
        return 0
    carry_out(plan.local, print_step)
    left = _publish(plan)
    return _finish(plan, left)


@command()
def repo_update(host: "Host", wanted: UpdateRepo) -> int:
    """Update toolchain, templates and CI; opens one pull request."""
    from pathlib import Path

    from helpers.adoption.upgrades.plan import find_adopter
    from helpers.console.new_repo_view import step_lines
    from helpers.new_repo.leave_update import go_back, note_base
    from helpers.new_repo.update import check_ready, leave_if_empty, plan_update

    own = host.environment.get("HELPERS_REPO_ROOT")
    adopter = find_adopter(host.directory, Path(own) if own else None)
    update = plan_update(adopter.repo, wanted.to, wanted.only, tested=wanted.test)
    branch = update.branch
    if wanted.undo:
        return _undo_update(host, adopter, branch, wanted)
    if not update.parts:
        print(f"nothing to do: the repo has no {wanted.only} that the toolchain wrote")
        return 0
    base = check_ready(adopter.repo, branch)
    commands = [(one.name, f"i {' '.join(map(cli.quoted, one.words))}", ()) for one in update.parts]
    for line in (f"on the branch {branch} of {adopter.repo}:", *step_lines(commands)):
        print(line)
    if wanted.dry_run or not cli.agreed(host, "do this?", "nothing was changed", yes=wanted.yes):
        return 0
    _carry_out(adopter, update, base, wanted)
    if leave_if_empty(adopter.repo, base, branch):
        print("nothing was gained: the repo is up to date")
        return 0
    note_base(adopter.repo, branch, base)
    status = _offer(host, adopter.repo, update, "" if base == branch else base)
    if wanted.back and base != branch:
        go_back(adopter, base)
    return status


def _undo_update(host: "Host", adopter: "Submodule", branch: str, wanted: UpdateRepo) -> int:
    from helpers.new_repo.leave_update import undo

    if wanted.dry_run:
        print(f"would remove the branch {branch}, here and on the remote")
        return 0
    places = undo(adopter, host, branch)
    print(f"{branch}: {'gone ' + ' and on '.join(places) if places else 'there is none'}")
    return 0


def _carry_out(adopter: "Submodule", update: "Update", base: str, wanted: UpdateRepo) -> None:
    """Do the parts; with `back`, what one left that failed is undone."""
    from functools import partial

    from helpers.new_repo.leave_update import withdraw
    from helpers.new_repo.update import carry_out

    try:
        carry_out(adopter, update, partial(print, flush=True))
    except (HelpersError, KeyboardInterrupt) as error:
        if not wanted.back:
            raise
        withdraw(adopter, update.branch, base)
        if isinstance(error, KeyboardInterrupt):
            raise
        only = f" --only {wanted.only}" if wanted.only else ""
        again = f"cd {cli.quoted(str(adopter.repo))} && i repo_update{only}"
        raise HelpersError(f"{error.what}; undone", where=error.where, fix=again) from error


def _offer(host: "Host", root: "Path", update: "Update", base: str) -> int:
    """Bring the update to its remote, or say what a person types for it; 1 where something is."""
    from helpers.console.new_repo_view import left_lines, print_step
    from helpers.forge.errors import ForgeError
    from helpers.forge.github_setup import GitHubSetup
    from helpers.forge.place import ForgeKind, find_place
    from helpers.forge.session import Session
    from helpers.images.installing.access import open_access
    from helpers.new_repo.steps import Left, carry_out
    from helpers.new_repo.update_remote import offering_steps, push_command
    from helpers.system.repo_files import load_repo
    from helpers.vcs.git import setting
    from helpers.vcs.refs import main_remote

    remote = main_remote(root)
    if not remote:
        into = f"git switch {cli.quoted(base)} && " if base else ""
        print(f"test it: ./main_pytest.py\nthen: {into}git merge {update.branch}")
        return 0
    try:
        place = find_place(host.environment, setting(root, f"remote.{remote}.url"))
    except ForgeError as error:
        print(f"{error.what}\n  $ {push_command(remote, update.branch)}")
        return 1
    if place.kind is not ForgeKind.GITHUB:
        push = push_command(remote, update.branch, gitlab=True)
        print(f"left: push, which opens a merge request\n  $ {push}")
        return 1
    repo = load_repo(root)
    access = open_access(repo, host, cli.teller(repo))
    steps = offering_steps(root, host, update, base, GitHubSetup(Session(place, access)))
    no_token = "" if place.token else place.variables
    left = tuple(map(Left, steps)) if no_token else carry_out(steps, print_step)
    for line in left_lines(_left(left), no_token):
        print(line)
    return int(bool(left))


def _publish(plan: "Plan") -> "tuple[Left, ...]":
    from helpers.console.new_repo_view import print_step
    from helpers.new_repo.steps import Left, carry_out

    if plan.no_token:
        return tuple(map(Left, plan.remote))
    return carry_out(plan.remote, print_step)


def _finish(plan: "Plan", left: "tuple[Left, ...]") -> int:
    """Say what is there, and what is left to a person; 1 where something is."""
    from helpers.console.new_repo_view import left_lines, next_lines

    for line in left_lines(_left(left), plan.no_token):
        print(line)
    for line in next_lines(str(plan.new.root), published=bool(plan.remote)):
        print(line)
    return int(bool(left))


def _left(left: "tuple[Left, ...]") -> "list[tuple[str, tuple[str, ...], str, str]]":
    return [
        (one.step.name, one.step.commands, one.step.setting, one.error.what if one.error else "")
        for one in left
    ]


def _shown(plan: "Plan") -> "list[tuple[str, str, tuple[str, ...]]]":
    steps = (*plan.local, *plan.remote)
    return [(one.name, one.makes, one.commands) for one in steps]


def _answers(host: "Host", wanted: CreateRepo) -> "Answers":
    """The answers that were given, and those to what else is asked.

    Raises:
        HelpersError: an answer cannot be, or a question without a default was not answered.
    """
    from helpers.model.new_repo import Answers
    from helpers.new_repo.plan import find_questions, read_defaults
    from helpers.system.locate import TOOLCHAIN_ROOT
    from helpers.tasks.runnable_dirs import read_data

    asked = find_questions(TOOLCHAIN_ROOT, read_defaults(TOOLCHAIN_ROOT), host)
    given = read_data(wanted.data)
    keys = [one.key for one in asked]
    for key in given:
        if key not in keys:
            raise HelpersError(
                f"--data {key}=...: there is no such question",
                fix=f"the questions are {', '.join(keys)}",
            )
    asks = host.is_terminal and not (wanted.yes or wanted.dry_run)
    return Answers(**{one.key: _answer(one, given, asks=asks) for one in asked})


def _answer(question: "Question", given: Mapping[str, str], *, asks: bool) -> str:
    """One answer; on a terminal it is asked for until it can be taken."""
    from helpers.console.errors import print_error

    answer = given.get(question.key)
    if answer is None and not asks:
        if not question.default:
            raise HelpersError(
                f"{question.title}: --data {question.key}=... is required",
                fix=f"--data {question.key}={cli.quoted(question.example)}",
            )
        answer = question.default
    while True:
        try:
            return question.check(_ask(question) if answer is None else answer)
        except HelpersError as error:
            if not asks:
                raise
            print_error(error)
            answer = None


def _ask(question: "Question") -> str:
    choices = f" ({', '.join(question.choices)})" if question.choices else ""
    default = f" [{question.default}]" if question.default else ""
    try:
        return input(f"{question.title}{choices}{default}: ").strip() or question.default
    except EOFError:
        raise HelpersError("nothing was made: the questions were not answered") from None
