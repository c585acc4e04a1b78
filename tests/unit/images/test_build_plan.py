from datetime import date
from pathlib import Path

import pytest

from helpers.images.build_plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.version import Part, Version
from tests.builders import make_host, make_repo, make_runnable_dir, write_files

TODAY = date(2026, 3, 4)


def plan(repo: Repo, options: BuildOptions) -> BuildPlan:
    runnable_dir = repo.runnable_dir("app")
    text = runnable_dir.changelog.read_text()
    return plan_build(repo, runnable_dir, make_host(repo.root), BuildSources(text, TODAY), options)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo")
    make_runnable_dir(made, "app", versions=("1.2.3",))
    return made


def test_without_options_the_changelogs_version_is_built(repo: Repo) -> None:
    planned = plan(repo, BuildOptions())
    assert planned.reference == "app:local-tester-1.2.3"
    assert planned.new_changelog == ""


def test_a_bump_plans_the_entry_that_will_be_written(repo: Repo) -> None:
    planned = plan(repo, BuildOptions(bump=Part.MINOR, message="Add pandas"))
    assert planned.reference == "app:local-tester-1.3.0"
    assert planned.new_changelog.startswith("# app-1.3.0\n- 2026-03-04\n- Add pandas\n")
    assert planned.new_changelog.endswith(planned.old_changelog)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (BuildOptions(version=Version(1, 2, 2)), "never go backwards"),
        (BuildOptions(version=Version(1, 3, 0)), "is not the changelog's 1.2.3"),
        (BuildOptions(version=Version(1, 2, 3), bump=Part.MAJOR, message="x"), "exclude"),
        (BuildOptions(bump=Part.MAJOR), "needs a message"),
        (BuildOptions(message="x"), "no --bump"),
    ],
)
def test_contradicting_options_are_errors(repo: Repo, options: BuildOptions, what: str) -> None:
    with pytest.raises(HelpersError, match=what):
        plan(repo, options)


def test_a_dockerfile_of_the_dirs_own_wins(repo: Repo) -> None:
    own = repo.root / "app" / "devops" / "Dockerfile"
    assert plan(repo, BuildOptions()).dockerfile == repo.toolchain / "devops" / "Dockerfile"
    own.write_text("FROM scratch\n")
    assert plan(repo, BuildOptions()).dockerfile == own


def test_source_code_does_not_change_the_content_and_dependencies_do(repo: Repo) -> None:
    before = plan(repo, BuildOptions()).content
    write_files(repo.root / "app", {"src/main.py": "x = 1\n"})
    assert plan(repo, BuildOptions()).content == before
    write_files(repo.root / "app", {"requirements.txt": "x==1\n"})
    assert plan(repo, BuildOptions()).content != before


def test_os_packages_reach_the_build_sorted_and_once(repo: Repo) -> None:
    write_files(repo.root / "app", {"devops/os_packages.txt": "zsh # a shell\n\nfile zsh\n"})
    assert plan(repo, BuildOptions()).args["OS_PACKAGES"] == "file zsh"


def test_a_malformed_os_package_is_an_error_with_its_line(repo: Repo) -> None:
    write_files(repo.root / "app", {"devops/os_packages.txt": "zsh\n$(reboot)\n"})
    with pytest.raises(HelpersError) as caught:
        plan(repo, BuildOptions())
    assert caught.value.where == "app/devops/os_packages.txt:2"
