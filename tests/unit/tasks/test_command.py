"""What every task of ours does with what is typed, by way of invoke's own parser."""

import argparse
from collections.abc import Iterator
from typing import Any

import pytest
from invoke.collection import Collection
from invoke.config import Config
from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.parser.parser import Parser
from invoke.tasks import task

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.version import Part
from helpers.system.host import Host
from helpers.tasks import program
from helpers.tasks.command import CommandTask, UsageError, command
from helpers.tasks.namespace import namespace
from helpers.tasks.options import OneDir, Options, required, rest, words
from helpers.tasks.test_command import run_command_line
from helpers.tasks.test_options import command_line_parser
from helpers.tasks.values import read_choice

TASKS = sorted(set(namespace.tasks.values()), key=lambda item: item.name)


_CONTEXTS = {context.name: context for context in namespace.to_contexts()}


def _options(*kinds: type) -> list[Any]:
    return list(_found(kinds))


def _found(kinds: tuple[type, ...]) -> Iterator[Any]:
    for item in TASKS:
        for argument in item.get_arguments():
            if argument.kind in kinds:
                yield pytest.param(item, argument, id=f"{item.name}-{argument.names[0]}")


def _needed(item: CommandTask, but: str) -> list[str]:
    """Values for the options without which the task is not started."""
    arguments = [one for one in item.get_arguments() if one.positional and one.kind is str]
    return [f"--{one.names[0]}=1" for one in arguments if one.names[0] != but]


def _received(item: CommandTask, *args: str) -> dict[str, Any]:
    """What the body of the task would be called with."""
    (found,) = Parser(contexts=[_CONTEXTS[item.name]]).parse_argv([item.name, *args])
    return found.as_kwargs


def test_all_tasks_are_of_the_kind_that_checks_what_is_typed() -> None:
    assert TASKS
    assert all(isinstance(item, CommandTask) for item in TASKS)


@pytest.mark.parametrize(("item", "argument"), _options(list))
def test_option_that_may_be_repeated_gives_its_values_whole(
    item: CommandTask, argument: Argument
) -> None:
    option, key = f"--{argument.names[0]}", argument.name or ""
    rest = _needed(item, argument.names[0])
    assert _received(item, *rest, option, "attrs")[key] == ["attrs"]
    assert _received(item, *rest, option, "attrs", option, "idna")[key] == ["attrs", "idna"]
    assert _received(item, *rest, f"{option}=attrs", f"{option}=idna")[key] == ["attrs", "idna"]
    assert not _received(item, *rest)[key]


def test_no_option_is_of_a_kind_that_takes_a_text_apart() -> None:
    kinds = {argument.kind for item in TASKS for argument in item.get_arguments()}
    assert kinds <= {str, bool, int, list}


@pytest.mark.parametrize(("item", "argument"), _options(str, int, list))
@pytest.mark.parametrize("empty", ["", "  ", "\t"])
def test_an_empty_value_is_a_mistake(item: CommandTask, argument: Argument, empty: str) -> None:
    option = f"--{argument.names[0]}"
    for args in ([option, empty], [f"{option}={empty}"]):
        with pytest.raises(UsageError, match=f"{option} needs a value") as caught:
            _received(item, *_needed(item, argument.names[0]), *args)
        assert caught.value.code == 2
        assert not argument.positional or "leave" not in str(caught.value)


@pytest.mark.parametrize(
    ("args", "fix"),
    [
        (["docker_cmd", "--cmd="], '--cmd "python --version"'),
        (["docker_build_local_image", "--message="], '--message "Add pandas"'),
        (["dependency_add", "--package="], "--package requests"),
        (["runnable_dir_rename", "--to="], "--to apps/prediction"),
        (["docker_logs", "--dir="], "leave --dir out for the default, or give it a value"),
    ],
)
def test_an_empty_value_of_what_is_needed_is_told_with_what_to_write(
    args: list[str], fix: str
) -> None:
    with pytest.raises(UsageError) as caught:
        _received(namespace.tasks[args[0]], *args[1:])
    assert str(caught.value).endswith(f"fix:   {fix}")


@pytest.mark.parametrize(("item", "argument"), _options(int))
@pytest.mark.parametrize("text", ["-1", "x", "1.5", "inf", "nan", "\u00b2", "9" * 5000])
def test_a_number_that_makes_no_sense_is_a_mistake(
    item: CommandTask, argument: Argument, text: str
) -> None:
    option = f"--{argument.names[0]}"
    with pytest.raises(UsageError, match=option):
        _received(item, *_needed(item, argument.names[0]), f"{option}={text}")


