"""Somebody else's checkout is copied as data: nothing in it is run, and nothing leads out of it."""

import os
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.vcs.foreign_tree import copy_tree
from tests.builders import add_submodule, commit_all, git, make_repo, write_files


def _files(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if ".git" not in path.relative_to(root).parts and not path.is_dir()
    }


def test_the_copy_has_what_git_keeps_or_does_not_ignore(tmp_path: Path) -> None:
    tree, copy = tmp_path / "pr", tmp_path / "copies" / "pr"
    files = {"a b/run": "x", ".gitignore": "*.log\n", "kept.log": "1", "tmp.helpers/x": "1"}
    make_repo(tree, files)
    git(tree, "add", "--force", "kept.log")
    (tree / "a b" / "run").chmod(0o755)
    commit = commit_all(tree)
    write_files(tree, {"ignored.log": "1"})
    found = copy_tree(tree, copy)
    assert _files(copy) == {"a b/run", ".gitignore", "kept.log", "repo_config.yaml"}
    assert (copy / "a b" / "run").stat().st_mode & 0o777 == 0o755
    assert found.id == commit
    write_files(tree, {"new.txt": "1"})
    assert copy_tree(tree, tmp_path / "again").dirty
    assert "new.txt" in _files(tmp_path / "again")


def test_a_copy_without_changes_is_the_commit(tmp_path: Path) -> None:
    tree = make_repo(tmp_path / "pr", {"a": "1", "b/c": "2"}).root
    (tree / "link").symlink_to("b/c")
    commit = commit_all(tree)
    found = copy_tree(tree, tmp_path / "copy")
    assert (found.id, found.dirty) == (commit, False)
    assert (tmp_path / "copy" / "link").read_text() == "2"


def test_links_that_lead_out_are_left_out(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    tree = make_repo(tmp_path / "pr", {"inside": "1", "d/x": "1"}).root
    (tree / "absolute").symlink_to(secret)
    (tree / "relative").symlink_to("../secret")
    (tree / "folder").symlink_to("..")
    (tree / "chain").symlink_to("folder/secret")
    (tree / "circle").symlink_to("circle")
    (tree / "good").symlink_to("./inside")
    commit_all(tree)
    (tree / "d" / "x").unlink()
    (tree / "d").rmdir()
    # Git still lists d/x, which is now behind a link.
    (tmp_path / "x").write_text("stolen")
    (tree / "d").symlink_to(tmp_path)
    found = copy_tree(tree, tmp_path / "copy")
    # Python's versions differ on a circle, in which there is nothing to read.
    kept = _files(tmp_path / "copy") - {"circle"}
    assert kept == {"inside", "repo_config.yaml", "good"}
    assert found.dirty


def test_no_setting_hook_filter_or_submodule_of_the_tree_runs(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    library = make_repo(tmp_path / "library", {"code.py": "1"}).root
    tree = make_repo(tmp_path / "pr", {"a.txt": "1", "b.txt": "2"}).root
    add_submodule(tree, "inner", library)
    write_files(
        tree,
        {
            ".gitattributes": "* filter=evil\n",
            ".git/hooks/post-index-change": f"#!/bin/sh\ntouch {ran}\n",
            ".gitmodules": f'[submodule "inner"]\npath = inner\nupdate = !touch {ran}\n',
        },
    )
    (tree / ".git" / "hooks" / "post-index-change").chmod(0o755)
    for name, value in {
        "core.fsmonitor": f"touch {ran}",
        "core.hooksPath": str(tree / ".git" / "hooks"),
        "filter.evil.clean": f"touch {ran}; cat",
        "filter.evil.smudge": f"touch {ran}; cat",
        "filter.evil.required": "true",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"ext::sh -c 'touch {ran}'",
        "protocol.ext.allow": "always",
    }.items():
        git_config = ["config", "--file", str(tree / ".git" / "config"), name, value]
        git(tmp_path, *git_config)
    # An object that git would fetch.
    blobs = git(tree, "-c", "core.fsmonitor=false", "rev-parse", "HEAD^{tree}")
    lacking = tree / ".git" / "objects" / blobs[:2] / blobs[2:]
    before = lacking.read_bytes()
    lacking.unlink()
    with pytest.raises(HelpersError):
        copy_tree(tree, tmp_path / "lacking")
    lacking.write_bytes(before)
    copy_tree(tree, tmp_path / "copy")
    assert not ran.exists()
    assert "inner/code.py" not in _files(tmp_path / "copy")
    assert "touch" not in (tmp_path / "copy" / ".git" / "config").read_text()


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    folder = make_repo(tmp_path / "pr", {"apps/x": "1"}).root / "apps"
    with pytest.raises(HelpersError, match="not the root of a git checkout"):
        copy_tree(folder, tmp_path / "copy")
    assert not os.path.lexists(tmp_path / "copy")
