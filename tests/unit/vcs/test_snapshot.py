"""A file's content is what whoever opens it reads, whatever git stores of it or was told of it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.vcs.content_ids import blob_id
from helpers.vcs.snapshot import read_commit, read_work_tree, read_work_tree_as_stored
from tests.builders import add_submodule, commit_all, git, make_repo, write_files

_UPPER = "tr a-z A-Z"
_STRIP = "sed /OUTPUT/d"
_LATIN = os.fsdecode(b"caf\xe9.txt")


def _said(content: bytes, mode: str = "100644") -> str:
    return f"{mode} {blob_id(content, 'sha1')}"


def _attributes(line: str, *settings: tuple[str, str]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        write_files(root, {".gitattributes": f"{line}\n"})
        for name, value in settings:
            git(root, "config", name, value)

    return apply


_FILTER = ("filter.f.clean", "filter.f.smudge")
_KINDS: dict[str, tuple[Callable[[Path], None], bytes, bytes]] = {
    "line ends": (_attributes("* text=auto"), b"a\nb\n", b"a\r\nb\r\n"),
    "line ends that are written": (_attributes("* text eol=crlf"), b"a\r\nb\r\n", b"a\nb\n"),
    "a setting": (_attributes("", ("core.autocrlf", "input")), b"a\nb\n", b"a\r\nb\r\n"),
    "ident": (_attributes("* ident"), b"$Id$\n", b"$Id: other $\n"),
    "a filter that strips": (
        _attributes("*.txt filter=f", (_FILTER[0], _STRIP), (_FILTER[1], "cat")),
        b"x\n",
        b"x\nOUTPUT 1\n",
    ),
    "an encoding": (
        _attributes("*.txt working-tree-encoding=UTF-16"),
        "\ufeffa\n".encode("utf-16-le"),
        "\ufeffa\n".encode("utf-16-be"),
    ),
}


@pytest.mark.parametrize("kind", _KINDS)
def test_two_contents_that_git_stores_alike_are_two(tmp_path: Path, kind: str) -> None:
    apply, first, second = _KINDS[kind]
    root = make_repo(tmp_path, commit=False).root
    apply(root)
    write_files(root, {"a.txt": first})
    commit_all(root)
    assert read_work_tree(root)["a.txt"] == _said(first)
    write_files(root, {"a.txt": second})
    assert read_work_tree(root)["a.txt"] == _said(second)
    commit_all(root)
    assert git(root, "status", "--porcelain") == ""
    assert read_work_tree(root)["a.txt"] == _said(second)


def test_a_filter_of_earlier_does_not_decide_either(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {".gitattributes": "* text=auto\n", "a.txt": b"a\r\n"}).root
    (root / ".gitattributes").unlink()
    commit_all(root)
    assert read_work_tree(root)["a.txt"] == _said(b"a\r\n")


@pytest.mark.parametrize("told", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_was_told_not_to_look_at_is_looked_at(tmp_path: Path, told: str) -> None:
    root = make_repo(tmp_path, {"a.txt": "1\n", "b.txt": "1\n"}).root
    git(root, "update-index", told, "a.txt", "b.txt")
    write_files(root, {"a.txt": "2\n"})
    (root / "b.txt").unlink()
    found = read_work_tree(root)
    assert found["a.txt"] == _said(b"2\n")
    assert "b.txt" not in found


@pytest.mark.parametrize(
    "setting", ["core.trustctime=false", "core.checkStat=minimal", "core.ignoreStat=true"]
)
def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path, setting: str) -> None:
    root = make_repo(tmp_path, {"a.txt": "1\n"}).root
    git(root, "config", *setting.split("="))
    file = root / "a.txt"
    os.utime(file, (1_000_000_000, 1_000_000_000))
    git(root, "update-index", "--refresh")
    read_work_tree(root, keep=True)
    with file.open("r+") as opened:  # the same inode
        opened.write("2")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert read_work_tree(root)["a.txt"] == _said(b"2\n")


def test_what_was_read_is_remembered_only_where_it_would_be_seen_to_change(tmp_path: Path) -> None:
    files = {f"{number}.txt": f"{number}\n" for number in range(60)}
    root = make_repo(tmp_path, files).root
    kept = root / "tmp.helpers/content_ids.json"
    read_work_tree(root, keep=True)
    assert kept.read_text() == "{}", "written a moment ago, so another change may not show"
    time.sleep(2.1)
    before = read_work_tree(root)
    assert kept.read_text() == "{}", "not kept"
    assert read_work_tree(root, keep=True) == before
    assert "59.txt" in kept.read_text()
    assert read_work_tree(root) == before
    kept.write_text(kept.read_text()[:-50])
    assert read_work_tree(root) == before


def test_only_what_is_on_the_disk_is_there(tmp_path: Path) -> None:
    files = {"gone.txt": "", "folder/x.txt": "", "became/x.txt": "", "link": "", "file": ""}
    root = make_repo(tmp_path, files).root
    (root / "gone.txt").unlink()
    write_files(root, {"added.txt": "new\n", "elsewhere/x.txt": "other\n"})
    git(root, "add", "--intent-to-add", "added.txt")
    (root / "folder/x.txt").unlink()
    (root / "folder").rmdir()
    (root / "folder").symlink_to("elsewhere")
    (root / "became/x.txt").unlink()
    (root / "became").rmdir()
    write_files(root, {"became": "a file\n"})
    os.mkfifo(root / "pipe")
    (root / "link").unlink()
    (root / "link").symlink_to("nowhere")
    (root / "file").chmod(0o711)
    assert read_work_tree(root) == {
        "repo_config.yaml": _said(b"name: demo\n"),
        "added.txt": _said(b"new\n"),
        "elsewhere/x.txt": _said(b"other\n"),
        "folder": _said(b"elsewhere", "120000"),
        "became": _said(b"a file\n"),
        "link": _said(b"nowhere", "120000"),
        "file": _said(b"", "100755"),
    }


def test_a_link_that_git_ignores_leads_to_no_file_of_the_repo(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {".gitignore": "/out\n", "real/x.txt": "x\n"}).root
    write_files(root, {"out/x.txt": "x\n"})
    git(root, "add", "--force", "out/x.txt")
    (root / "out/x.txt").unlink()
    (root / "out").rmdir()
    (root / "out").symlink_to("real")
    assert "out/x.txt" not in read_work_tree(root)


def test_every_name_that_a_file_can_have_is_there(tmp_path: Path) -> None:
    names = [_LATIN, "new\nline", "-dash", "'\"quo\\ted", "täb\t", "x" * 250, " blank ", "*[a]?"]
    root = make_repo(tmp_path, {"repo_config.yaml": "name: demo\n"}).root
    for name in names:
        (root / name).write_bytes(os.fsencode(name))
    wanted = {name: _said(os.fsencode(name)) for name in names}
    for _ in range(2):
        found = read_work_tree(root)
        assert {name: found.get(name) for name in names} == wanted
        commit = commit_all(root)
    assert read_commit(root, commit).contents == found


def test_modes_are_gits_where_the_disk_has_none(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a.txt": "", "b.sh": ""}).root
    git(root, "update-index", "--chmod=+x", "b.sh")
    git(root, "config", "core.fileMode", "false")
    write_files(root, {"new": ""})
    for name in ("a.txt", "b.sh", "new"):
        (root / name).chmod(0o777)
    found = read_work_tree(root)
    assert [found[n].partition(" ")[0] for n in ("a.txt", "b.sh", "new")] == [
        "100644",
        "100755",
        "100644",
    ]


@pytest.mark.parametrize("kind", ["line ends that are written", "ident", "an encoding"])
def test_a_commit_has_what_a_checkout_writes(tmp_path: Path, kind: str) -> None:
    apply, first, _ = _KINDS[kind]
    root = make_repo(tmp_path / "repo", commit=False).root
    apply(root)
    write_files(root, {"a.txt": first, "b.bin": b"\0\r\n"})
    commit = commit_all(root)
    git(tmp_path, "clone", "--quiet", str(root), str(tmp_path / "clone"))
    assert read_commit(root, commit).contents == read_work_tree(tmp_path / "clone")


def test_a_commit_has_its_own_attributes(tmp_path: Path) -> None:
    files = {".gitattributes": "* eol=crlf\n", "a.txt": "a\r\n", "sub/b.txt": "b\r\n"}
    root = make_repo(tmp_path, files).root
    commit = git(root, "rev-parse", "HEAD")
    before = read_work_tree(root)
    (root / ".gitattributes").unlink()
    write_files(root, {"a.txt": "a\n"})
    commit_all(root)
    assert read_commit(root, commit).contents["a.txt"] == _said(b"a\r\n") == before["a.txt"]
    assert read_commit(root, "HEAD").contents["a.txt"] == _said(b"a\n")


def test_what_a_filter_writes_is_what_a_commit_has_and_says(tmp_path: Path) -> None:
    root = make_repo(tmp_path, commit=False).root
    _attributes("*.txt filter=f", (_FILTER[0], "tr A-Z a-z"), (_FILTER[1], _UPPER))(root)
    write_files(root, {"a.txt": "ABC\n", _LATIN: "DEF\n"})
    commit = commit_all(root)
    assert git(root, "show", f"{commit}:a.txt") == "abc"
    found = read_commit(root, commit)
    assert found.contents == read_work_tree(root)
    assert (found.read("a.txt"), found.read(_LATIN)) == (b"ABC\n", b"DEF\n")
    assert found.read("repo_config.yaml") == b"name: demo\n"


def test_what_a_filter_that_fails_would_write_is_like_nothing(tmp_path: Path) -> None:
    root = make_repo(tmp_path, commit=False).root
    _attributes("*.txt filter=f", (_FILTER[0], "cat"))(root)
    write_files(root, {"a.txt": "1\n"})
    commit = commit_all(root)
    git(root, "config", _FILTER[1], "false")
    git(root, "config", "filter.f.required", "true")
    found = read_commit(root, commit).contents
    assert found["a.txt"] != read_work_tree(root)["a.txt"]
    assert found["repo_config.yaml"] == read_work_tree(root)["repo_config.yaml"]


def test_submodules_are_converted_by_what_they_say(tmp_path: Path) -> None:
    inner = {".gitattributes": "* eol=crlf\n", "a.txt": "a\n", "b/c.txt": "c\n"}
    source = make_repo(tmp_path / "source", inner).root
    root = make_repo(tmp_path / "repo", {"a.txt": "a\n"}).root
    add_submodule(root, "sub", source)
    found = read_work_tree(root)
    assert found["sub/a.txt"] == _said(b"a\r\n")
    assert found["a.txt"] == _said(b"a\n")
    assert read_commit(root, "HEAD").contents == found


def test_as_stored_is_what_a_commit_of_the_work_tree_would_have(tmp_path: Path) -> None:
    files = {".gitattributes": b"* text=auto\n", "a.txt": b"a\r\n", "new\nline": b"b\r\n"}
    root = make_repo(tmp_path, files).root
    found = read_work_tree_as_stored(root)
    assert found["a.txt"] == _said(b"a\n")
    assert found["new\nline"] == _said(b"b\n")
    assert read_work_tree(root)["a.txt"] == _said(b"a\r\n")
