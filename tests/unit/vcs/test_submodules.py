import subprocess
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from helpers.vcs.submodules import (
    DeclaredSubmodule,
    check_out_command,
    check_submodules,
    declared_in,
    declared_on_disk,
    missing_submodules,
    unwanted_submodules,
)
from tests.builders import add_submodule, commit_all, git, make_repo, write_files

_TEXT = """[submodule "a name.with dots"]
\tpath = libs/ä b
\turl = ../lib.git
\tbranch = main
[submodule "no url"]
\tpath = other
"""
_DECLARED = {
    "libs/ä b": DeclaredSubmodule("a name.with dots", "../lib.git"),
    "other": DeclaredSubmodule("no url", ""),
}


def test_what_the_file_and_what_a_commit_declares_is_read(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {".gitmodules": _TEXT}).root
    commit = commit_all(root)
    assert declared_on_disk(root) == _DECLARED
    assert [one.branch for one in declared_on_disk(root).values()] == ["main", ""]
    write_files(root, {".gitmodules": ""})
    assert declared_on_disk(root) == {}
    assert declared_in(root, commit) == _DECLARED


def test_a_commit_without_the_file_or_with_a_malformed_one_declares_none(tmp_path: Path) -> None:
    root = make_repo(tmp_path).root
    assert declared_in(root, "HEAD") == {}
    write_files(root, {".gitmodules": "[submodule\n"})
    commit = commit_all(root)
    assert declared_in(root, commit) == {}
    with pytest.raises(ProcessError):
        declared_on_disk(root)


def test_a_submodule_that_is_not_checked_out_is_reported(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner")
    outer = make_repo(tmp_path / "outer")
    add_submodule(outer.root, "lib", inner.root)
    git(tmp_path, "clone", "--quiet", str(outer.root), "clone")
    assert missing_submodules(outer.root) == []
    assert missing_submodules(tmp_path / "clone") == ["lib"]
    with pytest.raises(HelpersError, match="lib") as caught:
        check_submodules(tmp_path / "clone")
    assert "git submodule update --init" in caught.value.fix


def _follow(root: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        check_submodules(root)
    allowed = "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow"
    script = f"{allowed} GIT_CONFIG_VALUE_0=always; set -e\n{caught.value.fix}"
    subprocess.run(["bash", "-c", script], cwd=root, check=True, capture_output=True)
    check_submodules(root)


def _nested(tmp_path: Path) -> Path:
    """A clone, without submodules, of a repo with one that has one itself."""
    inner = make_repo(tmp_path / "inner", {"deep.txt": ""})
    middle = make_repo(tmp_path / "middle", {"mid.txt": ""})
    add_submodule(middle.root, "in ner", inner.root)
    commit_all(middle.root)
    outer = make_repo(tmp_path / "outer")
    add_submodule(outer.root, "sub", middle.root)
    add_submodule(outer.root, "other", inner.root)
    commit_all(outer.root)
    git(tmp_path, "clone", "--quiet", str(outer.root), "clone")
    return tmp_path / "clone"


@pytest.mark.parametrize("settings", [(), ("submodule.active", "nothing"), ("fetch.prune", "1")])
def test_following_the_fix_checks_submodules_out(tmp_path: Path, settings: tuple[str, ...]) -> None:
    clone = _nested(tmp_path)
    if settings:
        git(clone, "config", *settings)
    _follow(clone)
    assert (clone / "sub" / "in ner" / "deep.txt").is_file()


def test_following_the_fix_checks_out_a_submodule_of_a_submodule(tmp_path: Path) -> None:
    clone = _nested(tmp_path)
    allow = ("-c", "protocol.file.allow=always")
    git(clone, *allow, "submodule", "--quiet", "update", "--init")
    assert missing_submodules(clone) == ["sub/in ner"]
    _follow(clone)
    assert (clone / "sub" / "in ner" / "deep.txt").is_file()


@pytest.mark.parametrize("file", [("--file", ".gitmodules"), ()])
def test_a_submodule_that_nobody_checks_out_is_named_with_what_checks_it_out(
    tmp_path: Path, file: tuple[str, ...]
) -> None:
    clone = _nested(tmp_path)
    git(clone, "config", *file, "submodule.other.update", "none")
    assert missing_submodules(clone) == ["sub"]
    assert unwanted_submodules(clone) == ["other"]
    command = check_out_command(clone, ["other"])
    git(clone, "-c", "protocol.file.allow=always", *command.split()[1:])
    assert (clone / "other" / "deep.txt").is_file()
    assert unwanted_submodules(clone) == []
