"""A dir gets another name: what is moved, adapted and said; on real git repos."""

from pathlib import Path

import pytest

from helpers.adoption.moving.rename import Rename, plan_rename, rename_dir
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.managed_files import written
from helpers.managed_files.file_states import FileState, put_state
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.repo_files import read_changelog
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)

_PROJECT = '[project]\nname = "{name}"\n\n[tool.poetry.dependencies]\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """`apps/user` needs `libs/text` in every way that there is, and that needs `libs/base`."""
    made = make_repo(tmp_path / "my repo")
    make_runnable_dir(
        made,
        "apps/user",
        {
            "devops/config.yaml": "# what it needs\ndepends_on:\n  - libs/text   # words\n",
            "pyproject.toml": _PROJECT.format(name="user")
            + 'text = { path = "../../libs/text", develop = true }  # ours\n',
            "poetry.lock": "",
            "requirements.txt": "-e ../../libs/text\n-e ../../libs/texts\n",
        },
    )
    make_runnable_dir(
        made,
        "libs/text",
        {
            "pyproject.toml": _PROJECT.format(name="text") + 'base = { path = "../base/" }\n',
            ".copier-answers.yml": "_commit: 1\nimage_name: text\npackage: text\n",
        },
        versions=("1.1.0", "1.0.0"),
    )
    write_files(made.root, {"libs/base/pyproject.toml": "", "libs/texts/pyproject.toml": ""})
    commit_all(made.root)
    return made


def _plan(repo: Repo, old: str, new: str, *, keep_image: bool = False) -> Rename:
    dirs = repo.runnable_dir(old), repo.runnable_dir(new)
    return plan_rename(repo, *dirs, keep_image=keep_image)


def _refusal(repo: Repo, old: str, new: str) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        _plan(repo, old, new)
    return caught.value


def test_all_that_needs_the_dir_finds_it_and_the_rest_stays_byte_for_byte(repo: Repo) -> None:
    lost = rename_dir(repo, _plan(repo, "libs/text", "shared/words"))
    assert lost == []
    user = repo.root / "apps/user"
    assert (user / "devops/config.yaml").read_text() == (
        "# what it needs\ndepends_on:\n  - shared/words   # words\n"
    )
    assert 'text = { path = "../../shared/words", develop = true }  # ours\n' in (
        (user / "pyproject.toml").read_text()
    )
    assert (user / "requirements.txt").read_text() == "-e ../../shared/words\n-e ../../libs/texts\n"
    found = read_repo_inputs(repo, keep=False)
    assert {"shared/words", "libs/base", "libs/texts"} < set(found.of("apps/user").roots)
    assert found.missing == ()


def test_its_own_paths_lead_where_they_led(repo: Repo) -> None:
    rename_dir(repo, _plan(repo, "libs/text", "a/b/words"))
    project = (repo.root / "a/b/words/pyproject.toml").read_text()
    assert 'base = { path = "../../../libs/base/" }' in project


def test_what_git_does_not_track_goes_along(repo: Repo) -> None:
    write_files(repo.root, {"libs/text/new.py": "work", ".gitignore": "*.secret\n"})
    write_files(repo.root, {"libs/text/a.secret": "mine"})
    rename_dir(repo, _plan(repo, "libs/text", "libs/words"))
    assert (repo.root / "libs/words/new.py").read_text() == "work"
    assert (repo.root / "libs/words/a.secret").read_text() == "mine"
    assert not (repo.root / "libs/text").exists()


def test_a_dir_that_git_does_not_know_yet_is_moved_too(repo: Repo) -> None:
    make_runnable_dir(repo, "young/one")
    rename_dir(repo, _plan(repo, "young/one", "old/one"))
    assert (repo.root / "old/one/changelog.txt").is_file()
    assert not (repo.root / "young").exists()


def test_one_commit_holds_all_of_it(repo: Repo) -> None:
    rename_dir(repo, _plan(repo, "libs/text", "libs/words"))
    assert git(repo.root, "diff", "--name-only") == ""
    assert "libs/text/" not in git(repo.root, "ls-files")


def test_work_that_was_not_staged_is_not_staged(repo: Repo) -> None:
    config = repo.root / "apps/user/devops/config.yaml"
    config.write_text(config.read_text() + "dind: true\n")
    rename_dir(repo, _plan(repo, "libs/text", "libs/words"))
    assert git(repo.root, "diff", "--name-only") == "apps/user/devops/config.yaml"
    assert config.read_text().endswith("- libs/words   # words\ndind: true\n")


def test_an_image_that_was_named_after_the_dir_goes_with_it(repo: Repo) -> None:
    plan = _plan(repo, "libs/text", "libs/Many Words")
    rename_dir(repo, plan)
    changelog = read_changelog(repo.runnable_dir("libs/Many Words"))
    assert plan.image == ("text", "many_words")
    assert [entry.image_name for entry in changelog.entries] == ["many_words", "many_words"]
    answers = (repo.root / "libs/Many Words/.copier-answers.yml").read_text()
    assert answers == "_commit: 1\nimage_name: many_words\npackage: text\n"


def test_an_image_keeps_a_name_of_its_own_and_where_that_is_asked_for(repo: Repo) -> None:
    make_runnable_dir(repo, "apps/site", image_name="company-site")
    assert _plan(repo, "apps/site", "apps/web").image == ("company-site", "company-site")
    assert _plan(repo, "libs/text", "libs/words", keep_image=True).image == ("text", "text")
    assert _plan(repo, "libs/text", "shared/text").image == ("text", "text")


