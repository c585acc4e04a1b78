"""The configuration of every earlier version becomes the present one, and means the same."""

import warnings
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.adopting.adopt import AdoptRequest, plan_adopt
from helpers.adoption.upgrades.migration_plan import (
    deprecated_settings,
    plan_migrations,
    read_adopted,
)
from helpers.adoption.upgrades.migrations import (
    MIGRATIONS,
    TASK_CHANGES,
    AdoptedFiles,
    Migration,
    migrate,
)
from helpers.managed_files.file_states import put_state, read_state, state_of
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.settings.config import DirConfig, RepoConfig
from helpers.model.settings.deprecated import DeprecatedSetting
from helpers.model.version import Version
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.repo_files import load_repo, read_changelog, read_dir_config
from helpers.system.toolchain import toolchain_version
from helpers.vcs.discovery import discover_dirs
from tests.builders import commit_all, git, make_repo, write_files
from tests.earlier_configurations import EARLIER

_ENTRY_POINTS = {"setenv.sh", "main_pytest.py", "tasks.py", "invoke.yaml"}


def _loaded(root: Path) -> tuple[RepoConfig, dict[str, DirConfig], list[str]]:
    """All settings of a repo, and what is told of them."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", DeprecatedSetting)
        repo = load_repo(root)
        dirs = discover_dirs(repo)
        configs = {item.name: read_dir_config(item) for item in dirs}
        for item in dirs:
            read_changelog(item)
    return repo.config, configs, sorted(str(item.message) for item in told)


def _migrate(root: Path, since: str) -> dict[str, str | None]:
    changes = plan_migrations(root, "helpers_root", Version.parse(since)).changes
    for change in changes:
        path = root / change.path
        put_state(path, state_of(change.after, read_state(path), executable=change.executable))
    return {change.path: change.after for change in changes}


@pytest.mark.parametrize("version", EARLIER)
def test_what_an_earlier_version_asked_for_keeps_working_with_a_warning(
    tmp_path: Path, version: str
) -> None:
    EARLIER[version].write(tmp_path)
    config, dirs, told = _loaded(tmp_path)
    assert config.name == "shop"
    assert "apps/greeter" in dirs
    assert told == sorted(EARLIER[version].warned)


@pytest.mark.parametrize("version", EARLIER)
def test_forms_of_earlier_versions_are_listed(tmp_path: Path, version: str) -> None:
    EARLIER[version].write(tmp_path)
    found = deprecated_settings(tmp_path, "helpers_root")
    assert [str(item) for item in found] == list(EARLIER[version].warned)


@pytest.mark.parametrize("version", EARLIER)
def test_what_an_earlier_version_asked_for_is_migrated(tmp_path: Path, version: str) -> None:
    EARLIER[version].write(tmp_path)
    *before, _ = _loaded(tmp_path)
    changed = _migrate(tmp_path, version)
    settings = {path: text for path, text in changed.items() if path not in _ENTRY_POINTS}
    assert settings == EARLIER[version].changed
    *after, told = _loaded(tmp_path)
    assert told == []
    assert after == before
    assert _migrate(tmp_path, version) == {}


@pytest.mark.parametrize("version", EARLIER)
def test_nothing_but_what_is_told_changes(tmp_path: Path, version: str) -> None:
    EARLIER[version].write(tmp_path)
    changed = _migrate(tmp_path, version)
    listed = git(tmp_path, "status", "--porcelain", "--no-renames", "--untracked-files=all")
    assert {line[3:] for line in listed.splitlines()} == set(changed)


@pytest.mark.parametrize("version", EARLIER)
@pytest.mark.parametrize("toolchain", ["helpers_root", "third party/it's"])
def test_links_into_the_submodule_become_what_adopting_writes(
    tmp_path: Path, version: str, toolchain: str
) -> None:
    EARLIER[version].write(tmp_path, toolchain)
    found = {change.path: change for change in migrate(read_adopted(tmp_path, toolchain))[0]}
    request = AdoptRequest(toolchain, "shop", date(2026, 1, 2))
    assert found["setenv.sh"].before == f"{toolchain}/setenv.sh"
    (tmp_path / "adopted").mkdir()
    adopted = {change.path: change for change in plan_adopt(tmp_path / "adopted", request).changes}
    for path in ("setenv.sh", "main_pytest.py", "tasks.py"):
        assert found[path].after == adopted[path].after
        assert found[path].executable == adopted[path].executable
    assert found["invoke.yaml"].after is None


@pytest.mark.parametrize(
    ("path", "target"),
    [("setenv.sh", "other/setenv.sh"), ("setenv.sh", "helpers_root/tasks.py"), ("a.sh", "x")],
)
def test_links_elsewhere_stay(path: str, target: str) -> None:
    assert migrate(AdoptedFiles({path: target}, frozenset({path}))) == ([], [])


def test_a_link_that_is_written_in_another_way_is_seen() -> None:
    texts = {"setenv.sh": "./helpers_root//setenv.sh"}
    (change,), _ = migrate(AdoptedFiles(texts, frozenset(texts)))
    assert change.path == "setenv.sh"


def test_a_repo_with_tasks_of_its_own_keeps_them_and_how_they_are_called(tmp_path: Path) -> None:
    EARLIER["1.2.0"].write(tmp_path)
    tasks = (tmp_path / "tasks.py").read_text() + "\n\nnamespace.add_task(None)\n"
    write_files(tmp_path, {"tasks.py": tasks})
    assert set(_migrate(tmp_path, "1.2.0")) == {"setenv.sh", "main_pytest.py"}


def test_every_earlier_version_has_an_example() -> None:
    notes = (TOOLCHAIN_ROOT / "CHANGELOG.md").read_text()
    present = toolchain_version(TOOLCHAIN_ROOT)
    headings = [line.split()[1] for line in notes.splitlines() if line.startswith("## ")]
    earlier = {version for version in map(Version.parse, headings) if version < present}
    assert set(map(Version.parse, EARLIER)) == {v for v in earlier if v.patch == 0}


def test_migrations_stand_in_the_order_of_versions_up_to_the_present_one() -> None:
    present = toolchain_version(TOOLCHAIN_ROOT)
    for items in (MIGRATIONS, TASK_CHANGES):
        versions = [item.version for item in items]
        assert versions == sorted(versions)
        assert versions[-1] <= present


def test_each_migration_finds_what_the_one_before_it_made() -> None:
    def step(old: str, new: str) -> Migration:
        def changes(files: AdoptedFiles) -> list[FileChange]:
            text = files.texts["a"]
            return [FileChange("a", text, text.replace(old, new))]

        return Migration(Version(1, 0, 0), f"{old} to {new}", changes)

    files = AdoptedFiles({"a": "one\n"})
    steps = [step("one", "two"), step("one", "never"), step("two", "three")]
    changes, told = migrate(files, steps)
    assert changes == [FileChange("a", "one\n", "three\n")]
    assert told == ["1.0.0: one to two", "1.0.0: two to three"]
    there_and_back = [step("one", "two"), step("two", "one")]
    assert migrate(files, there_and_back)[0] == []


def test_a_malformed_file_is_named_with_its_line() -> None:
    files = AdoptedFiles({"app/devops/config.yaml": "dind: true\nsibling: [\n"})
    with pytest.raises(HelpersError) as caught:
        migrate(files)
    assert caught.value.where.startswith("app/devops/config.yaml:")


@pytest.mark.parametrize(
    "path", ["config.yaml", "app/config.yaml", "app/mydevops/config.yaml", "app/devops/other.yaml"]
)
def test_files_that_only_look_alike_are_left_alone(path: str) -> None:
    assert migrate(AdoptedFiles({path: "sibling: true\n"})) == ([], [])


def test_the_root_as_a_dir_is_migrated_too() -> None:
    changes, _ = migrate(AdoptedFiles({"devops/config.yaml": "sibling: true\n"}))
    assert changes == [FileChange("devops/config.yaml", "sibling: true\n", "sibling: full\n")]


def test_files_of_submodules_and_ignored_ones_are_not_looked_at(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner", {"devops/config.yaml": "sibling: true\n"})
    files = {".gitignore": "/ignored/\n", "new/devops/config.yaml": "sibling: true\n"}
    outer = make_repo(tmp_path / "outer", files)
    git(outer.root, "submodule", "--quiet", "add", str(inner.root), "lib")
    commit_all(outer.root)
    write_files(outer.root, {"ignored/devops/config.yaml": "sibling: true\n"})
    found = read_adopted(outer.root, "helpers_root")
    assert "new/devops/config.yaml" in found.texts
    assert not any(path.startswith(("lib/", "ignored/")) for path in found.texts)


def test_of_a_link_where_it_points_is_what_is_read(tmp_path: Path) -> None:
    EARLIER["1.2.0"].write(tmp_path)
    found = read_adopted(tmp_path, "helpers_root")
    assert found.texts["setenv.sh"] == "helpers_root/setenv.sh"
    assert {"setenv.sh", "main_pytest.py", "invoke.yaml"} == found.links


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    make_repo(tmp_path, {"app/devops/config.yaml": b"sibling: \xff\n"})
    with pytest.raises(HelpersError, match=r"cannot read app/devops/config\.yaml"):
        read_adopted(tmp_path, "helpers_root")


def test_calls_of_changed_tasks_are_told_to_those_who_come_from_before(tmp_path: Path) -> None:
    files = {"ci/clean up.sh": "i docker_clean\n", "docs.md": "docker_cleaner\n"}
    make_repo(tmp_path, files)
    told = plan_migrations(tmp_path, "helpers_root", Version(1, 1, 0)).notices
    assert [notice.partition(" docker_clean")[0] for notice in told] == ["ci/clean up.sh:1:"]
    assert plan_migrations(tmp_path, "helpers_root", Version(1, 2, 0)).notices == ()
