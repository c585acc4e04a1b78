"""Where a runnable dir may be put."""

from pathlib import Path

import pytest

from helpers.adoption.new_dir_place import find_code, find_place, names_of_images
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import add_submodule, make_host, make_repo, make_runnable_dir, write_files


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repo with a runnable dir, a folder of code, and rules of git on what it ignores."""
    made = make_repo(tmp_path / "repo", {"code/a.py": "", ".gitignore": "build/\n"})
    make_runnable_dir(made, "apps/there")
    return made


def _refusal(repo: Repo, wanted: str, directory: Path | None = None) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        find_place(repo, make_host(directory or repo.root), wanted, "--dir")
    return caught.value


def test_a_path_is_relative_to_where_the_user_stands(repo: Repo) -> None:
    found = find_place(repo, make_host(repo.root / "apps"), "forecast", "--dir")
    assert found.name == "apps/forecast"


def test_from_outside_the_repo_a_path_is_relative_to_its_root(repo: Repo, tmp_path: Path) -> None:
    assert find_place(repo, make_host(tmp_path), "apps/forecast", "--dir").name == "apps/forecast"


def test_an_empty_directory_will_do(repo: Repo) -> None:
    (repo.root / "apps/empty").mkdir()
    assert find_place(repo, make_host(repo.root), "apps/empty", "--dir").name == "apps/empty"


def test_a_dir_may_stand_within_another(repo: Repo) -> None:
    found = find_place(repo, make_host(repo.root), "apps/there/inner", "--dir")
    assert found.name == "apps/there/inner"


def test_a_runnable_dir_is_not_made_again(repo: Repo) -> None:
    refusal = _refusal(repo, "apps/there")
    assert "runnable dir already" in refusal.what
    assert refusal.fix.startswith("i runnable_dir_update --dir apps/there")


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("", "--dir is required"),
        ("code", "not empty"),
        ("code/a.py", "is a file"),
        ("code/a.py/b", "a.py is a file"),
        ("../other", "outside the repo"),
        ("apps/there/devops/new", "within devops/"),
        ("build/new", "git ignores build/new"),
    ],
)
def test_where_it_cannot_be_is_said(repo: Repo, wanted: str, what: str) -> None:
    refusal = _refusal(repo, wanted)
    assert what in refusal.what
    assert refusal.fix


def test_the_rules_of_a_submodule_say_what_git_ignores_in_it(repo: Repo, tmp_path: Path) -> None:
    make_repo(tmp_path / "inner", {".gitignore": "secret/\n"})
    add_submodule(repo.root, "inner", tmp_path / "inner")
    assert "git ignores inner/secret" in _refusal(repo, "inner/secret").what
    assert find_place(repo, make_host(repo.root), "inner/new", "--dir").name == "inner/new"


def test_the_toolchains_own_checkout_is_no_place(tmp_path: Path) -> None:
    made = make_repo(tmp_path / "repo")
    write_files(made.root, {"helpers_root/README.md": ""})
    repo = Repo(made.root, made.root / "helpers_root", made.config)
    assert "toolchain's own checkout" in _refusal(repo, "helpers_root/apps/new").what


def test_images_are_known_by_their_dirs(repo: Repo) -> None:
    assert names_of_images(repo) == {"there": "apps/there"}


def test_code_is_found_where_it_stands_and_a_runnable_dir_too(repo: Repo) -> None:
    for name, stands, wanted in (
        ("code", repo.root, "code"),
        ("code", repo.root / "code", "."),
        ("apps/there", repo.root / "apps", "there"),
        (".", repo.root, "."),
    ):
        assert find_code(repo, make_host(stands), wanted, "--dir").name == name


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("", "--dir is required"),
        ("gone", "there is no directory 'gone'"),
        ("code/a.py", "there is no directory"),
        ("../other", "outside the repo"),
        ("apps/there/devops", "within devops/"),
        ("build/made", "git ignores build/made"),
    ],
)
def test_what_is_no_code_of_the_repo_is_refused(repo: Repo, wanted: str, what: str) -> None:
    (repo.root / "build" / "made").mkdir(parents=True)
    with pytest.raises(HelpersError, match=what) as caught:
        find_code(repo, make_host(repo.root), wanted, "--dir")
    assert caught.value.fix
