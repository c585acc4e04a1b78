import shlex
from pathlib import Path

import pytest

from helpers.lockers.beside import Unread, says_nothing_plainly, unread_files
from helpers.lockers.commands import Action, Change, choose_resolver, resolver_command
from helpers.lockers.named import Kind, find_kind, read_project
from helpers.lockers.optional import chosen_parts, held_names
from helpers.model.settings.config import DirConfig
from helpers.system.process import run
from tests.builders import write_files

PROJECT = '[project]\nname = "a"\nversion = "1"\ndependencies = ["iniconfig"]\n'
POETRY = '[tool.poetry.dependencies]\npython = "*"\niniconfig = "*"\n'
UV = f"{PROJECT}[tool.uv]\n"
HASHED = "x==1 --hash=sha256:00\n"


def unread(folder: Path) -> tuple[Unread, ...]:
    content = read_project(folder)
    kind = find_kind(folder, content)
    parts, _ = chosen_parts(kind, content, DirConfig())
    return unread_files(folder, kind, content, held_names(folder, kind, content, parts))


def asked(folder: Path) -> dict[str, list[str]]:
    return {one.file: sorted(one.packages) for one in unread(folder)}


def typed(folder: Path, command: str, below: str = ".") -> list[str]:
    """Type a command at the repo's root; the arguments of `i`, where it calls that."""
    root = folder if below == "." else folder.parents[below.count("/")]
    script = f"i() {{ printf '%s\\0' \"$@\"; }}\nuv() {{ cat; printf '%s\\0' \"$@\"; }}\n{command}"
    return run(["sh", "-eu", "-c", script], cwd=root).stdout.split("\0")[:-1]


def fix(folder: Path, one: Unread, below: str = ".") -> str:
    return one.fix(folder, below, find_kind(folder, read_project(folder)))


@pytest.mark.parametrize("project", [POETRY, UV, PROJECT])
@pytest.mark.parametrize(
    "name",
    [
        "requirements-dev.txt",
        "requirements_dev.txt",
        "dev-requirements.txt",
        "requirements/dev.txt",
        "requirements/test.in",
    ],
)
def test_a_file_for_developing_beside_pyproject_is_named(
    tmp_path: Path, project: str, name: str
) -> None:
    write_files(tmp_path, {"pyproject.toml": project, name: "responses>=0.25\nIniConfig\n"})
    assert asked(tmp_path) == {name: ["responses"]}
    (one,) = unread(tmp_path)
    assert one.dev
    assert str(one) == f"{name} asks for responses, and the image is not made from {name}"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements-docs.txt": "sphinx\n", "constraints.txt": "x\n"}, {}),
        ({"requirements-dev.txt": "iniconfig\n"}, {}),
        ({"my-requirements.md": "x\n", "requirements.yml": "x\n"}, {}),
        # A compiled file names all that comes along; its source says what is wanted.
        (
            {"requirements-dev.in": "pytest\n", "requirements-dev.txt": "pluggy==1\npytest==8\n"},
            {"requirements-dev.in": ["pytest"]},
        ),
        # Each package is told once.
        (
            {"requirements/base.txt": "a\n", "requirements/dev.txt": "-r base.txt\nb\n"},
            {"requirements/base.txt": ["a"], "requirements/dev.txt": ["b"]},
        ),
    ],
)
def test_only_what_is_lacking_is_named(
    tmp_path: Path, files: dict[str, str], expected: dict[str, list[str]]
) -> None:
    write_files(tmp_path, {"pyproject.toml": POETRY, **files})
    assert asked(tmp_path) == expected


@pytest.mark.parametrize("project", [POETRY, UV])
def test_poetry_and_uv_get_the_packages_as_they_are_written(tmp_path: Path, project: str) -> None:
    write_files(
        tmp_path,
        {
            "pyproject.toml": project,
            "requirements-dev.txt": "responses >= 0.25 ; python_version < '4'  # why\n"
            "x==1 \\\n  --hash=sha256:00\n",
        },
    )
    words = typed(tmp_path, fix(tmp_path, unread(tmp_path)[0]))
    assert words[0] == "dependency_add"
    assert words[-4:] == ["--group", "dev", "--dir", "."]
    packages = tuple(words[2:-4:2])
    assert packages == ("responses >= 0.25 ; python_version < '4'", "x==1")
    command = resolver_command(choose_resolver(tmp_path), Change(Action.ADD, packages, "dev"))
    assert command[-2:] == packages


@pytest.mark.parametrize("below", [".", "apps/a b"])
@pytest.mark.parametrize("project", ["", PROJECT])
def test_what_is_compiled_includes_the_file(tmp_path: Path, project: str, below: str) -> None:
    folder = tmp_path / below
    write_files(folder, {"dev-requirements.txt": "responses\n", "requirements.in": "# mine\n"})
    write_files(folder, {"pyproject.toml": project} if project else {})
    (one,) = unread(folder)
    assert typed(folder, fix(folder, one, below), below) == ["dependency_lock", "--dir", below]
    assert (folder / "requirements.in").read_text() == "# mine\n-r dev-requirements.txt\n"
    assert unread(folder) == ()


