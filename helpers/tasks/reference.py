"""The page of the docs with every command and every option, made from the commands themselves.

python -m helpers.tasks.reference > docs/commands.md
"""

import argparse
import inspect
from collections.abc import Iterator

from invoke.parser.argument import Argument
from invoke.parser.context import to_flag

from helpers.tasks.command import CommandTask
from helpers.tasks.namespace import GROUPS, is_short, namespace
from helpers.tasks.test_options import command_line_parser

_PROGRAM = "main_pytest.py"
_START = """\
# All commands

Every command with every option, by the user's job. `i help TASK` and `./main_pytest.py --help` say
the same on a terminal; `i help WORD` finds the tasks that have a word in their name or their help.

A name may be typed with dashes, `docker-bash`, as well.

This page is made from the commands: `python -m helpers.tasks.reference > docs/commands.md`.
"""


def reference() -> str:
    """Make the page, as Markdown."""
    return "\n".join([_START, *_tests(), *_tasks()])


def _tests() -> Iterator[str]:
    parser = command_line_parser(f"./{_PROGRAM}")
    yield f"## {_PROGRAM}\n"
    yield f"{parser.description}\n"
    yield f"```\n{(parser.usage or '') % {'prog': parser.prog}}\n```\n"
    for group in parser._action_groups:
        rows = [(_typed(action), _says(action)) for action in group._group_actions]
        if rows and group.title not in ("positional arguments", "options"):
            yield f"{(group.title or '').capitalize()}:\n"
            yield from _table(rows)
    status, _, passed_on = (parser.epilog or "").partition("\n")
    yield f"{status[0].upper()}{status[1:]} {passed_on}\n"


def _tasks() -> Iterator[str]:
    for group in GROUPS:
        yield f"## {_headline(group)}\n"
        for task in namespace.tasks.values():
            if isinstance(task, CommandTask) and task.group == group and not is_short(task):
                yield from _task(task)


def _headline(group: str) -> str:
    words = group.partition(";")[0]
    return words[0].upper() + words[1:]


def _task(task: CommandTask) -> Iterator[str]:
    yield f"### {task.name}\n"
    yield f"{inspect.cleandoc(task.__doc__ or '')}\n"
    if task.aliases:
        yield f"Also called {' and '.join(f'`{name}`' for name in task.aliases)}.\n"
    for other in task.short:
        said = (other.__doc__ or "").splitlines()
        short = next(line for line in said if line.startswith("Short for"))
        also = "".join(f", also called `{name}`," for name in other.aliases)
        yield f"`{other.name}`{also} is {short.replace('Short', 'short', 1)}\n"
    yield from _table([(_flags(one), one.help or "") for one in task.get_arguments()])


def _table(rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        lines = [f"| {typed} | {says.replace('|', chr(92) + '|')} |" for typed, says in rows]
        yield "\n".join(["| option | |", "|---|---|", *lines, ""])


def _flags(option: Argument) -> str:
    """How an option is typed: `--dir DIR`, `-d`."""
    name, *short = map(to_flag, option.names)
    value = "" if option.kind is bool else f" {name.strip('-').replace('-', '_').upper()}"
    return ", ".join([f"`{name}{value}`", *(f"`{one}`" for one in short)])


def _typed(action: argparse.Action) -> str:
    """How an option of `main_pytest.py` is typed."""
    shown = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    if action.choices and not action.metavar:
        shown = "\\|".join(map(str, action.choices))
    value = f" {shown}" if shown else ""
    return ", ".join(f"`{name}{value}`" for name in reversed(action.option_strings)) or f"`{shown}`"


def _says(action: argparse.Action) -> str:
    return action.help or f"default: {action.default}"


def main() -> None:
    """Print the page."""
    print(reference(), end="")


if __name__ == "__main__":
    main()
