"""What a member of a workspace of uv has of the lock file that all members share."""

import tomllib
from pathlib import Path

import pytest

from helpers.lockers.all_lockers import dev_options, prod_options, read_locked
from helpers.lockers.named import Kind, find_kind, find_lock_file, read_project
from helpers.lockers.optional import chosen_parts, find_absent, held_names
from helpers.lockers.versions import parse_versions
from helpers.lockers.workspaces.member import find_member, part_for, part_of, read_parts, to_toml
from helpers.model.errors import HelpersError
from helpers.model.settings.config import DirConfig
from tests.builders import write_files

_ROOT = """\
[project]
name = "harbour"
version = "0"
requires-python = ">=3.11"
dependencies = ["other"]
[tool.uv.workspace]
members = ["packages/*"]
[dependency-groups]
dev = ["pytest>=8"]
"""
_PILOT = """\
[project]
name = "Pilot"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["tides[fast]", "attrs>=23"]
[dependency-groups]
dev = ["packaging"]
[tool.uv.sources]
tides = { workspace = true }
"""
_TIDES = '[project]\nname = "tides"\nversion = "2"\ndependencies = []\n'
_OTHER = '[project]\nname = "other"\nversion = "3"\ndependencies = ["certifi"]\n'


def _registry(name: str, *further: str, version: str = "1.0") -> str:
    lines = [f'name = "{name}"', f'version = "{version}"', 'source = { registry = "https://x/" }']
    return "\n".join(["[[package]]", *lines, *further, "", ""])


_LOCK = (
    """\
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = ["harbour", "other", "pilot", "tides"]

[[package]]
name = "harbour"
version = "0"
source = { virtual = "." }
dependencies = [{ name = "other" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "other"
version = "3"
source = { editable = "packages/other" }
dependencies = [{ name = "certifi" }]

[package.metadata]
requires-dist = [{ name = "certifi" }]

[[package]]
name = "pilot"
version = "1.0.0"
source = { editable = "packages/pilot" }
dependencies = [{ name = "attrs" }, { name = "tides", extra = ["fast"] }]

[package.dev-dependencies]
dev = [{ name = "packaging" }]

[package.metadata]
requires-dist = [
    { name = "attrs", specifier = ">=23" },
    { name = "tides", extras = ["fast"], editable = "packages/tides" },
]

[package.metadata.requires-dev]
dev = [{ name = "packaging" }]

[[package]]
name = "tides"
version = "2"
source = { editable = "packages/tides" }

[package.optional-dependencies]
fast = [{ name = "six" }]
slow = [{ name = "certifi" }]

[package.dev-dependencies]
dev = [{ name = "ruff" }]

"""
    + _registry("attrs", version="26.1")
    + _registry("certifi")
    + _registry("packaging")
    + _registry("pluggy")
    + _registry("pytest", 'dependencies = [{ name = "pluggy" }]')
    + _registry("ruff")
    + _registry("six")
)
_FILES = {
    "pyproject.toml": _ROOT,
    "uv.lock": _LOCK,
    "packages/pilot/pyproject.toml": _PILOT,
    "packages/tides/pyproject.toml": _TIDES,
    "packages/other/pyproject.toml": _OTHER,
}


@pytest.fixture
def pilot(tmp_path: Path) -> Path:
    write_files(tmp_path, _FILES)
    return tmp_path / "packages/pilot"


def _names(text: str) -> set[str]:
    return {package["name"] for package in tomllib.loads(text)["package"]}


def test_it_has_what_it_needs_with_the_tools_of_the_root(pilot: Path) -> None:
    part = read_locked(pilot).files["uv.lock"]
    packaged = {"pytest", "pluggy"}  # of the root's group
    assert _names(part) == {"pilot", "attrs", "tides", "six", "packaging"} | packaged
    own = next(one for one in tomllib.loads(part)["package"] if one["name"] == "pilot")
    assert own["dev-dependencies"] == {"dev": [{"name": "packaging"}, {"name": "pytest"}]}
    assert parse_versions("uv.lock", part)["attrs"] == ("26.1",)


def test_all_tools_read_it_as_a_lock_file_of_a_project_alone(pilot: Path) -> None:
    locked = read_locked(pilot)
    project = tomllib.loads(locked.files["pyproject.toml"])
    assert project["project"]["name"] == "Pilot"
    assert "sources" not in project["tool"]["uv"]
    assert locked.local_packages == ()
    assert not locked.checked_by_tool
    assert dev_options(locked, None, None) == "--no-emit-workspace --all-extras --all-groups"
    assert prod_options(locked, (), ()) == "--no-emit-workspace"
    assert dev_options(locked, ("x",), ("dev",)) == (
        "--no-emit-workspace --extra=x --no-default-groups --group=dev"
    )


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        # Another member asks for more, has another version, or an extra that nobody here wants.
        ('dependencies = [{ name = "certifi" }]', 'dependencies = [{ name = "ruff" }]', False),
        ('name = "other"\nversion = "3"', 'name = "other"\nversion = "4"', False),
        ('slow = [{ name = "certifi" }]', 'slow = [{ name = "ruff" }]', False),
        ('dev = [{ name = "ruff" }]', 'dev = [{ name = "certifi" }]', False),
        ('members = ["harbour", ', 'members = ["harbour", "new", ', False),
        ('dependencies = [{ name = "other" }]', "dependencies = []", False),
        ('name = "ruff"\nversion = "1.0"', 'name = "ruff"\nversion = "2.0"', False),
        ('name = "tides"\nversion = "2"', 'name = "tides"\nversion = "3"', False),
        # What is used here, by whatever way.
        ('name = "six"\nversion = "1.0"', 'name = "six"\nversion = "2.0"', True),
        ('name = "pluggy"\nversion = "1.0"', 'name = "pluggy"\nversion = "2.0"', True),
        ('fast = [{ name = "six" }]', 'fast = [{ name = "six" }, { name = "ruff" }]', True),
        ('dev = [{ name = "pytest" }]', 'dev = [{ name = "pytest" }, { name = "ruff" }]', True),
        ('requires-python = ">=3.11"', 'requires-python = ">=3.12"', True),
    ],
)
def test_only_what_it_uses_counts(pilot: Path, old: str, new: str, counts: bool) -> None:
    before = read_locked(pilot).content
    assert old in _LOCK
    changed = _LOCK.replace(old, new, 1)
    (pilot.parents[1] / "uv.lock").write_text(changed)
    assert (read_locked(pilot).content != before) == counts
    parts = dict(read_parts(_LOCK).paths), dict(read_parts(changed).paths)
    assert (parts[0]["pilot"] != parts[1]["pilot"]) == counts
    assert (part_of(_LOCK, "pilot") != part_of(changed, "pilot")) == counts


