"""Options that a class says once: what invoke takes, and what the task gets."""

from typing import TYPE_CHECKING, Any

import pytest
from invoke.context import Context
from invoke.parser.parser import Parser

from helpers.tasks.command import CommandTask, command
from helpers.tasks.namespace import namespace, repo_namespace
from helpers.tasks.options import OneDir, Options, option, required
from helpers.tasks.program import TaskProgram

if TYPE_CHECKING:
    from helpers.system.host import Host


class Packages(Options):
    """Comes first where a class names it last."""

    package: tuple[str, ...] = option("a package", default=(), example="requests")


class Lock(OneDir):
    """Has an option of a base."""

    all: bool = option("all of them", default=False)
    stage: str = option("local or prod", default="local")


class Add(Lock, Packages):
    """Has those of two bases, and one that must be given."""

    why: str = required("the reason", example="because")


GIVEN: list[Any] = []


@command("dependency_bring")
def bring(host: "Host", wanted: Add) -> None:
    """Bring packages."""
    GIVEN.append(wanted)


bring.add_shorthand("bring_prod", stage="prod", dir="")


@command()
def look(host: "Host") -> int:
    """Look, and find something wrong."""
    return 3


def _parsed(item: CommandTask, *args: str) -> dict[str, Any]:
    context = next(one for one in _collection().to_contexts() if one.name == item.name)
    return Parser(contexts=[context]).parse_argv([item.name, *args])[0].as_kwargs


def _collection() -> Any:
    return repo_namespace({"bring": bring, "bring_prod": bring.short[0], "look": look})


def test_options_come_in_the_order_of_the_bases_which_gives_their_short_names() -> None:
    names = [argument.names for argument in bring.get_arguments()]
    assert names[0] == ("why", "w")  # what must be given goes first, after the names are made
    assert names[1:] == [("package", "p"), ("dir", "d"), ("all", "a"), ("stage", "s")]


def test_a_task_gets_what_was_typed_and_defaults() -> None:
    bring(Context(), **_parsed(bring, "--why", "so", "-p", "one", "-p", "two", "-a"))
    wanted = GIVEN.pop()
    assert (wanted.package, wanted.dir, wanted.all, wanted.stage, wanted.why) == (
        ("one", "two"),
        "",
        True,
        "local",
        "so",
    )
    bring(Context(), why="so")
    assert GIVEN.pop().package == ()


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="Add has no option platform"):
        bring(Context(), why="so", platform="linux/amd64")


def test_a_shorthand_has_some_options_fixed_and_does_not_take_them() -> None:
    (bring_prod,) = bring.short
    assert bring_prod.__doc__ == "Short for `bring --stage prod`.\n\nBring packages."
    assert [argument.names[0] for argument in bring_prod.get_arguments()] == [
        "why",
        "package",
        "all",
    ]
    bring_prod(Context(), **_parsed(bring_prod, "--why", "so"))
    assert GIVEN.pop().stage == "prod"


def test_the_status_of_a_job_is_that_of_the_process() -> None:
    with pytest.raises(SystemExit) as ended:
        look(Context())
    assert ended.value.code == 3


@pytest.mark.parametrize("name", ["poetry_add", "poetry-add", "dependency-add"])
def test_names_of_a_task_are_taken_with_either_mark(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert namespace[name] is namespace["dependency_add"]
    with pytest.raises(SystemExit) as ended:
        TaskProgram("1", namespace=namespace, binary="i").run(["i", name, "--help"])
    assert ended.value.code == 0
    assert "dependency_add [--options]" in capsys.readouterr().out
