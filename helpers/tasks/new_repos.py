"""The task that makes a new repo from a few answers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import Options, option, required

if TYPE_CHECKING:
    from helpers.model.new_repo import Answers, Question
    from helpers.new_repo.plan import Plan
    from helpers.new_repo.steps import Left
    from helpers.system.host import Host


class CreateRepo(Options):
    """Where the repo is made, and the answers."""

    into: str = required("the new repo's folder", example="../work")
    data: tuple[str, ...] = option(
        "<question>=<answer>: name, author, lock, python, start or remote; repeatable", default=()
    )
    yes: bool = option("ask nothing: take the defaults, and go on", default=False)
    dry_run: bool = option("show the names and the steps, and do nothing", default=False)


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


def _publish(plan: "Plan") -> "tuple[Left, ...]":
    from helpers.console.new_repo_view import print_step
    from helpers.new_repo.steps import Left, carry_out

    if plan.no_token:
        return tuple(map(Left, plan.remote))
    return carry_out(plan.remote, print_step)


def _finish(plan: "Plan", left: "tuple[Left, ...]") -> int:
    """Say what is there, and what is left to a person; 1 where something is."""
    from helpers.console.new_repo_view import left_lines, next_lines

    shown = [
        (one.step.name, one.step.commands, one.step.setting, one.error.what if one.error else "")
        for one in left
    ]
    for line in left_lines(shown, plan.no_token):
        print(line)
    for line in next_lines(str(plan.new.root), published=bool(plan.remote)):
        print(line)
    return int(bool(left))


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
