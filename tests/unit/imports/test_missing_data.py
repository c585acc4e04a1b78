"""Data files that no wheel has: which, whether code names them, and what is not known."""

from pathlib import Path

import pytest

from helpers.imports.missing_data import find_missing_data
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.repo import Repo
from helpers.wheels.archive import INPUTS_FILE, METADATA, WHEEL, Entry, write_wheel
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import plan_wheels
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import build_system, package

_DIR = "apps/churn"
_READS = """\
from importlib.resources import files


def prices() -> str:
    return files("churn").joinpath("data", "prices.json").read_text()
"""
_FILES = {
    "src/churn/reading.py": _READS,
    "src/churn/data/prices.json": "{}",
    "src/churn/data/a.csv": "",
    "src/churn/data/b.csv": "",
    "src/churn/README.md": "",
    "src/churn/py.typed": "",
    "src/churn/other.toml": "",
    "tests/test_a.py": "NAME = 'other.toml'\n",
}


def made(folder: Path, backend: str, more: str = "", **files: str) -> Repo:
    own = {**package("churn", backend, more=more), **_FILES, **files}
    repo = make_repo(folder, files={f"{_DIR}/{path}": text for path, text in own.items()})
    make_runnable_dir(repo, _DIR)
    commit_all(folder)
    return repo


def found(repo: Repo) -> list[Finding]:
    return find_missing_data(read_repo_inputs(repo), [_DIR])


def failures(repo: Repo) -> list[Finding]:
    return [one for one in found(repo) if not one.note]


def test_what_code_names_is_a_finding_and_the_rest_are_notes(tmp_path: Path) -> None:
    first, *notes = sorted(found(made(tmp_path / "repo", "setuptools")), key=lambda one: one.note)
    assert (first.kind, first.file, first.line) == (
        FindingKind.MISSING_DATA,
        f"{_DIR}/src/churn/reading.py",
        5,
    )
    assert first.subject == f"{_DIR}/src/churn/data/prices.json"
    assert first.fix == (
        'add "data/prices.json" to  "churn"  in [tool.setuptools.package-data] of'
        f" {_DIR}/pyproject.toml; or  i package_build --dir {_DIR} --with-data"
    )
    assert [one.subject for one in notes] == [
        f"{_DIR}/src/churn/data/*.csv",
        f"{_DIR}/src/churn/other.toml",
    ]
    assert "has 2 files apps/churn/src/churn/data/*.csv" in notes[0].what


