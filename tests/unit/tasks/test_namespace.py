"""The toolchain's tasks beside those of a repo, as invoke takes them."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from invoke.collection import Collection
from invoke.context import Context
from invoke.parser import Parser
from invoke.tasks import task

from helpers.tasks.namespace import namespace, repo_namespace, tasks_of
from tests.builders import write_files


@task
def build_docs(context: Context) -> None:
    """Build the pages."""


@task
def docker_bash(context: Context) -> None:
    """Our own.

    With more to say.
    """


@task(name="test", aliases=["dep"])
def check_pages(context: Context) -> None:
    """A short name that is one of ours, too."""


@task(name="lint")
def check_all(context: Context) -> None:  # without a docstring
    pass


def _loaded(collection: Collection, *, dashes: bool) -> Collection:
    """What invoke makes of a module with this collection."""
    module = ModuleType("tasks")
    vars(module)["namespace"] = collection
    return Collection.from_module(module, auto_dash_names=dashes)


@pytest.mark.parametrize("dashes", [True, False])
def test_names_are_as_written_whatever_invoke_is_told(dashes: bool) -> None:
    loaded = _loaded(repo_namespace({"build_docs": build_docs}), dashes=dashes)
    assert {"build_docs", "docker_bash", "dirs"} <= set(loaded.task_names)
    assert not [name for name in loaded.task_names if "-" in name]
    parsed = Parser(contexts=loaded.to_contexts()).parse_argv(["build_docs", "docker_bash"])
    assert [found.name for found in parsed] == ["build_docs", "docker_bash"]
    assert loaded["build_docs"].body is vars(build_docs)["body"]
    assert {item["name"] for item in loaded.serialized()["tasks"]} == set(loaded.task_names)


@pytest.mark.parametrize("dashes", [True, False])
def test_a_repos_own_tasks_keep_the_names_that_invoke_gave_them(dashes: bool) -> None:
    loaded = _loaded(repo_namespace({"build_docs": build_docs}, dashes=True), dashes=dashes)
    assert ("build-docs" if dashes else "build_docs") in loaded.task_names
    assert "docker_bash" in loaded.task_names


@pytest.mark.parametrize("dashes", [True, False])
def test_a_task_of_the_same_name_takes_the_place_of_ours_and_says_so(dashes: bool) -> None:
    scope = {"docker_bash": docker_bash, "check_all": check_all}
    joined = _loaded(repo_namespace(scope, dashes=dashes), dashes=dashes)
    own = [item for item in joined.tasks.values() if item.name.replace("-", "_") == "docker_bash"]
    assert [item.body for item in own] == [vars(docker_bash)["body"]]
    assert joined["lint"].body is vars(check_all)["body"]
    for name in ("docker_bash", "lint"):
        text = joined[name].__doc__ or ""
        assert "(in place of helpers')" in text.splitlines()[0]
    assert "With more to say." in (joined["docker_bash"].__doc__ or "")


def test_ours_stay_as_they_are_for_others() -> None:
    before = dict(namespace.tasks)
    repo_namespace({"docker_bash": docker_bash})
    assert dict(namespace.tasks) == before
    assert "this repo's own" not in (namespace["docker_bash"].__doc__ or "")


def test_what_a_module_imports_of_ours_is_not_its_own() -> None:
    ours = namespace["doctor"]
    joined = repo_namespace({"doctor": ours})
    assert "this repo's own" not in (joined["doctor"].__doc__ or "")


@pytest.mark.parametrize("name", ["ns", "namespace"])
def test_a_collection_of_the_repos_own_is_joined_with_all_that_it_has(name: str) -> None:
    inner = Collection("pages", build_docs)
    own = Collection(build_docs, pages=inner)
    own.configure({"color": "red"})
    own.default = "build-docs"
    loaded = _loaded(repo_namespace({name: own, "unlisted": check_all}, dashes=True), dashes=True)
    assert {"build-docs", "pages.build-docs", "docker_bash"} <= set(loaded.task_names)
    assert loaded["lint"].body is not vars(check_all)["body"]
    assert loaded.configuration() == {"color": "red"}
    assert loaded.default == "build-docs"


@pytest.mark.parametrize("name", ["tasks.py", "tasks/__init__.py"])
def test_tasks_of_a_module_of_the_repos_own_are_loaded_with_what_is_beside_it(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setitem(sys.modules, "tasks", ModuleType("tasks"))
    own = "from invoke import task\nimport beside_it\n@task\ndef own_one(c):\n    pass\n"
    write_files(tmp_path, {name: own, f"{Path(name).parent}/beside_it.py": ""})
    monkeypatch.delitem(sys.modules, "beside_it", raising=False)
    assert "own_one" in repo_namespace(tasks_of(tmp_path / name)).task_names
    monkeypatch.delitem(sys.modules, "beside_it")


def test_a_short_name_means_what_the_repo_means_by_it_and_else_what_we_do() -> None:
    joined = _loaded(repo_namespace({"check_pages": check_pages}), dashes=False)
    assert joined["test"].body is vars(check_pages)["body"]
    assert joined["dep"].body is vars(check_pages)["body"]
    assert joined["run"].name == "docker_run"
    assert joined["run_tests"].name == "run_tests"
    again = _loaded(repo_namespace({}), dashes=False)
    assert (again["test"].name, again["dep"].name) == ("run_tests", "dependency_install")
    assert {"run_tests", "docker_build_prod_image", "clean"} <= set(again.task_names)
