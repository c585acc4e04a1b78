"""Show the plan of a new repo, its steps as they are done, and what is left to a person."""

from collections.abc import Iterable, Sequence

from helpers.model.new_repo import Answers, Names, PlanStep
from helpers.model.shell_words import quoted


def name_lines(answers: Answers, names: Names) -> list[str]:
    """The names that derive from the project's."""
    return [
        f"project {answers.name} of {answers.author}",
        f"  repo     {names.repo}",
        f"  package  {names.package}",
        f"  image    {names.image}",
        f"  import   {names.module}",
        f"  Python   {answers.python}",
        "steps:",
    ]


def step_lines(steps: Sequence[tuple[str, str, tuple[str, ...]]]) -> list[str]:
    """The steps: name, what it makes, and what a person would type in its place."""
    width = max((len(name) for name, _, _ in steps), default=0)
    lines = []
    for number, (name, makes, commands) in enumerate(steps, start=1):
        lines.append(f"  {number:>2}  {name:{width}}  {makes}")
        lines += [f"      {'':{width}}  $ {command}" for command in commands]
    return lines


def print_step(step: PlanStep) -> None:
    """Say that a step begins, or that it was done before."""
    if not step.ended:
        print(f"{step.name}: {step.makes}", flush=True)
    elif step.there:
        print(f"{step.name}: there already", flush=True)


def left_lines(left: Iterable[tuple[str, tuple[str, ...], str, str]], no_token: str) -> list[str]:
    """What was not done.

    Args:
        left: of each step its name, what a person types, what a token must be allowed, and why it
            was refused; empty: it was not tried.
        no_token: the variables in which no token is; empty: there is one.
    """
    lines: list[str] = []
    for name, commands, setting, why in left:
        lines.append(f"left: {name}{f': {why}' if why else ''}")
        if why and setting:
            lines.append(f"  the token needs: {setting}")
        lines += [f"  $ {command}" for command in commands]
    if not lines:
        return []
    if no_token:
        how = f"export {no_token.split()[0]}=TOKEN, then the same command again; or type these"
        return ["", f"the remote needs a token: {how}", *lines]
    return ["", *lines, "  then, or with another token, the same command again"]


def next_lines(root: str, *, published: bool) -> list[str]:
    """What to type now."""
    lines = [
        "",
        "next:",
        f"  cd {quoted(root)} && source setenv.sh",
        "  pre-commit install --hook-type pre-commit --hook-type commit-msg",
    ]
    if not published:
        lines.append("  to publish it: the same command with --data remote=OWNER")
    return lines
