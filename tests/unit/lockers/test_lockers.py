from pathlib import Path

import pytest

from helpers.lockers.all_lockers import dev_options, prod_options, read_locked
from helpers.lockers.locked import Locked
from helpers.model.errors import HelpersError
from tests.builders import write_files

PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = ["x>=1"]\n'
POETRY = '[metadata]\ncontent-hash = "abc"\n'


@pytest.mark.parametrize(
    ("files", "locker"),
    [
        ({"pyproject.toml": PROJECT, "poetry.lock": POETRY}, "poetry"),
        ({"pyproject.toml": PROJECT, "uv.lock": "version = 1\n"}, "uv"),
        ({"requirements.txt": "x==1\n"}, "pip"),
        ({"requirements.txt": "x==1\n", "pyproject.toml": "[tool.ruff]\n"}, "pip"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "none"),
        ({}, "none"),
    ],
)
def test_the_locker_follows_from_the_files(
    tmp_path: Path, files: dict[str, str], locker: str
) -> None:
    write_files(tmp_path, files)
    assert read_locked(tmp_path).locker == locker


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("pyproject.toml", {"poetry.lock": POETRY}),
        ("poetry.lock", {"pyproject.toml": PROJECT}),
        ("uv.lock", {"pyproject.toml": PROJECT}),
    ],
)
def test_a_malformed_file_is_an_error_with_its_line(
    tmp_path: Path, name: str, others: dict[str, str]
) -> None:
    write_files(tmp_path, {**others, name: 'a = 1\n<<<<<<< HEAD\nb = "x"\n'})
    with pytest.raises(HelpersError) as caught:
        read_locked(tmp_path)
    assert caught.value.where == f"{tmp_path / name}:2"
    assert name in caught.value.what


def test_packages_that_no_lock_file_holds_are_an_error(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": PROJECT})
    with pytest.raises(HelpersError, match="no lock file") as caught:
        read_locked(tmp_path)
    assert caught.value.fix == f"i dependency_lock --dir {tmp_path}"


def test_two_lock_files_are_an_error(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"pyproject.toml": PROJECT, "poetry.lock": POETRY, "uv.lock": "version = 1"}
    )
    with pytest.raises(HelpersError, match=r"poetry\.lock and uv\.lock"):
        read_locked(tmp_path)


def test_settings_of_other_tools_do_not_change_the_content(tmp_path: Path) -> None:
    write_files(tmp_path, {"pyproject.toml": PROJECT, "poetry.lock": POETRY})
    before = read_locked(tmp_path).content
    write_files(tmp_path, {"pyproject.toml": PROJECT + "[tool.ruff]\nline-length = 99\n"})
    assert read_locked(tmp_path).content == before
    write_files(tmp_path, {"pyproject.toml": PROJECT.replace("x>=1", "x>=2")})
    assert read_locked(tmp_path).content != before


def test_local_packages_are_named(tmp_path: Path) -> None:
    package = '[[package]]\nname = "lib"\n[package.source]\ntype = "directory"\nurl = "../lib"\n'
    write_files(tmp_path, {"pyproject.toml": PROJECT, "poetry.lock": package + POETRY})
    assert read_locked(tmp_path).local_packages == ("lib",)


def test_local_lines_of_requirements_are_named_and_includes_followed(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "requirements.txt": "-r requirements_more.txt\nx==1\n-e git+https://h/x.git\n",
            "requirements_more.txt": "-e ../lib\nlib2 @ file:///srv/lib2\n",
        },
    )
    assert read_locked(tmp_path).local_packages == ("-e ../lib", "lib2 @ file:///srv/lib2")


def test_an_include_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "x==1\n-r ../base.txt\n"})
    with pytest.raises(HelpersError, match=r"includes \.\./base\.txt, which does not exist"):
        read_locked(tmp_path)


def test_what_is_included_reaches_the_build_from_wherever_it_is(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "app/requirements.txt": "-r../common/base.txt\n--constraint='../my pins.txt'\ny\n",
            "app/requirements-dev.txt": "-r requirements.txt\npytest\n",
            "common/base.txt": "x==1 \\\n    --hash=sha256:0\n-r deeper/more.txt\n",
            "common/deeper/more.txt": "z\n",
            "my pins.txt": "y==2\n",
        },
    )
    files = read_locked(tmp_path / "app").files
    assert files == {
        "requirements.txt": "-r included-2.txt\n-c included-3.txt\ny\n",
        "requirements-dev.txt": "-r requirements.txt\npytest\n",
        "included-2.txt": "x==1 --hash=sha256:0\n-r included-4.txt\n",
        "included-3.txt": "y==2\n",
        "included-4.txt": "z\n",
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_requirements_may_have_any_encoding_that_says_which_it_is(
    tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "requirements.txt").write_bytes("-e ../../lib\nx==1\n".encode(encoding))
    locked = read_locked(tmp_path)
    assert locked.local_packages == ("-e ../../lib",)
    assert locked.files == {"requirements.txt": "-e ../../lib\nx==1\n"}


@pytest.mark.parametrize("locker", ["poetry", "uv"])
def test_images_have_all_extras_and_groups_unless_the_dir_chooses(locker: str) -> None:
    locked = Locked(locker, "")
    extra = {"poetry": "--extras=fast", "uv": "--extra=fast"}[locker]
    group = {"poetry": "--with=lint", "uv": "--no-default-groups --group=lint"}[locker]
    prod_group = {"poetry": "--with=lint", "uv": "--group=lint"}[locker]
    assert dev_options(locked, None, None) == "--all-extras --all-groups"
    assert dev_options(locked, ["fast"], ["lint"]) == f"{extra} {group}"
    assert prod_options(locked, [], []) == ""
    assert prod_options(locked, ["fast"], ["lint"]) == f"{extra} {prod_group}"


def test_extras_that_exclude_each_other_are_not_all_taken() -> None:
    assert dev_options(Locked("uv", "", conflicting=True), None, None) == ""


def test_requirements_that_are_not_compiled_yet_are_an_error(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.in": "x\n"})
    with pytest.raises(HelpersError, match="not compiled yet") as caught:
        read_locked(tmp_path)
    assert caught.value.fix == f"i dependency_lock --dir {tmp_path}"
    write_files(tmp_path, {"requirements.txt": "x==1\n"})
    assert read_locked(tmp_path).fix == f"i dependency_lock --dir {tmp_path}"


HASHED = "x==1 \\\n    --hash=sha256:0\n"


@pytest.mark.parametrize(
    ("main", "dev", "counts"),
    [
        ("x==1\n", "y\n", True),
        ("x==1\n", HASHED, True),
        (HASHED, "y==1 --hash=sha256:1\n", True),
        (f"--index-url https://h\n{HASHED}-e .\n# c\n", "y==1\n", False),
    ],
)
def test_what_developing_needs_counts_where_it_leaves_no_hash_unchecked(
    tmp_path: Path, main: str, dev: str, counts: bool
) -> None:
    before = read_locked_after(tmp_path, {"requirements.txt": main})
    after = read_locked_after(tmp_path, {"requirements-dev.txt": dev})
    assert (after != before) == counts


def read_locked_after(root: Path, files: dict[str, str]) -> str:
    write_files(root, files)
    return read_locked(root).content