def test_an_image_that_another_dir_has_is_not_taken(repo: Repo) -> None:
    make_runnable_dir(repo, "other", image_name="words")
    assert _plan(repo, "libs/text", "libs/words").image == ("text", "libs_words")
    make_runnable_dir(repo, "third", image_name="libs_words")
    assert "'libs_words' is that of third" in _refusal(repo, "libs/text", "libs/words").what


def test_dirs_within_it_move_with_it(repo: Repo) -> None:
    make_runnable_dir(repo, "libs/text/inner")
    write_files(repo.root, {"apps/user/devops/config.yaml": "depends_on: [libs/text/inner]\n"})
    rename_dir(repo, _plan(repo, "libs/text", "words"))
    text = (repo.root / "apps/user/devops/config.yaml").read_text()
    assert text == "depends_on: [words/inner]\n"


def test_what_is_locked_by_path_is_to_be_locked_again(repo: Repo) -> None:
    plan = _plan(repo, "libs/text", "libs/words")
    assert plan.to_lock == {"apps/user": "i dependency_lock --dir apps/user"}


def test_a_member_of_a_workspace_is_named_at_its_new_place(repo: Repo) -> None:
    members = '[tool.uv.workspace]\nmembers = ["libs/text", "tools/*"]\n'
    write_files(repo.root, {"pyproject.toml": members})
    rename_dir(repo, _plan(repo, "libs/text", "libs/words"))
    text = (repo.root / "pyproject.toml").read_text()
    assert text == members.replace("libs/text", "libs/words")


def test_a_path_that_is_not_written_as_one_is_left_to_the_user(repo: Repo) -> None:
    text = '[tool.poetry]\npackages = [{ include = "text", from = "../../libs/text" }]\n'
    write_files(repo.root, {"apps/user/pyproject.toml": text})
    plan = _plan(repo, "libs/text", "libs/words")
    assert plan.by_hand == (("apps/user/pyproject.toml", "../../libs/text/text"),)
    rename_dir(repo, plan)
    assert (repo.root / "apps/user/pyproject.toml").read_text() == text


def test_links_and_texts_that_lead_there_are_named(repo: Repo) -> None:
    write_files(repo.root, {"README.md": "See libs/text, not libs/texts.\n", "b.md": "libs/texts"})
    (repo.root / "apps/user/words").symlink_to("../../libs/text/pyproject.toml")
    plan = _plan(repo, "libs/text", "libs/words")
    assert plan.links == {"apps/user/words": "../../libs/words/pyproject.toml"}
    assert plan.mentions == ("README.md",)


def test_a_dependency_that_is_lost_is_said(repo: Repo) -> None:
    (repo.root / "apps/user/words").symlink_to("../../libs/text/changelog.txt")
    lost = rename_dir(repo, _plan(repo, "libs/text", "libs/words"))
    assert [(one.source, one.target) for one in lost] == [("apps/user", "libs/text/changelog.txt")]


def test_planning_changes_nothing(repo: Repo) -> None:
    _plan(repo, "libs/text", "libs/words")
    assert git(repo.root, "status", "--porcelain") == ""


def test_a_failure_leaves_everything_as_it_was(repo: Repo) -> None:
    plan = _plan(repo, "libs/text", "shared/words")
    config = repo.root / "apps/user/devops/config.yaml"
    config.write_text("depends_on: [libs/base]\n")
    with pytest.raises(HelpersError, match="changed while"):
        rename_dir(repo, plan)
    assert config.read_text() == "depends_on: [libs/base]\n"
    assert (repo.root / "libs/text/changelog.txt").is_file()
    assert not (repo.root / "shared").exists()
    assert git(repo.root, "diff", "--cached", "--name-only") == ""


def test_an_interruption_takes_back_what_was_written(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = _plan(repo, "libs/text", "shared/words")
    left = iter([True, True])

    def write_two(path: Path, state: FileState) -> None:
        if not next(left, False):
            monkeypatch.undo()
            raise KeyboardInterrupt
        put_state(path, state)

    monkeypatch.setattr(written, "put_state", write_two)
    with pytest.raises(KeyboardInterrupt):
        rename_dir(repo, plan)
    assert len(plan.changes) > 2
    assert git(repo.root, "status", "--porcelain") == ""
    assert (repo.root / "libs/text/changelog.txt").is_file()


def test_the_root_and_places_within_the_dir_itself_are_refused(repo: Repo) -> None:
    make_runnable_dir(repo, ".")
    assert "root" in _refusal(repo, ".", "apps/root").what
    assert "within libs/text itself" in _refusal(repo, "libs/text", "libs/text/inner").what


def test_no_dir_moves_from_one_repo_to_another(repo: Repo, tmp_path: Path) -> None:
    make_repo(tmp_path / "inner", {"a": ""})
    add_submodule(repo.root, "inner", tmp_path / "inner")
    assert "different repos" in _refusal(repo, "libs/text", "inner/text").what


def test_the_toolchains_own_dirs_stay_where_they_are(repo: Repo) -> None:
    make_runnable_dir(repo, "helpers_root/app")
    adopter = Repo(repo.root, repo.root / "helpers_root", repo.config)
    assert "toolchain's own" in _refusal(adopter, "helpers_root/app", "apps/app").what
