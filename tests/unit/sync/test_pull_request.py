"""A branch is pushed and offered by GitHub's program, which a script stands for."""

import json
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.sync.pull_request import find_gh, offer
from tests.builders import git, make_repo, write_files

_GH = """\
#!/usr/bin/env python3
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "log").open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
print((here / sys.argv[2]).read_text(), end="")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_repo(tmp_path / "re po").root
    git(tmp_path, "init", "--quiet", "--bare", "far.git")
    git(root, "remote", "add", "far", str(tmp_path / "far.git"))
    git(root, "branch", "in/step")
    return root


def _gh(folder: Path, listed: str = "", created: str = "") -> Path:
    write_files(folder / "bin", {"gh": _GH, "list": listed, "create": created})
    (folder / "bin" / "gh").chmod(0o755)
    return find_gh(str(folder / "bin"), "x")


def _calls(folder: Path) -> list[list[str]]:
    return [json.loads(line) for line in (folder / "bin" / "log").read_text().splitlines()]


def test_a_new_branch_is_pushed_and_a_request_made_of_the_message(
    root: Path, tmp_path: Path
) -> None:
    gh = _gh(tmp_path, created="Creating...\nhttps://far.example/pull/7\n")
    text = "The title\n\n- one\n- two\n\nToolchain: x\n"
    assert offer(root, gh, "in/step", "far/release/1", text) == "https://far.example/pull/7"
    assert git(tmp_path / "far.git", "rev-parse", "in/step") == git(root, "rev-parse", "HEAD")
    assert _calls(tmp_path)[-1] == [
        "pr", "create", "--head", "in/step", "--title", "The title",
        "--body", "- one\n- two\n\nToolchain: x", "--base", "release/1",
    ]  # fmt: skip


def test_one_that_is_open_is_not_made_again(root: Path, tmp_path: Path) -> None:
    gh = _gh(tmp_path, listed="https://far.example/pull/3\n")
    assert offer(root, gh, "in/step", "", "Title\n") == "https://far.example/pull/3"
    assert [call[1] for call in _calls(tmp_path)] == ["list"]


@pytest.mark.parametrize(("created", "said"), [("", "opened"), ("x y z\n", "z")])
def test_without_a_base_the_remote_chooses(
    root: Path, tmp_path: Path, created: str, said: str
) -> None:
    assert offer(root, _gh(tmp_path, created=created), "in/step", "", "Title") == said
    assert "--base" not in _calls(tmp_path)[-1]


def test_without_a_remote_nothing_is_offered(root: Path, tmp_path: Path) -> None:
    git(root, "remote", "remove", "far")
    with pytest.raises(HelpersError, match="no remote") as caught:
        offer(root, _gh(tmp_path), "in/step", "", "Title")
    assert caught.value.fix == f"git -C '{root}' remote add origin <url>"
    assert not (tmp_path / "bin" / "log").exists()


def test_who_has_no_program_is_told_what_to_type_instead(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="gh, which opens pull requests") as caught:
        find_gh(str(tmp_path), "in/step")
    assert caught.value.fix.endswith("git push origin in/step")