def test_groups_of_a_root_that_is_no_project_are_there_too() -> None:
    lock = tomllib.loads(_LOCK)
    lock["package"] = [one for one in lock["package"] if one["name"] != "harbour"]
    lock["manifest"]["dependency-groups"] = {
        "dev": [{"name": "pytest", "specifier": ">=8", "marker": "sys_platform != 'x'"}],
        "lint": [{"name": "ruff", "extras": ["all"]}],
    }
    second = {"name": "pytest", "version": "2", "source": {"registry": "https://x/"},
              "resolution-markers": ["a == 'b'", "c == 'd'"]}  # fmt: skip
    lock["package"].append(second)
    own = part_for(lock, "pilot")["package"][0]["dev-dependencies"]
    assert own["lint"] == [{"name": "ruff", "extra": ["all"]}]
    assert own["dev"][0] == {"name": "packaging"}
    assert own["dev"][2] == {
        "name": "pytest", "version": "2", "source": {"registry": "https://x/"},
        "marker": "(sys_platform != 'x') and ((a == 'b') or (c == 'd'))",
    }  # fmt: skip


def test_a_document_is_read_as_it_was_written() -> None:
    lock = tomllib.loads(_LOCK)
    assert tomllib.loads(to_toml(lock)) == lock
    odd = {
        "a b": 'say "x"\n\\',
        "é": "é \U0001f600",
        "day": tomllib.loads("d = 2026-01-02T03:04:05Z")["d"],
        "n": [1.5],
    }
    assert tomllib.loads(to_toml(odd)) == odd


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("packages/pilot/pyproject.toml", '"attrs>=23"', '"attrs>=23", "httpx"'),
        ("packages/pilot/pyproject.toml", '"attrs>=23"', '"attrs>=27"'),
        ("packages/pilot/pyproject.toml", '["packaging"]', '["packaging", "hypothesis"]'),
        ("packages/pilot/pyproject.toml", '"Pilot"', '"Helm"'),
        ("packages/pilot/pyproject.toml", 'name = "Pilot"\n', ""),
        ("uv.lock", "version = 1\n", "versio"),
        ("uv.lock", "version = 1\nrevision", "revision"),
    ],
)
def test_what_does_not_fit_is_said(pilot: Path, name: str, old: str, new: str) -> None:
    root = pilot.parents[1]
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new, 1))
    with pytest.raises(HelpersError) as caught:
        read_locked(pilot)
    assert str(root) in caught.value.where
    assert caught.value.fix


def test_a_workspace_that_is_not_locked_is_said(pilot: Path) -> None:
    (pilot.parents[1] / "uv.lock").unlink()
    with pytest.raises(HelpersError, match="is not locked") as caught:
        read_locked(pilot)
    assert caught.value.fix == f"i dependency_lock --dir {pilot}"


def test_who_is_a_member(pilot: Path) -> None:
    root = pilot.parents[1]
    assert find_member(root) is None
    member = find_member(pilot)
    assert member
    assert (member.root, member.path, member.name) == (root, "packages/pilot", "pilot")
    # A lock file of its own counts first.
    (pilot / "requirements.txt").write_text("")
    assert find_member(pilot) is None
    (pilot / "requirements.txt").unlink()
    # What is another checkout is another project.
    (pilot / ".git").write_text("gitdir: elsewhere\n")
    assert find_member(pilot) is None
    (pilot / ".git").unlink()
    (root / "pyproject.toml").write_text(_ROOT.replace('["packages/*"]', '["libs/*"]'))
    assert find_member(pilot) is None


def test_the_groups_of_the_root_count_when_a_member_becomes_a_dir(pilot: Path) -> None:
    content = read_project(pilot)
    assert content["dependency-groups"] == {"dev": ["packaging", "pytest>=8"]}
    assert find_kind(pilot, content) is Kind.UV
    assert find_lock_file(pilot, Kind.UV) == "../../uv.lock"
    held, lacking = chosen_parts(Kind.UV, content, DirConfig())
    assert not lacking
    assert held_names(pilot, Kind.UV, content, held) >= {"attrs", "six", "pytest", "pluggy"}
    absent = find_absent(pilot, DirConfig(groups=()))
    assert set(absent.packages) >= {"pytest", "packaging"}
