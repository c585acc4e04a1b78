import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from helpers.lockers.required_python import Required, read_pin, read_required
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import write_files


@pytest.mark.parametrize(
    ("wanted", "allowed", "refused"),
    [
        (">=3.10,<3.12", ["3.10", "3.11", "3.11.9"], ["3.12", "3.13", "3.9"]),
        (">=3.11.4", ["3.11", "3.11.4", "3.13"], ["3.11.3", "3.10"]),
        ("~=3.11", ["3.11", "3.13"], ["3.10"]),
        ("==3.11.*", ["3.11"], ["3.12"]),
        (">=3.10,!=3.13.*", ["3.12"], ["3.13"]),
        ("nonsense", ["3.13"], []),
    ],
)
def test_requires_python_is_pep_440(
    tmp_path: Path, wanted: str, allowed: list[str], refused: list[str]
) -> None:
    write_files(tmp_path, {"pyproject.toml": f'[project]\nrequires-python = "{wanted}"\n'})
    (required,) = read_required(tmp_path)
    assert [one for one in allowed + refused if required.allows(one)] == allowed


@pytest.mark.parametrize(
    ("wanted", "allowed", "refused"),
    [
        ("^3.11", ["3.11", "3.13"], ["3.10"]),
        ("^3", ["3.8", "3.13"], []),
        ("~3.11", ["3.11"], ["3.12", "3.10"]),
        ("~3.11.2", ["3.11", "3.11.2"], ["3.11.1", "3.12"]),
        ("~3", ["3.13"], []),
        ("3.11.*", ["3.11"], ["3.12"]),
        ("3.11", ["3.11", "3.11.9"], ["3.12"]),
        ("*", ["3.13"], []),
        (">=3.9 <3.12", ["3.11"], ["3.12"]),
        ("^3.9, <3.13, !=3.11.*", ["3.12"], ["3.11", "3.13"]),
        ("~3.9 || ~3.11", ["3.9", "3.11"], ["3.10", "3.12"]),
        ("~=3.11.0", ["3.11"], ["3.12"]),
    ],
)
def test_poetrys_python_has_its_own_signs(
    tmp_path: Path, wanted: str, allowed: list[str], refused: list[str]
) -> None:
    text = f'[tool.poetry.dependencies]\npython = "{wanted}"\n'
    write_files(tmp_path, {"pyproject.toml": text})
    (required,) = read_required(tmp_path)
    assert [one for one in allowed + refused if required.allows(one)] == allowed


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("3.12\n", "3.12"),
        ("3.12.1", "3.12.1"),
        ("\ufeff# ours\n\n3.11  # old\n3.12\n", "3.11"),
        ("cpython-3.12-linux-x86_64-gnu", "3.12"),
        ("cpython@3.12", "3.12"),
        ("python3.12", "3.12"),
        ("3.13+freethreaded", "3.13"),
        ("pypy@3.10", ""),
        ("system", ""),
        ("", ""),
    ],
)
def test_a_pin_is_read_in_each_form(tmp_path: Path, text: str, pin: str) -> None:
    write_files(tmp_path, {".python-version": text})
    assert read_pin(tmp_path) == pin


def test_a_dir_may_say_nothing(tmp_path: Path) -> None:
    assert read_required(tmp_path) == []
    assert read_pin(tmp_path) == ""


_NUMBERS = st.lists(st.integers(0, 4), min_size=1, max_size=3).map(lambda parts: [3, *parts][:3])
_VERSIONS = _NUMBERS.map(lambda parts: ".".join(map(str, parts)))
_PARTS = st.tuples(st.sampled_from([">=", "<", "!=", "==", "<="]), _VERSIONS).map("".join)


@given(st.lists(_PARTS, min_size=1, max_size=3).map(", ".join), _VERSIONS)
def test_what_is_told_by_its_looks_is_what_pep_440_says(text: str, python: str) -> None:
    patches = [python] if python.count(".") > 1 else [f"{python}.{number}" for number in range(40)]
    wanted = any(SpecifierSet(text).contains(one) for one in patches)
    assert Required(text, "pyproject.toml", (text,)).allows(python) is wanted


def test_what_most_projects_write_needs_no_library() -> None:
    script = (
        "import sys\n"
        "from helpers.lockers.required_python import Required\n"
        "assert Required('', '', ('>=3.11,<4',)).allows('3.13')\n"
        "assert 'packaging' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=TOOLCHAIN_ROOT)
