"""What a new repo may be made in, which of its names are taken, and what it needs."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from helpers.model.errors import HelpersError
from helpers.model.events import Event, Notice
from helpers.model.new_repo import Answers
from helpers.model.settings.repo_defaults import RepoDefaults
from helpers.new_repo.plan import (
    check_names_free,
    check_needs,
    find_questions,
    find_source,
    make_names,
    make_plan,
    new_repo,
)
from helpers.new_repo.request import NewRepo
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import GIT_ENVIRONMENT, git, make_host, make_repo, write_files
from tests.forges import FakeForge

_PAGE = {
    "meta": {"api-version": "1.0"},
    "name": "shop",
    "files": [{"filename": "shop-1.0.tar.gz", "url": "shop-1.0.tar.gz", "hashes": {}}],
}


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIT_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def server() -> Iterator[FakeForge]:
    """An index, or a forge."""
    with FakeForge({}) as made:
        yield made


def _new(root: Path, **given: Any) -> NewRepo:
    toolchain = root.parent / "tool"
    if not toolchain.exists():
        make_repo(toolchain)
        git(toolchain, "remote", "add", "origin", "../from.git")
    answers = Answers("shop", "Ann", "uv", "3.13", "library", "none")
    url, commit = find_source(toolchain)
    new = NewRepo(
        root=root,
        answers=answers,
        names=make_names(answers, RepoDefaults()),
        defaults=RepoDefaults(),
        url=url,
        commit=commit,
        toolchain=toolchain,
        host=make_host(root.parent, {"PATH": "/usr/bin:/bin"}),
        today=date(2026, 1, 2),
        listen=lambda _: None,
    )
    return replace(new, **given)


def _names(new: NewRepo) -> list[str]:
    return [step.name for step in make_plan(new).local]


def test_the_steps_of_a_repo_without_a_remote(tmp_path: Path) -> None:
    new = _new(tmp_path / "not there")
    assert _names(new) == [
        *("folder", "git", "toolchain", "root dir", "adoption", "licence"),
        *("workflows", "hooks", "lock", "image", "tests", "first commit"),
    ]
    assert not new.root.exists()
    assert new.url == str(tmp_path / "from.git")
    nothing = replace(new, answers=replace(new.answers, start="nothing"))
    assert not {"root dir", "lock", "tests"} & set(_names(nothing))


def test_an_empty_folder_and_one_that_was_begun_are_taken(tmp_path: Path) -> None:
    root = tmp_path / "new"
    root.mkdir()
    assert _names(_new(root))
    git(root, "init", "--quiet")
    assert _names(_new(root))


@pytest.mark.parametrize(
    ("files", "is_repo", "said"),
    [
        ({"mine.txt": "1\n"}, False, "the folder has files"),
        ({"repo_config.yaml": "name: other\n"}, True, "another repo than shop"),
        ({"mine.txt": "1\n"}, True, "another repo than shop"),
    ],
)
def test_a_folder_with_something_else_is_left_alone(
    tmp_path: Path, files: dict[str, str | bytes], is_repo: bool, said: str
) -> None:
    root = tmp_path / "new"
    write_files(root, files)
    if is_repo:
        git(root, "init", "--quiet")
    with pytest.raises(HelpersError, match=said):
        make_plan(_new(root))


def test_a_folder_within_another_repo_is_refused(tmp_path: Path) -> None:
    make_repo(tmp_path / "outer")
    with pytest.raises(HelpersError, match="within another repo") as caught:
        make_plan(_new(tmp_path / "outer" / "apps" / "new"))
    assert str(tmp_path / "shop") in caught.value.fix


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write_files(tmp_path, {"new": "1\n"})
    with pytest.raises(HelpersError, match="it is a file"):
        make_plan(_new(tmp_path / "new"))


def test_the_folders_name_gives_no_name(tmp_path: Path) -> None:
    first, second = (make_plan(_new(tmp_path / name)) for name in ("a b", "json"))
    assert first.new.names == second.new.names


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("json", "a package cannot be called 'json': it would hide Python's module of that name"),
        ("Class", "a package cannot be called 'class': it is a keyword of Python"),
        ("sklearn", "would hide the module of scikit-learn, which the dir depends on"),
        ("pandas", "would hide the module of pandas, which the dir depends on"),
    ],
)
def test_a_package_that_would_hide_another_is_refused_with_the_reason(
    tmp_path: Path, name: str, why: str
) -> None:
    answers = Answers(name, "Ann", "uv", "3.13", "ml", "none")

    def make(answers: Answers) -> NewRepo:
        host = make_host(tmp_path)
        return new_repo(tmp_path, answers, TOOLCHAIN_ROOT, host, date(2026, 1, 2), lambda _: None)

    with pytest.raises(HelpersError) as caught:
        make(answers)
    assert caught.value.what.endswith(why)
    assert caught.value.where == f"the project name {name!r}"
    assert caught.value.fix == f"--data name={name}_ml"
    assert make(replace(answers, name=f"{name}_ml")).names.module == f"{name.lower()}_ml"
    assert make(replace(answers, start="nothing")).names.module == name.lower()


def test_a_package_that_the_index_has_is_found_before_anything_is_made(
    tmp_path: Path, server: FakeForge
) -> None:
    new = _new(tmp_path / "new", defaults=RepoDefaults(index=server.url))
    check_names_free(make_plan(new), lambda _: None)
    server.answers["GET /shop/"] = (200, _PAGE)
    with pytest.raises(HelpersError, match="the index has a package shop already"):
        check_names_free(make_plan(new), lambda _: None)
    assert not new.root.exists()


def test_without_network_the_name_is_not_looked_up_and_that_is_told(tmp_path: Path) -> None:
    with FakeForge({}) as gone:
        address = gone.url
    new = _new(tmp_path / "new", defaults=RepoDefaults(index=address))
    told: list[Event] = []
    check_names_free(make_plan(new), told.append)
    (notice,) = told
    assert isinstance(notice, Notice)
    assert "could not be looked up" in notice.text


def test_without_a_token_nothing_is_asked_of_the_remote(tmp_path: Path) -> None:
    answers = Answers("shop", "Ann", "uv", "3.13", "nothing", "acme")
    plan = make_plan(_new(tmp_path / "new", answers=answers))
    assert plan.no_token == "GITHUB_TOKEN or GH_TOKEN"
    check_names_free(plan, lambda _: None)
    assert all(step.commands for step in plan.remote)


def test_a_repo_of_that_name_on_the_remote_is_found_before_anything_is_made(
    tmp_path: Path, server: FakeForge
) -> None:
    theirs = make_repo(tmp_path / "theirs").root
    server.answers["GET /repos/acme/shop"] = (
        200,
        {"clone_url": str(theirs), "html_url": "https://forge/acme/shop"},
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "GITHUB_TOKEN": "t",
        "GITHUB_API_URL": server.url,
        "GITHUB_REPOSITORY": "acme/job",
    }
    answers = Answers("shop", "Ann", "uv", "3.13", "nothing", "acme")
    host = make_host(tmp_path, environment)
    plan = make_plan(_new(tmp_path / "new", answers=answers, host=host))
    with pytest.raises(HelpersError, match="acme has a repo shop with other content"):
        check_names_free(plan, lambda _: None)
    assert not plan.new.root.exists()


@pytest.mark.parametrize("answer", [(401, {"message": "Bad credentials"}), (403, {})])
def test_a_forge_that_refuses_keeps_nobody_from_the_local_steps(
    tmp_path: Path, server: FakeForge, answer: tuple[int, Any]
) -> None:
    server.answers["GET /repos/acme/shop"] = answer
    environment = {"PATH": "/usr/bin:/bin", "GH_TOKEN": "t", "GITHUB_API_URL": server.url}
    answers = Answers("shop", "Ann", "uv", "3.13", "nothing", "acme")
    plan = make_plan(_new(tmp_path / "new", answers=answers, host=make_host(tmp_path, environment)))
    told: list[Event] = []
    check_names_free(plan, told.append)
    (notice,) = told
    assert isinstance(notice, Notice)
    assert f"refused with status {answer[0]}" in notice.text


def test_all_that_is_missing_is_named_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.setenv(name, "")
    environment = {"PATH": "/usr/bin:/bin", "DOCKER_HOST": "tcp://127.0.0.1:1"}
    plan = make_plan(_new(tmp_path / "new", host=make_host(tmp_path, environment)))
    with pytest.raises(
        HelpersError, match=r"git's user.name, git's user.email, a Docker"
    ) as caught:
        check_needs(plan)
    assert "git config --global user.name" in caught.value.fix
    assert "git config --global user.email" in caught.value.fix


def test_a_toolchain_that_comes_from_nowhere_is_missing_what_repos_need(tmp_path: Path) -> None:
    assert find_source(make_repo(tmp_path / "alone").root)[0] == ""
    plan = make_plan(_new(tmp_path / "new", url=""))
    with pytest.raises(HelpersError, match="missing: a remote of the toolchain") as caught:
        check_needs(plan)
    assert "remote add origin" in caught.value.fix


def test_what_a_repo_may_start_with_is_what_templates_there_are() -> None:
    asked = {
        one.key: one
        for one in find_questions(TOOLCHAIN_ROOT, RepoDefaults(), make_host(TOOLCHAIN_ROOT))
    }
    start = asked["start"].choices
    assert {"library", "service", "worker", "cli", "nothing"} <= set(start)
    assert "project" not in start
    assert (start[0], start[-1]) == ("library", "nothing")
    assert asked["lock"].choices == ("uv", "poetry", "conda")
    assert asked["author"].default
