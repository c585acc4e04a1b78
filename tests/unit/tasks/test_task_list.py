"""The tasks as `i` lists them: by the user's job, a line each, as wide as a terminal."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import Task, task

from helpers.console.task_list import shortened
from helpers.tasks import program
from helpers.tasks.command import CommandTask
from helpers.tasks.namespace import GROUPS, is_short, namespace, repo_namespace

_MODULES = sorted(path.stem for path in Path(program.__file__).parent.glob("*.py"))


@task
def own(context: Context) -> None:
    """A task that says more about itself than any terminal of eighty columns has room for."""


@task(aliases=["pages"])
def build_docs(context: Context) -> None:
    """Build the pages."""


def _listed(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, *args: str, width: int = 80
) -> None:
    monkeypatch.setattr(program, "pty_size", lambda: (width, 24))
    started = program.TaskProgram("1", namespace=collection, name="Invoke", binary="i")
    with pytest.raises(SystemExit) as ended:
        started.run(["i", *args])
    assert ended.value.code == 0


@pytest.mark.parametrize("name", _MODULES)
def test_no_task_lacks_a_group(name: str) -> None:
    module = import_module(f"helpers.tasks.{name}")
    tasks = [item for item in vars(module).values() if isinstance(item, Task)]
    assert [item.name for item in tasks if item not in namespace.tasks.values()] == []
    assert all(isinstance(item, CommandTask) and item.group in GROUPS for item in tasks)


@pytest.mark.parametrize("args", [(), ("--list",)])
def test_each_task_has_a_line_of_whole_clauses_below_its_group(
    args: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(namespace, monkeypatch, *args)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.endswith("...")] == []
    assert [line for line in lines[1:] if line and not line.startswith(" ")] == list(GROUPS)
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(names) == sorted(
        name for name, item in namespace.tasks.items() if not is_short(item) or item.verb
    )
    assert len(GROUPS) <= 9


def test_a_wide_terminal_shows_all_that_a_task_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(namespace, monkeypatch, width=200)
    assert "Get the base images: found, pulled, or made from packages." in capsys.readouterr().out


def test_the_repos_own_tasks_come_last_with_aliases_default_and_what_is_below(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = Collection(build_docs, own, sub=Collection(own), auto_dash_names=False)
    mine.default = "own"
    _listed(repo_namespace({"ns": mine}), monkeypatch, "--list")
    ours, found, theirs = capsys.readouterr().out.partition("\nthis repo's own\n")
    assert found
    assert "docker_bash" in ours
    assert theirs.splitlines() == [
        "  build_docs (pages)             Build the pages.",
        "  own                            A task that says more about itself than any...",
        "  sub.own                        A task that says more about itself than any...",
        "",
        "Default task: own",
    ]


def test_what_has_none_of_our_tasks_is_listed_as_invoke_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(Collection(build_docs, auto_dash_names=False), monkeypatch)
    assert "this repo's own" not in capsys.readouterr().out


def test_programs_get_the_list_as_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(namespace, monkeypatch, "--list", "--list-format=json")
    tasks = json.loads(capsys.readouterr().out)["tasks"]
    assert {item["name"] for item in tasks} == set(namespace.tasks)


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "Add packages: of one dir; or of all."),
        (30, "Add packages: of one dir."),
        (20, "Add packages."),
        (8, "Add..."),
        (0, "..."),
    ],
)
def test_a_text_is_shortened_to_the_clauses_that_fit(width: int, shown: str) -> None:
    assert shortened("Add packages: of one dir; or of all.", width) == shown


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("rollback",), ["docker_rollback_dev_image", "docker_rollback_prod_image"]),
        (("rollback", "PROD"), ["docker_rollback_prod_image"]),
        (("team's", "release"), ["docker_release_dev_image"]),
        (("--keep",), ["docker_clean"]),
        (("the", "pages"), ["build_docs (pages)"]),
    ],
)
def test_help_finds_tasks_by_words_of_their_name_or_help(
    words: tuple[str, ...],
    found: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    collection = repo_namespace({"build_docs": build_docs})
    _listed(collection, monkeypatch, "help", *words)
    shown = capsys.readouterr().out.splitlines()
    names = [line[2:].split("  ")[0] for line in shown if line.startswith("  ")]
    assert set(found) <= set(names)
    assert len(names) < 8


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("docker_bash", "docker_bash"),
        ("docker-bash", "docker_bash"),
        ("build_docs", "build_docs"),
        ("pages", "build_docs"),
        ("dependency-add", "dependency_add"),
    ],
)
def test_help_of_a_task_is_what_it_takes(
    word: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(repo_namespace({"build_docs": build_docs}), monkeypatch, "help", word)
    assert f"Usage: i [--core-opts] {name}" in capsys.readouterr().out


def test_help_alone_lists_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _listed(namespace, monkeypatch, "help")
    alone = capsys.readouterr().out
    _listed(namespace, monkeypatch, "--list")
    assert alone == capsys.readouterr().out


def test_help_that_finds_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    started = program.TaskProgram("1", namespace=namespace, name="Invoke", binary="i")
    with pytest.raises(SystemExit) as ended:
        started.run(["i", "help", "nosuchword"])
    assert ended.value.code == 2
    assert "no task has 'nosuchword' in its name or its help" in capsys.readouterr().err
