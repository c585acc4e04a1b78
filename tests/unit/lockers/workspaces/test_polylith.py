"""The part of a Polylith workspace's lock file that one of its projects needs."""

import tomllib
from pathlib import Path

import pytest

from helpers.lockers.all_lockers import dev_options, prod_options, read_locked
from helpers.lockers.commands import has_resolver
from helpers.lockers.locked import Action, Locked
from helpers.lockers.named import Kind, find_kind, find_lock_file
from helpers.lockers.versions import read_versions
from helpers.lockers.workspaces.asked import specifiers
from helpers.lockers.workspaces.polylith import find_shared_lock
from helpers.model.errors import HelpersError
from helpers.wheels.pins import read_pins
from tests.builders import write_files
from tests.polylith import API, PACKAGES, lock, workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path / "ws", workspace())
    (tmp_path / "ws" / ".git").mkdir()
    return tmp_path / "ws"


def read(root: Path, name: str) -> Locked:
    return read_locked(root / "projects" / name)


def packages(root: Path, name: str) -> dict[str, bool]:
    """By package of the project's part, whether only an extra brings it."""
    part = tomllib.loads(read(root, name).files["poetry.lock"])
    return {one["name"]: one["optional"] for one in part["package"]}


def test_a_project_has_what_it_asks_for_and_the_groups_of_the_workspace(root: Path) -> None:
    tools = {"pytest": False, "iniconfig": False}
    assert packages(root, "api") == {"httpx": False, "h11": False, "requests": True, **tools}
    own = {"requests": False, "pysocks": False, "httpx": True, "h11": True}
    assert packages(root, "old") == {**own, **tools}
    project = tomllib.loads(read(root, "api").files["pyproject.toml"])
    assert project["tool"]["poetry"]["group"]["dev"]["dependencies"] == {"pytest": "^8"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("api", "ad6ca6ca133b9beabcdaa4d23208a29e158822a54415fc6f778f588acc2b13e0"),
        ("old", "a18e1a9c1c2f7403f41847ee39cd9eac0c74a7ba639833d08576d0c534e943c6"),
    ],
)
def test_poetry_takes_the_part_for_a_lock_file_of_the_project(
    root: Path, name: str, said: str
) -> None:
    # As Poetry 2.5.1 hashes the same pyproject.toml.
    locked = read(root, name)
    part = tomllib.loads(locked.files["poetry.lock"])
    assert part["metadata"]["content-hash"] == said
    assert not any("groups" in package for package in part["package"])
    assert locked.locker == "poetry"
    assert dev_options(locked, None, None) == "--all-extras --all-groups"
    assert prod_options(locked, ["net"], []) == "--extras=net"


def test_what_others_in_the_workspace_need_changes_nothing(root: Path) -> None:
    before = {name: read(root, name).content for name in ("api", "old")}
    other = {**PACKAGES, "flask": ("3.0", "")}
    write_files(root, {"poetry.lock": lock(other, groups='["main", "dev"]')})
    assert {name: read(root, name).content for name in before} == before
    write_files(root, {"poetry.lock": lock({**PACKAGES, "pysocks": ("1.7.2", "")})})
    assert read(root, "api").content == before["api"]
    assert read(root, "old").content != before["old"]


def test_a_lock_file_of_its_own_counts_and_so_does_the_end_of_a_checkout(root: Path) -> None:
    folder = root / "projects" / "api"
    assert find_shared_lock(folder)
    assert find_shared_lock(root) is None
    write_files(folder, {"requirements.txt": ""})
    assert find_shared_lock(folder) is None
    old = root / "projects" / "old"
    write_files(root, {"workspace.toml": "[other]\n"})
    assert find_shared_lock(old) is None
    write_files(root, {"workspace.toml": workspace()["workspace.toml"]})
    assert find_shared_lock(old)
    (old / ".git").mkdir()
    assert find_shared_lock(old) is None


