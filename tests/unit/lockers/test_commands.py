from dataclasses import replace
from pathlib import Path

import pytest

from helpers.lockers import poetry, uv
from helpers.lockers.commands import (
    Action,
    Change,
    Resolver,
    check_possible,
    choose_resolver,
    has_resolver,
    is_readable,
    resolver_command,
)
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import OutdatedPackage
from helpers.system.process import run
from tests.builders import write_files

PROJECT = '[project]\nname = "a"\nversion = "1"\n'
POETRY = Resolver("poetry", "poetry.lock")
UV = Resolver("uv", "uv.lock")
COMPILED = Resolver("uv pip compile", "requirements.txt", ("requirements.in", "pyproject.toml"))

COMPILE = (
    "uv pip compile --no-progress --color=never --quiet --universal --generate-hashes --no-header"
    " --output-file=requirements.txt"
)


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"pyproject.toml": PROJECT, "poetry.lock": "[broken"}, "poetry"),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, "uv"),
        ({"pyproject.toml": "[broken", "uv.lock": ""}, "uv"),
        ({"pyproject.toml": PROJECT}, "poetry"),
        ({"pyproject.toml": f"{PROJECT}[tool.uv]\n"}, "uv"),
        ({"pyproject.toml": PROJECT, "poetry.lock": "", "requirements.txt": ""}, "poetry"),
        ({"pyproject.toml": PROJECT, "poetry.lock": "", "requirements.in": ""}, "poetry"),
    ],
)
def test_the_tool_follows_from_the_files(tmp_path: Path, files: dict[str, str], name: str) -> None:
    write_files(tmp_path, files)
    assert choose_resolver(tmp_path).name == name
    assert has_resolver(tmp_path, Action.ADD)


@pytest.mark.parametrize(
    ("files", "fix"),
    [
        ({"requirements.txt": "x==1\n"}, "edit requirements.txt"),
        ({"requirements.txt": "x==1\n", "pyproject.toml": PROJECT}, "edit requirements.txt"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "write pyproject.toml"),
        ({}, "write pyproject.toml"),
        ({"poetry.lock": ""}, "git checkout HEAD -- pyproject.toml"),
        ({"pyproject.toml": PROJECT, "poetry.lock": "", "uv.lock": ""}, "git rm"),
    ],
)
def test_a_dir_that_no_tool_locks_is_an_error_that_says_what_to_do(
    tmp_path: Path, files: dict[str, str], fix: str
) -> None:
    write_files(tmp_path, files)
    with pytest.raises(HelpersError) as caught:
        choose_resolver(tmp_path)
    assert caught.value.fix.startswith(fix)


@pytest.mark.parametrize(
    ("resolver", "change", "ending"),
    [
        (POETRY, Change(Action.LOCK), "poetry lock --no-interaction --no-ansi"),
        (POETRY, Change(Action.UPDATE), "poetry update --no-interaction --no-ansi --lock"),
        (
            POETRY,
            Change(Action.ADD, ("a>=2", "b"), "dev"),
            "poetry add --no-interaction --no-ansi --lock --group=dev a>=2 b",
        ),
        (
            POETRY,
            Change(Action.REMOVE, ("a",)),
            "poetry remove --no-interaction --no-ansi --lock a",
        ),
        (POETRY, Change(Action.CHECK), "poetry check --no-interaction --no-ansi --lock"),
        (UV, Change(Action.CHECK), "uv lock --no-progress --color=never --locked"),
        (UV, Change(Action.LOCK), "uv lock --no-progress --color=never"),
        (UV, Change(Action.UPDATE), "uv lock --no-progress --color=never --upgrade"),
        (
            UV,
            Change(Action.UPDATE, ("a", "b")),
            "uv lock --no-progress --color=never --upgrade-package=a --upgrade-package=b",
        ),
        (
            UV,
            Change(Action.ADD, ("a>=2",), "dev"),
            "uv add --no-progress --color=never --no-sync --group=dev a>=2",
        ),
        (
            UV,
            Change(Action.REMOVE, ("a",)),
            "uv remove --no-progress --color=never --no-sync a",
        ),
        (COMPILED, Change(Action.LOCK), f"{COMPILE} requirements.in pyproject.toml"),
        (COMPILED, Change(Action.UPDATE), f"{COMPILE} --upgrade requirements.in pyproject.toml"),
        (
            COMPILED,
            Change(Action.UPDATE, ("a",)),
            f"{COMPILE} --upgrade-package=a requirements.in pyproject.toml",
        ),
    ],
)
def test_what_is_run(resolver: Resolver, change: Change, ending: str) -> None:
    assert " ".join(resolver_command(resolver, change)) == f"/opt/installer/bin/{ending}"


@pytest.mark.parametrize(
    "change",
    [
        Change(Action.ADD),
        Change(Action.REMOVE),
        Change(Action.ADD, ("--index=https://evil.example",)),
        Change(Action.ADD, ("a",), "--frozen"),
        Change(Action.UPDATE, ("",)),
    ],
)
def test_nothing_and_options_are_no_packages(change: Change) -> None:
    with pytest.raises(HelpersError):
        resolver_command(POETRY, change)


def test_what_poetry_says_of_newer_versions() -> None:
    output = 'Warning\n[{"name": "a", "version": "1", "latest_version": "2", "description": "d"}]\n'
    assert poetry.read_outdated(output) == (OutdatedPackage("a", "1", "2"),)
    assert poetry.read_outdated("") == ()
    with pytest.raises(HelpersError):
        poetry.read_outdated("[not json")


