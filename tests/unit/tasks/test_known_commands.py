"""Names of tasks and options that users have typed and written into scripts go on working.

`known_commands.txt` has a line for each: its name and its options, `--dir=` where it takes a value.
Lines are added to it when a command is released, and none is taken away.
"""

from pathlib import Path
from types import ModuleType

import pytest
from invoke.collection import Collection
from invoke.parser.parser import Parser

from helpers.tasks import completion, program
from helpers.tasks.namespace import repo_namespace

_KNOWN = {
    name: frozenset(options)
    for name, *options in map(
        str.split, Path(__file__).with_name("known_commands.txt").read_text().splitlines()
    )
}
_PROGRAMS = {"i", "main_pytest.py"}
_TASKS = sorted(_KNOWN.keys() - _PROGRAMS)


def _loaded() -> Collection:
    """The tasks as the program gets them, from a repo's tasks.py."""
    module = ModuleType("tasks")
    vars(module)["namespace"] = repo_namespace({})
    return Collection.from_module(module, auto_dash_names=True)


_LOADED = _loaded()
_CONTEXTS = _LOADED.to_contexts()


@pytest.fixture(scope="module")
def completed() -> dict[str, set[str]]:
    """What Tab offers, by program and task; of values no more than that there is one."""
    core = program.TaskProgram("1", namespace=_LOADED).initial_context
    return {
        name: {option.partition("=")[0] + "=" * ("=" in option) for option in options}
        for _, name, *options in completion._commands(core, _LOADED)
    }


@pytest.mark.parametrize("name", sorted(_KNOWN))
def test_a_known_command_is_completed_with_its_options(
    name: str, completed: dict[str, set[str]]
) -> None:
    # The shells find a name with dashes by its underscores.
    assert completed[name if name in _PROGRAMS else _plain(name)] >= _KNOWN[name]


@pytest.mark.parametrize("name", _TASKS)
@pytest.mark.parametrize("typed", [("--help", "{}"), ("{}", "--help"), ("help", "{}")])
def test_a_known_task_answers_help(
    name: str, typed: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    started = program.TaskProgram("1", namespace=_LOADED, name="Invoke", binary="i")
    with pytest.raises(SystemExit) as ended:
        started.run(["i", *(word.format(name) for word in typed)])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "Usage: i [--core-opts]" in shown
    for option in _KNOWN[name]:
        assert option.removesuffix("=") in shown


@pytest.mark.parametrize("name", _TASKS)
def test_a_known_task_takes_each_of_its_options(name: str) -> None:
    for option in _KNOWN[name]:
        typed = [option.removesuffix("="), *(["1"] if option.endswith("=") else [])]
        needed = [
            f"{flag}=1"
            for flag in ("--cmd", "--version", "--name", "--other")
            if _is_needed(name, flag) and option not in (f"{flag}=", f"{flag[1:3]}=")
        ]
        (found,) = Parser(contexts=_CONTEXTS).parse_argv([_plain(name), *needed, *typed])
        given = next(one for one in found.args.values() if typed[0] in _flags(one.names))
        assert given.got_value or given.value is True


def _flags(names: tuple[str, ...]) -> set[str]:
    return {f"-{name}" if len(name) == 1 else f"--{name}" for name in names}


def _plain(name: str) -> str:
    return name.replace("-", "_")


def _is_needed(name: str, flag: str) -> bool:
    context = next(one for one in _CONTEXTS if _plain(name) in (one.name, *one.aliases))
    return any(flag in _flags(one.names) for one in context.positional_args)
