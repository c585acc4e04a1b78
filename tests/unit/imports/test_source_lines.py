"""What stands around an import, by its line."""

from pathlib import Path

import pytest

from helpers.imports.source_lines import Guard, guards

_TYPES, _OPTIONAL = Guard.TYPES, Guard.OPTIONAL


def _of(tmp_path: Path, text: str | bytes) -> dict[int, Guard]:
    file = tmp_path / "module.py"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    guards.cache_clear()
    return guards(file)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if typing.TYPE_CHECKING:\n    import a\nelse:\n    import b\n", {2: _TYPES}),
        ("if not TYPE_CHECKING:\n    import a\nelse:\n    import b\n", {4: _TYPES}),
        ("if TYPE_CHECKING:\n    pass\nelif x:\n    import a\n", {4: _OPTIONAL}),
        ("if x:\n    import a\nelse:\n    import b\n", {2: _OPTIONAL, 4: _OPTIONAL}),
        ("if x:\n    if TYPE_CHECKING:\n        import a\n", {3: _OPTIONAL}),
    ],
)
def test_below_a_condition_an_import_may_be_left_out(
    tmp_path: Path, text: str, expected: dict[int, Guard]
) -> None:
    assert _of(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("caught", "expected"),
    [
        ("except ImportError:", _OPTIONAL),
        ("except (ValueError, ModuleNotFoundError) as error:", _OPTIONAL),
        ("except Exception:", _OPTIONAL),
        ("except:", _OPTIONAL),
        ("except* ImportError:", _OPTIONAL),
        ("except ValueError:", None),
        ("finally:", None),
    ],
)
def test_a_try_guards_its_imports_where_it_takes_one_that_is_missing(
    tmp_path: Path, caught: str, expected: Guard | None
) -> None:
    found = _of(tmp_path, f"try:\n    import a\n{caught}\n    import b\n")
    assert found == ({2: expected, 4: expected} if expected else {})


def test_what_runs_only_where_the_import_was_there_needs_no_guard(tmp_path: Path) -> None:
    parts = ("try:", "except ImportError:", "else:", "finally:")
    found = _of(tmp_path, "".join(f"{part}\n    import a\n" for part in parts))
    assert found == {2: _OPTIONAL, 4: _OPTIONAL}


@pytest.mark.parametrize(
    ("manager", "guarded"),
    [
        ("suppress(ImportError)", True),
        ("contextlib.suppress(KeyError, ModuleNotFoundError)", True),
        ("open(name) as file, suppress(ImportError)", True),
        ("suppress(KeyError)", False),
        ("pytest.raises(ImportError)", False),
        ("lock", False),
    ],
)
def test_what_suppresses_a_missing_import_guards_it(
    tmp_path: Path, manager: str, guarded: bool
) -> None:
    found = _of(tmp_path, f"with {manager}:\n    import a\n")
    assert found == ({2: _OPTIONAL} if guarded else {})


def test_one_case_of_many_is_a_condition(tmp_path: Path) -> None:
    text = (
        'match sys.platform:\n    case "win32":\n        import winreg\n    case _:\n        pass\n'
    )
    assert _of(tmp_path, text) == {3: _OPTIONAL}


@pytest.mark.parametrize(
    "around",
    ["def f():", "async def f():", "class A:", "for x in y:", "while x:", "with lock:"],
)
def test_a_guard_holds_for_all_that_stands_in_it(tmp_path: Path, around: str) -> None:
    assert _of(tmp_path, f"{around}\n    import a\n") == {}
    text = f"try:\n    {around}\n        import a\nexcept ImportError:\n    pass\n"
    assert _of(tmp_path, text) == {3: _OPTIONAL}


@pytest.mark.parametrize(
    "content", [b"if x:\n    import\n", b"if x:\n    import \xff\n", b"import a\0\n"]
)
def test_a_file_that_is_no_python_guards_nothing(tmp_path: Path, content: bytes) -> None:
    assert _of(tmp_path, content) == {}


def test_a_file_that_is_not_there_guards_nothing(tmp_path: Path) -> None:
    assert guards(tmp_path / "gone.py") == {}
    assert guards(tmp_path) == {}


def test_lines_are_counted_with_any_line_ends_and_coding(tmp_path: Path) -> None:
    text = "# coding: latin-1\r\n# \xe4\r\nif x:\r\n    import a\r\n"
    assert _of(tmp_path, text.encode("latin-1")) == {4: _OPTIONAL}