@pytest.mark.parametrize("backend", ["poetry", "hatch", "uv", "flit"])
def test_backends_that_pack_what_stands_in_a_package_lack_nothing(
    backend: str, tmp_path: Path
) -> None:
    assert found(made(tmp_path / "repo", backend)) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('open(HERE / "prices.json")', True),
        ('open("data/prices.json")', True),
        ('folder.glob("*.json")', True),
        ('open(f"{name}.json")', True),
        ('open(f"{folder}/prices.json")', True),
        ('open("*")', False),
        ('print("prices.json is read")', False),
        ('x = ".json"', False),
    ],
)
def test_code_names_a_file_in_several_ways(text: str, *, named: bool, tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", "setuptools", **{"src/churn/reading.py": f"\n{text}\n"})
    assert bool(failures(repo)) is named


_POETRY = package("churn", "poetry")["pyproject.toml"]
_EXCLUDING = _POETRY.replace("packages =", 'exclude = ["*.x"]\npackages =')
_PACKAGE_DATA = "\n[tool.setuptools.package-data]\n"


@pytest.mark.parametrize(
    ("more", "packed"),
    [
        (_PACKAGE_DATA + 'churn = ["./data/*.json"]\n', True),
        (_PACKAGE_DATA + 'churn = ["**/*.json"]\n', True),
        (_PACKAGE_DATA + '"*" = ["*.json"]\n', True),
        (_PACKAGE_DATA + '"churn.data" = ["*.json"]\n', True),
        (_PACKAGE_DATA + 'churn = ["*.json"]\n', False),
        (_PACKAGE_DATA + 'other = ["**/*.json"]\n', False),
        (
            _PACKAGE_DATA
            + 'churn = ["**/*.json"]\n[tool.setuptools.exclude-package-data]\n"*" = ["d*n"]\n',
            False,
        ),
        (
            '\n[tool.setuptools.packages.find]\nwhere = ["src"]\nnamespaces = false\n'
            + _PACKAGE_DATA
            + '"*" = ["*.json"]\n',
            False,
        ),
        (
            '\n[tool.setuptools]\npackages = ["churn"]\npackage-dir = {"" = "src"}\n'
            + _PACKAGE_DATA
            + '"*" = ["*/prices.*"]\n',
            True,
        ),
        ('\n[tool.setuptools.packages.find]\nwhere = ["src"]\nexclude = ["churn*"]\n', True),
    ],
)
def test_tables_of_setuptools_are_read_as_it_reads_them(
    more: str, *, packed: bool, tmp_path: Path
) -> None:
    assert bool(failures(made(tmp_path / "repo", "setuptools", more))) is not packed


@pytest.mark.parametrize(
    ("backend", "more", "files", "unread"),
    [
        ("setuptools", "", {"setup.py": ""}, "setup.py"),
        ("setuptools", "", {"setup.cfg": "[options]\n"}, "setup.cfg"),
        ("setuptools", "", {"MANIFEST.in": ""}, "MANIFEST.in"),
        (
            "hatch",
            '\n[tool.hatch.build]\nexclude = ["*.json"]\n',
            {},
            "exclude of [tool.hatch.build]",
        ),
        ("hatch", "", {"hatch.toml": ""}, "hatch.toml"),
        ("uv", '\n[tool.uv.build-backend]\nwheel-exclude = ["x"]\n', {}, "wheel-exclude of"),
        ("poetry", "", {"pyproject.toml": _EXCLUDING}, "exclude of [tool.poetry]"),
        ("flit", "", {"pyproject.toml": ""}, ""),
    ],
)
def test_a_rule_that_is_not_read_is_said_and_a_wheel_of_the_same_inputs_tells(
    backend: str, more: str, files: dict[str, str], unread: str, tmp_path: Path
) -> None:
    repo = made(tmp_path / "repo", backend, more, **files)
    if not unread:
        assert found(repo) == []  # it is no package
        return
    (note,) = found(repo)
    assert (note.note, note.fix) == (True, f"i package_build --dir {_DIR}")
    assert "its 6 data files follows from " + unread in note.what
    put_wheel(repo, "churn/data/a.csv", "churn/data/b.csv", "churn/other.toml", "churn/py.typed")
    (first,) = found(repo)
    assert (first.note, first.subject) == (False, f"{_DIR}/src/churn/data/prices.json")
    assert first.fix.startswith(f"change {unread}")
    write_files(repo.root / _DIR, {"src/churn/more.json": ""})
    (note,) = found(repo)
    assert note.note


def put_wheel(repo: Repo, *names: str) -> None:
    """A wheel as `package_build` makes it, with one module and some data files."""
    dist = repo.root / "dist"
    (plan,) = plan_wheels(read_repo_inputs(repo), _DIR, BuildOptions(dist))
    info = "churn-1.2.dist-info"
    files = {name: Entry(b"") for name in ("churn/__init__.py", "churn/README.md", *names)}
    files[f"{info}/{INPUTS_FILE}"] = Entry(f'{{"inputs": "{plan.inputs}"}}'.encode())
    files |= {f"{info}/{name}": Entry(b"") for name in (METADATA, WHEEL)}
    dist.mkdir(exist_ok=True)
    (dist / ".gitignore").write_text("*\n")
    write_wheel(dist / "churn-1.2-py3-none-any.whl", files, info, 315532800)


def test_hatchling_may_leave_out_what_git_tracks_although_it_is_ignored(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", "hatch", **{".gitignore": "*.json\n"})
    (note,) = found(repo)
    assert note.what.endswith("so no wheel has it")
    git(repo.root, "add", "--force", f"{_DIR}/src/churn/data/prices.json")
    (note,) = found(repo)
    assert ".gitignore, which is not read here" in note.what


def test_what_code_names_and_git_ignores_is_a_note(tmp_path: Path) -> None:
    code = "MODEL = 'model ü.bin'\nOTHERS = '*.bin'\n"
    repo = made(tmp_path / "repo", "flit", **{".gitignore": "*.bin\n", "src/churn/run.py": code})
    files = {"src/churn/sub/model ü.bin": "", "notes/x.bin": "", "src/churn/__pycache__/x.bin": ""}
    write_files(repo.root / _DIR, files)
    commit_all(repo.root)
    first, *_ = found(repo)
    assert (first.note, first.line) == (True, 1)
    assert f"git ignores {_DIR}/src/churn/sub/model ü.bin, so no wheel has it" in first.what
    assert not any("notes" in one.subject or "cache" in one.subject for one in found(repo))


def test_other_backends_and_shared_packages_are_looked_at_too(tmp_path: Path) -> None:
    text = '[project]\nname = "log"\nversion = "1"\n\n[build-system]\nrequires = ["pdm-backend"]\n'
    files = {
        "libs/log/pyproject.toml": text + 'build-backend = "pdm.backend"\n',
        "libs/log/src/log/__init__.py": "",
        "libs/log/src/log/x.json": "",
        "libs/set/pyproject.toml": '[project]\nname = "set"\nversion = "1"\n'
        + build_system("setuptools"),
        "libs/set/src/set/__init__.py": 'X = "x.json"\n',
        "libs/set/src/set/x.json": "",
    }
    repo = make_repo(tmp_path / "repo", files=files)
    make_runnable_dir(repo, _DIR)
    commit_all(repo.root)
    inputs = read_repo_inputs(repo, besides=["libs/log", "libs/set"])
    first, second = find_missing_data(inputs, ["libs/log", "libs/set", _DIR])
    assert (first.note, second.note) == (True, False)
    assert "the backend pdm.backend" in first.what
    assert second.place == "libs/set"
