"""Templates as a toolchain has them, and as it had them; on real git repos."""

import re
from pathlib import Path

import pytest

from helpers.adoption.from_template.source import (
    FOLDER,
    differ_from_commit,
    earlier_template,
    newest_commit,
    present_template,
    template_names,
)
from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import commit_all, git, write_files

_TEST = re.compile(r"tests/(unit/)?test_")


@pytest.fixture
def toolchain(tmp_path: Path) -> Path:
    """A toolchain whose one template, `app`, has a file of its own and one that it shares."""
    root = tmp_path / "tool chain"
    files = {"shared/common": "1\n", "shared/both": "shared\n", "app/both": "own\n"}
    write_files(root, {f"{FOLDER}/{name}": text for name, text in files.items()})
    git(root, "init", "--quiet")
    commit_all(root)
    return root


def test_a_templates_own_files_stand_above_those_that_all_share(toolchain: Path) -> None:
    assert present_template(toolchain, "app") == {"common": b"1\n", "both": b"own\n"}


def test_a_template_is_had_as_it_was_at_a_commit(toolchain: Path) -> None:
    first = newest_commit(toolchain)
    write_files(toolchain, {f"{FOLDER}/shared/common": "2\n", f"{FOLDER}/app/new": "new\n"})
    commit_all(toolchain)
    assert earlier_template(toolchain, "app", first) == {"common": b"1\n", "both": b"own\n"}
    assert present_template(toolchain, "app")["new"] == b"new\n"


def test_what_is_not_committed_is_part_of_the_present_and_is_told(toolchain: Path) -> None:
    assert not differ_from_commit(toolchain)
    write_files(toolchain, {f"{FOLDER}/app/new": "new\n"})
    assert differ_from_commit(toolchain)
    assert "new" in present_template(toolchain, "app")


def test_changes_elsewhere_in_the_toolchain_do_not_count(toolchain: Path) -> None:
    write_files(toolchain, {"README.md": "new\n"})
    assert not differ_from_commit(toolchain)


def test_a_shallow_clone_fetches_the_one_commit_that_it_lacks(
    toolchain: Path, tmp_path: Path
) -> None:
    first = newest_commit(toolchain)
    write_files(toolchain, {f"{FOLDER}/shared/common": "2\n"})
    commit_all(toolchain)
    commit_all(toolchain)
    git(toolchain, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", toolchain.as_uri(), str(clone))
    assert earlier_template(clone, "app", first)["common"] == b"1\n"
    assert git(clone, "rev-parse", "--is-shallow-repository") == "true"


def test_history_that_cannot_be_had_is_named_with_the_command_that_gets_it(
    toolchain: Path, tmp_path: Path
) -> None:
    first = newest_commit(toolchain)
    commit_all(toolchain)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", toolchain.as_uri(), str(clone))
    toolchain.rename(tmp_path / "gone")
    with pytest.raises(HelpersError) as caught:
        earlier_template(clone, "app", first)
    assert first[:12] in caught.value.what
    assert caught.value.fix.startswith(
        f"git -C {clone} fetch --unshallow origin {first} || git -C {clone} fetch --unshallow "
    )


def test_a_template_that_there_was_not_yet_is_named(toolchain: Path) -> None:
    first = newest_commit(toolchain)
    write_files(toolchain, {f"{FOLDER}/later/file": "1\n"})
    commit_all(toolchain)
    with pytest.raises(HelpersError, match="no template 'later' at commit"):
        earlier_template(toolchain, "later", first)


def test_an_unknown_template_is_answered_with_those_that_there_are(toolchain: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        present_template(toolchain, "webapp")
    assert caught.value.fix == "--template app"


def test_a_toolchain_without_a_commit_has_no_templates_to_come_back_to(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(HelpersError, match="has no commit"):
        newest_commit(tmp_path)


def test_every_template_has_what_makes_a_dir_runnable_and_locked() -> None:
    names = ("cli", "library", "ml", "notebook", "project", "service", "worker")
    assert template_names(TOOLCHAIN_ROOT) == names
    for name in (one for one in names if one != "project"):  # that has no code of its own
        files = present_template(TOOLCHAIN_ROOT, name)
        assert {"changelog.txt.jinja", "poetry.lock", "pyproject.toml.jinja"} <= files.keys()
        assert any(path.startswith("devops/") for path in files), name
        assert any(_TEST.match(path) for path in files), name


def test_templates_name_no_index_and_no_path_of_a_machine() -> None:
    for name in template_names(TOOLCHAIN_ROOT):
        for path, content in present_template(TOOLCHAIN_ROOT, name).items():
            assert b"[package.source]" not in content, path
            assert b"https://" not in content, path
            assert str(TOOLCHAIN_ROOT).encode() not in content, path
