from pathlib import Path

import pytest

from helpers.system.process import ProcessError
from helpers.vcs.gitmodules import Declared, declared_in, declared_on_disk, resolve_url
from tests.builders import commit_all, make_repo, write_files

_TEXT = """[submodule "a name.with dots"]
\tpath = libs/ä b
\turl = ../lib.git
\tbranch = main
[submodule "no url"]
\tpath = other
"""
_DECLARED = {
    "libs/ä b": Declared("a name.with dots", "../lib.git"),
    "other": Declared("no url", ""),
}


def test_what_the_file_and_what_a_commit_declares_is_read(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {".gitmodules": _TEXT}).root
    commit = commit_all(root)
    assert declared_on_disk(root) == _DECLARED
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


@pytest.mark.parametrize(
    ("base", "url", "found"),
    [
        ("https://git.example/team/app.git", "https://other.example/x", "https://other.example/x"),
        ("https://git.example/team/app.git", "../lib.git", "https://git.example/team/lib.git"),
        ("https://git.example/team/app.git/", "../lib.git", "https://git.example/team/lib.git"),
        ("https://git.example/team/app.git", "../../us/lib", "https://git.example/us/lib"),
        ("https://git.example/team/app.git", "./lib", "https://git.example/team/app.git/lib"),
        ("git@git.example:team/app.git", "../lib.git", "git@git.example:team/lib.git"),
        ("git@git.example:app.git", "../lib.git", "git@git.example:lib.git"),
        ("/srv/app.git", ".././lib.git", "/srv/lib.git"),
        ("/srv/app.git", "/elsewhere/lib.git", "/elsewhere/lib.git"),
    ],
)
def test_a_relative_address_is_meant_from_the_parents(base: str, url: str, found: str) -> None:
    assert resolve_url(base, url) == found