def test_what_uv_says_of_newer_versions_each_once() -> None:
    output = (
        "app v1\n├── a v2.0.0 (latest: v2.3.1)\n│   └── b v1\n"
        "└── c[x] v1.4.0 (group: dev) (latest: v1.7.0)\n    └── a v2.0.0 (latest: v2.3.1)\n"
    )
    assert uv.read_outdated(output) == (
        OutdatedPackage("a", "2.0.0", "2.3.1"),
        OutdatedPackage("c", "1.4.0", "1.7.0"),
    )


def test_a_member_of_a_workspace_is_locked_with_its_workspace(tmp_path: Path) -> None:
    workspace = '[tool.uv.workspace]\nmembers = ["apps/*"]\nexclude = ["apps/b"]\n'
    project = '[project]\nname = "x"\nversion = "1"\n'
    write_files(
        tmp_path,
        {
            "pyproject.toml": workspace,
            "apps/a/pyproject.toml": project,
            "apps/b/pyproject.toml": project + "[tool.uv]\n",
        },
    )
    resolver = choose_resolver(tmp_path / "apps/a")
    assert resolver.member is not None
    assert (resolver.member.root, resolver.member.path) == (tmp_path, "apps/a")
    shown = resolver_command(resolver, Change(Action.OUTDATED))
    assert "--package=x" in shown
    assert "--package=x" not in resolver_command(resolver, Change(Action.LOCK))
    assert choose_resolver(tmp_path / "apps/b").member is None
    assert has_resolver(tmp_path / "apps/a", Action.ADD)


PROJECT_WITH_GROUPS = f"""\
{PROJECT}
[project.optional-dependencies]
Test = ["x"]
checks = ["PyTest>=8"]
docs = ["pytest-sphinx"]

[dependency-groups]
lint = ["ruff"]
"""


@pytest.mark.parametrize(
    ("project", "sources"),
    [
        ("[tool.ruff]\n", ()),
        (PROJECT, ("pyproject.toml",)),
        (
            PROJECT_WITH_GROUPS,
            ("pyproject.toml", "--extra=Test", "--extra=checks", "--group=lint"),
        ),
    ],
)
def test_requirements_are_compiled_with_what_developing_a_project_needs(
    tmp_path: Path, project: str, sources: tuple[str, ...]
) -> None:
    write_files(tmp_path, {"requirements.in": "", "pyproject.toml": project})
    found = choose_resolver(tmp_path)
    assert (found.name, found.lock_file) == ("uv pip compile", "requirements.txt")
    assert found.sources == ("requirements.in", *sources)


@pytest.mark.parametrize("action", list(Action))
def test_requirements_can_be_locked_and_updated_and_are_edited_by_hand(
    tmp_path: Path, action: Action
) -> None:
    write_files(tmp_path, {"requirements.in": "attrs\n"})
    can = action in (Action.LOCK, Action.UPDATE)
    assert has_resolver(tmp_path, action) == can
    if not can:
        with pytest.raises(HelpersError) as caught:
            check_possible(COMPILED, Change(action, ("a",)), tmp_path, "b c")
        assert "requirements.in asks for" in caught.value.what
        assert "--dir 'b c'" in caught.value.fix
    else:
        check_possible(COMPILED, Change(action, ("a",)), tmp_path, "b c")


@pytest.mark.parametrize(
    ("source", "group", "file"),
    [
        ("# by us\n-r needs.txt\npytest\n", "", "needs.txt"),
        ("-r needs.txt\npytest", "dev", "requirements.in"),
        ("--requirement=sub/needs.txt\n-c limits.txt\n", "", "sub/needs.txt"),
        ("-r needs.txt\n-r more.txt\n", "", "requirements.in"),
        ("attrs\n", "", "requirements.in"),
    ],
)
def test_what_is_added_to_requirements_stands_in_the_file_that_the_dir_means(
    tmp_path: Path, source: str, group: str, file: str
) -> None:
    write_files(
        tmp_path, {"app/requirements.in": source, "app/sub/needs.txt": "a", "app/needs.txt": "a\n"}
    )
    change = Change(Action.ADD, ("idna", "pandas>=2"), group)
    with pytest.raises(HelpersError) as caught:
        check_possible(COMPILED, change, tmp_path / "app", "app")
    command, lock = caught.value.fix.split(" && ")
    assert lock == "i dependency_lock --dir app"
    run(["sh", "-c", command], cwd=tmp_path)
    assert (tmp_path / "app" / file).read_text().rstrip("\n").endswith("\nidna\npandas>=2")
    with pytest.raises(HelpersError) as removal:
        check_possible(COMPILED, replace(change, action=Action.REMOVE), tmp_path / "app", "app")
    assert removal.value.fix == f"edit app/{file}, then  i dependency_lock --dir app"


def test_what_a_merge_left_in_requirements_is_not_started_from(tmp_path: Path) -> None:
    write_files(tmp_path, {"requirements.txt": "x==1\n"})
    assert is_readable(COMPILED, tmp_path)
    write_files(tmp_path, {"requirements.txt": "<<<<<<< ours\nx==1\n"})
    assert not is_readable(COMPILED, tmp_path)