@pytest.mark.parametrize("item", TASKS, ids=lambda item: item.name)
def test_dry_of_invoke_is_refused_before_anything_is_done(item: CommandTask) -> None:
    context = Context(Config(overrides={"run": {"dry": True}}))
    with pytest.raises(UsageError, match="nothing was done") as caught:
        item(context)
    dry_run = any(one.name == "dry_run" for one in item.get_arguments())
    fix = f"i {item.name} --dry-run" if dry_run else f"{item.name} has no --dry-run"
    assert fix in str(caught.value)


@pytest.mark.parametrize("option", ["--dir", "--changed-since", "--version", "--reuse-from"])
def test_known_options_of_main_pytest_are_among_those_that_take_a_value(option: str) -> None:
    assert option in _valued_options()


def _valued_options() -> list[str]:
    actions = command_line_parser("m")._actions
    return [
        action.option_strings[0]
        for action in actions
        if action.option_strings and action.nargs != 0
    ]


@pytest.mark.parametrize("option", _valued_options())
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_value_is_a_mistake_for_main_pytest(option: str, empty: str) -> None:
    parser: argparse.ArgumentParser = command_line_parser("m")
    args = [option, empty] if option.startswith("--") else [f"{option}{empty or ' '}"]
    with pytest.raises(HelpersError) as caught:
        parser.parse_args(args)
    assert option in caught.value.what
    assert caught.value.fix == "m --help" or caught.value.fix.startswith(f"{option} ")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--dir", ""], "error: --dir: "),
        (["--timeout", "soon"], "error: --timeout: 'soon' is not a number of seconds"),
        (["-n"], "error: -n: expected one argument"),
    ],
)
def test_a_mistake_for_main_pytest_ends_with_2_and_a_way_out(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(args, "./main_pytest.py") == 2
    out, err = capsys.readouterr()
    assert err.startswith(said)
    assert err.endswith("  fix:   ./main_pytest.py --help\n")
    assert out == ""


@pytest.mark.parametrize(
    ("option", "text", "fix"),
    [
        ("--stage", "prd", "--stage prod"),
        ("--platform", "linux/arm46", "--platform linux/arm64"),
        ("--sibling", "Read-Only", "--sibling read-only"),
        ("--stage", "xyz", "--stage local or --stage dev or --stage prod"),
    ],
)
def test_a_value_that_is_none_of_those_there_are_names_the_nearest(
    option: str, text: str, fix: str
) -> None:
    parser = command_line_parser("m")
    with pytest.raises(HelpersError, match=f"{option}: invalid choice: '{text}' ") as caught:
        parser.parse_args([option, text])
    assert caught.value.fix == fix
    for one in fix.split(" or "):
        parser.parse_args(one.split())


def test_a_word_that_is_none_of_a_tasks_words_names_the_nearest() -> None:
    with pytest.raises(HelpersError, match="takes one of major, minor, patch; not 'mayor'") as bump:
        read_choice(Part, "mayor", "--bump")
    assert bump.value.fix == "--bump major"
    with pytest.raises(HelpersError) as stage:
        read_choice(Stage, "", "--stage")
    assert stage.value.fix == "--stage local or --stage dev or --stage prod"


def _run(*args: str) -> int:
    runner = program.TaskProgram("1", namespace=namespace, name="Invoke", binary="i")
    with pytest.raises(SystemExit) as caught:
        runner.run(["i", *args])
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["dirss"], "there is no task 'dirss'; did you mean 'dirs'?\n  fix:   i --list"),
        (["docker_bild"], "; did you mean 'docker_build_local_image'?\n  fix:   i --list"),
        (["dirs", "--al"], "dirs has no option '--al'"),
        (["docker_bash", "--dri", "x"], "has no option '--dri'; did you mean '--dir'?"),
        (["docker_bash", "--dri=x"], "has no option '--dri'; did you mean '--dir'?"),
        (["docker_bash", "--hlep"], "has no option '--hlep'; did you mean '--help'?"),
        (["docker_logs", "--fallow"], "did you mean '--follow'?\n  fix:   i --help docker_logs"),
        (["--lst"], "i has no option '--lst'; did you mean '--list'?\n  fix:   i --help"),
        (["docker_cmd"], 'needs --cmd\n  fix:   i docker_cmd --cmd "python --version"'),
        (
            ["docker_rollback_prod_image", "--dir", "a b", "--registry", "x", "--dry-run"],
            "needs --version\n  fix:   i docker_rollback_prod_image --version 1.2.0 --dir 'a b'"
            " --registry x --dry-run   (i docker_images lists the versions)",
        ),
        (["docker_clean", "--older-than"], "--older-than needs a value"),
        (["dependency_update", "--package"], "--package needs a value"),
        (["dependency_update", "--package", "--dir", "x"], "--package needs a value"),
        (["docker_logs", "--dir", "a", "--dir", "b"], "--dir takes one value, and is given twice"),
        (["docker_logs", "--dir=a", "--dir=b"], "--dir takes one value, and is given twice"),
        (["docker_cmd", "--dir", "a", "--dir", "b"], "--dir takes one value, and is given twice"),
        (["docker_cmd", "--dir=a", "--dir=b", "--cmd", "c"], "--dir takes one value, and is given"),
        (["docker_cmd", "--cmdd", "x"], "docker_cmd has no option '--cmdd'; did you mean '--cmd'?"),
        (["docker_cmd", "--cmdd=x"], "docker_cmd has no option '--cmdd'; did you mean '--cmd'?"),
        (["docker_cmd", "--nope"], "docker_cmd has no option '--nope'"),
        (["docker_cmd", "--debug"], "--debug is an option of i itself, not of docker_cmd"),
        (["docker_cmd", "-w", "--cmd", "x"], "--warn-only has no effect on docker_cmd"),
        (["dependency_add", "pkg"], "after an option\n  fix:   i dependency_add --package pkg"),
        (["docker_bash", "/"], "takes it after an option\n  fix:   i docker_bash --dir /"),
        (
            ["dependency_add", "docker_bahs"],
            "there is no task 'docker_bahs'; did you mean 'docker_bash'?",
        ),
        (["docker_logs", "--dir", ""], "--dir needs a value, and this one is empty"),
        (["--help", "nix"], "there is no task 'nix'"),
        (["--command-timeout", "x", "dirs"], "an option takes a number"),
        (["--dry", "git_clean", "--yes"], "nothing was done\n  fix:   i git_clean --dry-run"),
        (["docker_kill", "--all", "-R"], "docker_kill has no --dry-run"),
        (["git_clean", "-e"], "--echo has no effect on git_clean: nothing was done"),
        (["-w", "dirs"], "--warn-only has no effect on dirs"),
        (["-T", "3", "dirs"], "--command-timeout has no effect on dirs"),
        (["--hide", "both", "dirs"], "--hide has no effect on dirs"),
        (["-p", "dirs"], "--pty has no effect on dirs"),
        (["dirs", "-D", "2"], "--list-depth has no effect on dirs"),
        (["dirs", "-F", "json"], "--list-format has no effect on dirs"),
        (["--prompt-for-sudo-password", "dirs"], "--prompt-for-sudo-password has no effect"),
    ],
)
def test_a_mistake_of_the_command_line_ends_with_2_and_a_way_out(
    args: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*args) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 2
    assert out == ""


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("docker_cmd --help", "docker_cmd"),
        ("docker_cmd -h", "docker_cmd"),
        ("docker_cmd --dir . --help", "docker_cmd"),
        ("docker_cmd --dir . -h", "docker_cmd"),
        ("docker_cmd --dir --help", "docker_cmd"),
        ("docker_cmd --help --dir", "docker_cmd"),
        ("docker_cmd --cmd x --help", "docker_cmd"),
        ("docker_cmd --help dirs", "docker_cmd"),
        ("docker_cmd --nope --help", "docker_cmd"),
        ("promote_accept --dir D --help", "promote_accept"),
        ("dirs --nope --help", "dirs"),
        ("dirs docker_cmd --help", "docker_cmd"),
        ("ci_run lint --help", "ci_run"),
        ("run --dir . --help", "docker_run"),
        ("--help docker_cmd", "docker_cmd"),
        ("--help docker_cmd --dir .", "docker_cmd"),
        ("-h docker_cmd", "docker_cmd"),
        ("help docker_cmd --help", "docker_cmd"),
    ],
)
def test_help_is_shown_wherever_it_is_asked_for(
    typed: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*typed.split()) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"Usage: i [--core-opts] {shown} [")
    assert err == ""


