import pytest

from helpers.managed_files.blocks import put_block, read_block
from helpers.managed_files.repo_record import Applied, parse_record, update_record
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.model.sync.shared import parse_shared

_BLOB, _COMMIT = "a" * 40, "b" * 40


def test_a_list_of_shared_files_is_read() -> None:
    text = """\
- path: .github/x.md
  owner: docs
  mode: identical
- path: pyproject.toml
  source: common/pyproject.toml
  owner: tools
  mode: merge-keys
  where_present: true
"""
    assert parse_shared(text, "sync.yaml") == (
        ManagedFile(".github/x.md", "shared_files/.github/x.md", "docs", Mode.WHOLE),
        ManagedFile("pyproject.toml", "common/pyproject.toml", "tools", Mode.KEYS, True),
    )
    assert parse_shared("", "sync.yaml") == ()


def _item(**changed: str) -> str:
    keys = {"path": "a", "owner": "x", "mode": "identical", **changed}
    return "- " + "\n  ".join(f"{key}: {value}" for key, value in keys.items()) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (_item(mode="same"), 3, "expected one of identical, block, merge-keys, link"),
        (_item(own="x"), 4, "unknown key 'own'"),
        (_item(path="/etc/passwd"), 1, "is not the path of a file below the root"),
        (_item(path="a/../../b"), 1, "is not the path of a file below the root"),
        (_item(path="./a"), 1, "is not the path of a file below the root"),
        (_item(path=".git/hooks/x"), 1, "is not the path of a file below the root"),
        (_item(path="."), 1, "is not the path of a file below the root"),
        (_item(source="../x"), 4, "key 'source'"),
        (_item(mode="link", where_present="true"), 4, "a link takes the place"),
        (_item() + _item(), 4, "'a' occurs twice"),
        ("path: a\n", 1, "expected a list"),
        ("- path: [\n", 1, "not valid YAML"),
    ],
)
def test_mistakes_in_the_list_are_told_with_their_line(text: str, line: int, what: str) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_shared(text, "sync.yaml")
    assert what in caught.value.what
    assert caught.value.where == f"sync.yaml:{line}"
    assert caught.value.fix


def test_a_record_is_read() -> None:
    text = f"""\
opt_out:
  a: we are older
  b.toml#tool.x: ours
applied:
  b.toml: merge-keys {_BLOB} {_COMMIT}
undecided:
  b.toml: x.y, z
"""
    record = parse_record(text, ".helpers_sync.yaml")
    assert record.opt_out["a"] == "we are older"
    assert record.own_keys("b.toml") == {"tool.x"}
    assert record.applied == {"b.toml": Applied(Mode.KEYS, _BLOB, _COMMIT)}
    assert record.undecided == {"b.toml": ("x.y", "z")}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("opt_outs:\n  a: b\n", "unknown key 'opt_outs'"),
        ("applied:\n  a: identical 123 456\n", "is not '<mode> <content> <commit>'"),
        ("opt_out: [a]\n", "expected names with texts"),
        ("opt_out:\n  a:\n", "expected names with texts"),
    ],
)
def test_mistakes_in_the_record_are_told(text: str, what: str) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_record(text, ".helpers_sync.yaml")
    assert what in caught.value.what
    assert caught.value.where.startswith(".helpers_sync.yaml:")


def _standing(path: str, state: Drift = Drift.NEW, **more: object) -> Standing:
    record = str(Applied(Mode.WHOLE, _BLOB, _COMMIT))
    found: dict[str, object] = {"record": record, **more}
    return Standing(ManagedFile(path, "s", "x", Mode.WHOLE), state, **found)  # type: ignore[arg-type]


def test_a_record_keeps_what_the_user_wrote() -> None:
    text = "# mine\nopt_out:\n  a: why   # because\n"
    updated = update_record(text, [_standing("z"), _standing("b")])
    assert updated.startswith(text)
    assert list(parse_record(updated, "x").applied) == ["b", "z"]
    assert parse_record(updated, "x").opt_out == {"a": "why"}


def test_a_record_is_not_written_anew_for_another_commit_of_the_same_content() -> None:
    text = update_record(None, [_standing("a")])
    later = str(Applied(Mode.WHOLE, _BLOB, "c" * 40))
    assert update_record(text, [_standing("a", record=later)]) == text
    assert update_record(None, []) == ""


def test_a_record_forgets_what_is_shared_no_longer() -> None:
    text = update_record(None, [_standing("a"), _standing("b", undecided=("x",))])
    updated = update_record(text, [_standing("b", Drift.DROPPED, record="")])
    record = parse_record(updated, "x")
    assert (list(record.applied), record.undecided) == (["a"], {})


@pytest.mark.parametrize(
    ("path", "begin", "end"),
    [
        (".editorconfig", "# >>>", "<<<"),
        ("Makefile", "# >>>", "<<<"),
        ("page.md", "<!-- >>>", "<<< -->"),
        ("style.css", "/* >>>", "<<< */"),
        ("main.ts", "// >>>", "<<<"),
        ("query.sql", "-- >>>", "<<<"),
    ],
)
def test_markers_are_comments_of_their_kind_of_file(path: str, begin: str, end: str) -> None:
    text = put_block(None, path, "x")
    first, body, last = text.splitlines()
    assert (first.startswith(begin), body, last.endswith(end)) == (True, "x", True)
    assert read_block(text, path) == "x\n"


@pytest.mark.parametrize("rest", ["", "mine\n", "mine", "mine\n\n"])
def test_a_block_is_put_and_replaced_without_touching_the_rest(rest: str) -> None:
    first = put_block(rest, "a.cfg", "one\n")
    assert first.startswith(rest)
    moved = first + "below\n"
    second = put_block(moved, "a.cfg", "two\nthree\n")
    assert second == moved.replace("one\n", "two\nthree\n")
    assert put_block(second, "a.cfg", "two\nthree\n") == second
    assert read_block(second, "a.cfg") == "two\nthree\n"


@pytest.mark.parametrize("lines", [[0], [2], [0, 1, 2, 2], [2, 1, 0]])
def test_markers_that_are_no_pair_are_told_with_their_line(lines: list[int]) -> None:
    whole = put_block(None, "a.cfg", "x").splitlines(keepends=True)
    text = "mine\n" + "".join(whole[number] for number in lines)
    with pytest.raises(HelpersError, match="not one pair") as caught:
        put_block(text, "a.cfg", "y")
    assert caught.value.where == "a.cfg:2"


def test_a_file_without_comments_has_no_block() -> None:
    with pytest.raises(HelpersError, match="has no comments"):
        put_block(None, "package.json", "x")