def test_the_shared_file_is_what_others_read_for_the_project(root: Path) -> None:
    folder = root / "projects" / "api"
    kind = find_kind(folder, tomllib.loads(API))
    assert kind is Kind.POETRY
    assert find_lock_file(folder, kind) == "../../poetry.lock"
    assert read_pins(folder, "projects/api").file == root / "poetry.lock"
    assert read_versions(folder)["httpx"] == ("0.28.1",)
    assert "pysocks" not in read_versions(folder)
    assert not has_resolver(folder, Action.LOCK)
    assert has_resolver(root, Action.LOCK)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("flask (>=3)", "asks for flask>=3, and the lock file of its workspace does not have it"),
        ("httpx (>=1)", "asks for httpx>=1, and the lock file of its workspace has 0.28.1"),
        ("httpx (>>1)", "a requirement that is none"),
    ],
)
def test_what_the_lock_file_lacks_is_refused(root: Path, line: str, what: str) -> None:
    text = API.replace("httpx (>=0.27,<1)", line)
    write_files(root, {"projects/api/pyproject.toml": text})
    with pytest.raises(HelpersError, match=what):
        read(root, "api")


def test_what_no_image_needs_may_be_lacking(root: Path) -> None:
    lines = '"httpx>=0.27", "tomli ; python_version < \'3.11\'", "x ; sys_platform == \'win32\'"'
    text = API.replace('"httpx (>=0.27,<1)"', lines)
    write_files(root, {"projects/api/pyproject.toml": text})
    assert "tomli" not in packages(root, "api")
    lines = lines.replace("win32", "linux")
    write_files(root, {"projects/api/pyproject.toml": API.replace('"httpx (>=0.27,<1)"', lines)})
    with pytest.raises(HelpersError, match="asks for x, and the lock file"):
        read(root, "api")


def test_several_versions_of_a_package_are_refused(root: Path) -> None:
    text = lock({"h11": ("0.17.0", "")}).partition("[metadata]")[0] + lock()
    write_files(root, {"poetry.lock": text})
    with pytest.raises(HelpersError, match="several versions of h11") as caught:
        read(root, "api")
    assert "a lock file of its own" in caught.value.fix


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("^1.2.3", (">=1.2.3,<2",)),
        ("^0.3", (">=0.3,<0.4",)),
        ("^0.0.3", (">=0.0.3,<0.0.4",)),
        ("^0", (">=0,<1",)),
        ("~1.2.3", (">=1.2.3,<1.3",)),
        ("~1", (">=1,<2",)),
        ("1.2.*", ("==1.2.*",)),
        ("1.2", ("==1.2",)),
        (">=1,<3 || 4.1", (">=1,<3", "==4.1")),
        ("*", ()),
    ],
)
def test_constraints_of_poetrys_are_read(constraint: str, said: tuple[str, ...]) -> None:
    assert specifiers(constraint) == said


def test_a_package_by_path_is_found_by_its_name_in_the_lock_file(root: Path) -> None:
    text = API.replace('["httpx', '["text-lib", "httpx')
    text += '\n[tool.poetry.dependencies]\ntext-lib = {path = "../../libs/text", develop = true}\n'
    write_files(root, {"projects/api/pyproject.toml": text})
    with pytest.raises(HelpersError, match="asks for text-lib, and the lock file"):
        read(root, "api")
    local = {**PACKAGES, "text-lib": ("1.2", 'pysocks = "*"\n'), "pysocks": ("1.7.1", "")}
    source = '\n[package.source]\ntype = "directory"\nurl = "libs/text"\n'
    before, name, after = lock(local).partition('pysocks = "*"\n')
    write_files(root, {"poetry.lock": before + name + source + after})
    assert read(root, "api").local_packages == ("text-lib",)
    assert packages(root, "api")["pysocks"] is False
    content = read(root, "api").content
    write_files(root, {"poetry.lock": (before + name + source + after).replace('"1.2"', '"1.3"')})
    assert read(root, "api").content == content


def test_what_poetrys_tables_say_of_a_standard_project_stays(root: Path) -> None:
    text = '[project]\nname = "dyn"\nrequires-python = ">=3.11"\ndynamic = ["dependencies", "x"]\n'
    text += '[tool.poetry.dependencies]\nhttpx = "^0.28"\n[tool.poetry.group.a]\n'
    text += 'include-groups = ["b"]\n[tool.poetry.group.b.dependencies]\niniconfig = "*"\n'
    write_files(root, {"projects/dyn/pyproject.toml": text})
    project = tomllib.loads(read(root, "dyn").files["pyproject.toml"])
    assert project["project"]["dynamic"] == ["dependencies"]
    assert project["tool"]["poetry"]["group"]["a"]["include-groups"] == ["b"]
    assert packages(root, "dyn") == dict.fromkeys(("httpx", "h11", "iniconfig", "pytest"), False)