@pytest.mark.parametrize("item", TASKS, ids=lambda item: item.name)
def test_each_task_shows_its_help_after_another_option(
    item: CommandTask, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [one for one in item.get_arguments() if not one.positional]
    flag = f"--{options[0].names[0]}" if options else ""
    given = [flag, *["1"] * options[0].takes_value] if options else []
    assert _run(item.name, *given, "-h") == 0
    assert f"Usage: i [--core-opts] {item.name} [" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["--cmd", "x --help"], ("x --help", ())),
        (["--cmd=--help"], ("--help", ())),
        (["--cmd", "x", "--", "--help", "-h"], ("x", ("--help", "-h"))),
    ],
)
def test_help_that_is_for_the_program_is_given_to_it(
    typed: list[str], given: tuple[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wanted(Options):
        cmd: str = required("the command", example="x")
        words: tuple[str, ...] = rest("the words")

    seen = []

    @command()
    def one(_: Host, wanted: Wanted) -> None:
        seen.append((wanted.cmd, wanted.words))

    argv = ["i", "one", *typed]
    monkeypatch.setattr("sys.argv", argv)
    runner = program.TaskProgram("1", namespace=Collection(one), name="Invoke", binary="i")
    runner.run(argv, exit=False)
    assert seen == [given]


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["--names", "a", "-3"], (["a"], "-3")),
        (["--names", "-h", "--by", "--help"], (["-h"], "--help")),
    ],
)
def test_what_a_repos_own_task_is_given_stays(
    typed: list[str], given: tuple[list[str], str]
) -> None:
    seen = []

    @task(iterable=["names"])
    def own(_: Context, names: list[str], by: str) -> None:
        seen.append((names, by))

    runner = program.TaskProgram("1", namespace=Collection(own), name="Invoke", binary="i")
    runner.run(["i", "own", *typed], exit=False)
    assert seen == [given]