def test_requirements_as_they_are_get_a_file_that_counts(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "x==1\n", "requirements/dev.txt": "responses\n"})
    (one,) = unread(tmp_path)
    typed(tmp_path, fix(tmp_path, one))
    assert (tmp_path / "requirements_dev.txt").read_text() == "-r requirements/dev.txt\n"
    assert unread(tmp_path) == ()


def test_a_file_without_hashes_beside_one_with_does_not_count(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": HASHED, "requirements_dev.txt": "responses\n"})
    (one,) = unread(tmp_path)
    words = typed(tmp_path, fix(tmp_path, one))
    assert words[0].startswith("responses\n")
    assert words[-3:] == ["--output-file", "requirements-dev.txt", "-"]


def test_what_production_needs_joins_requirements_with_hashes(tmp_path: Path) -> None:
    setup = "import setuptools\nsetuptools.setup(install_requires=['y>=1'])\n"
    write_files(tmp_path, {"requirements.txt": HASHED, "setup.py": setup})
    (one,) = unread(tmp_path)
    words = typed(tmp_path, fix(tmp_path, one))
    assert words[0].startswith(f"{HASHED}y>=1\n")
    assert words[-3:] == ["--output-file", "requirements.txt", "-"]


def test_beside_requirements_that_count_nothing_is_named(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {"requirements.txt": "x==1\n", "requirements-dev.txt": "y\n", "requirements_prod.txt": "z"},
    )
    assert unread(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.cfg", "[options]\ninstall_requires =\n  My.Dep>=1\n  iniconfig\n"),
        ("setup.cfg", "[options.extras_require]\ndev =\n  My.Dep>=1\nother =\n  y\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['My.Dep>=1'])\n"),
        ("setup.py", "import setuptools as s\nN = ['My.Dep>=1']\ns.setup(install_requires=N)\n"),
        ("setup.py", "import x\nx.setup(extras_require={'test': ['My.Dep>=1'], 'o': ['y']})\n"),
    ],
)
@pytest.mark.parametrize("project", ["", POETRY])
def test_what_setuptools_would_install_is_named(
    tmp_path: Path, name: str, text: str, project: str
) -> None:
    write_files(tmp_path, {name: text, "pyproject.toml": project, "requirements.in": "iniconfig\n"})
    if project:
        (tmp_path / "requirements.in").unlink()
    (one,) = unread(tmp_path)
    assert (one.file, one.packages) == (name, {"my-dep": "My.Dep>=1"})
    words = shlex.split(fix(tmp_path, one))
    assert "My.Dep>=1" in words
    assert "dev" not in words, "production needs it, too"
    typed(tmp_path, fix(tmp_path, one))
    if not project:
        assert unread(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "raise SystemExit(1)\n"),
        ("setup.py", "def setup(:\n"),
        ("setup.py", "from x import y, setup\nsetup(install_requires=y())\n"),
        ("setup.cfg", "no section\n"),
        ("setup.cfg", "[options]\ninstall_requires = file: requirements.txt\n"),
    ],
)
def test_what_only_executing_would_tell_is_no_list(tmp_path: Path, name: str, text: str) -> None:
    write_files(tmp_path, {name: text})
    assert unread(tmp_path) == ()
    assert bool(says_nothing_plainly(tmp_path)) == ("install_requires=y()" in text)


def test_beside_a_project_table_setuptools_files_do_not_speak(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"pyproject.toml": PROJECT, "setup.cfg": "[options]\ninstall_requires =\n  x\n"}
    )
    assert unread(tmp_path) == ()


def test_an_own_dockerfile_decides_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"devops/Dockerfile": "", "requirements-dev.txt": "x\n"})
    assert unread(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("requirements-dev.txt", "\ufeffhttpx\n".encode("utf-16-le")),
        ("requirements-dev.txt", b"\xef\xbb\xbfhttpx\n"),
        ("setup.py", b"# caf\xe9\nsetup(install_requires=['httpx'])\n"),
        ("setup.cfg", b"[metadata]\nauthor = caf\xe9\n[options]\ninstall_requires = httpx\n"),
    ],
)
def test_whatever_encoding_a_file_has_it_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    (found,) = unread_files(tmp_path, Kind.POETRY, {}, set())
    assert (found.file, list(found.packages)) == (name, ["httpx"])


@pytest.mark.parametrize("depth", [150, 9_000, 200_000])
def test_a_setup_script_that_is_nested_too_deeply_asks_for_nothing(
    tmp_path: Path, depth: int
) -> None:
    nested = "[" * depth + "]" * depth
    (tmp_path / "setup.py").write_text(f"A = {nested}\nsetup(install_requires=A)\n")
    assert unread_files(tmp_path, Kind.POETRY, {}, set()) == ()