def test_a_repos_own_task_shows_its_help_unless_it_has_such_an_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen = []

    @task
    def plain(_: Context, by: str) -> None:
        seen.append(by)

    @task
    def own(_: Context, host: str) -> None:
        seen.append(host)

    runner = program.TaskProgram("1", namespace=Collection(plain, own), name="Invoke", binary="i")
    runner.run(["i", "own", "-h", "here"], exit=False)
    assert seen == ["here"]
    with pytest.raises(SystemExit):
        runner.run(["i", "plain", "--help"])
    assert "Usage: i [--core-opts] plain" in capsys.readouterr().out
    assert seen == ["here"]


def test_what_invoke_does_with_lists_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--list", "-F", "json") == 0
    assert '"dirs"' in capsys.readouterr().out


def test_invoke_itself_ends_with_2_as_well() -> None:
    error = UsageError("wrong", "right")
    assert isinstance(error, Exit)
    assert isinstance(error, ParseError)
    assert (error.code, error.message, str(error)) == (2, None, "error: wrong\n  fix:   right")


def test_words_behind_two_dashes_reach_the_program_as_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Wanted(Options):
        words: tuple[str, ...] = rest("the words")

    given = []

    @command(verb="go")
    def one(_: Host, wanted: Wanted) -> None:
        given.append(wanted.words)

    argv = ["i", "go", "--", "--dir", "a  b", "--", ""]
    monkeypatch.setattr("sys.argv", argv)
    runner = program.TaskProgram("1", namespace=Collection(one), name="Invoke", binary="i")
    runner.run(argv, exit=False)
    assert given == [("--dir", "a  b", "--", "")]


def test_words_behind_two_dashes_are_refused_where_no_program_takes_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("dirs", "--", "x") == 2
    assert "error: dirs gives nothing to another program" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["go"], ("", ())),
        (["go", "a", "b=1"], ("", ("a", "b=1"))),
        (["go", "a", "--dir", "d", "b=1"], ("d", ("a", "b=1"))),
        (["go", "-d", "d", "a"], ("d", ("a",))),
        (["go", "--dir=d", "go", "@c"], ("d", ("go", "@c"))),
        (["go", "--word", "a", "b"], ("", ("a", "b"))),
    ],
)
def test_words_that_are_no_options_are_the_tasks_where_it_takes_them(
    typed: list[str], given: tuple[str, tuple[str, ...]]
) -> None:
    class Wanted(OneDir):
        word: tuple[str, ...] = words("the words")

    seen = []

    @command()
    def go(_: Host, wanted: Wanted) -> None:
        seen.append((wanted.dir, wanted.word))

    runner = program.TaskProgram("1", namespace=Collection(go), name="Invoke", binary="i")
    runner.run(["i", *typed], exit=False)
    assert seen == [given]
