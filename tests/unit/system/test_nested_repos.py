from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.system.nested_repos import driving_toolchain, other_versions, own_toolchain
from helpers.system.repo_files import load_repo
from tests.builders import write_files

_MARKS = {"helpers/tasks/namespace.py": "", "dev_scripts/thin_env.py": ""}


def _toolchain(version: str = "1.3.0") -> dict[str, str]:
    project = f'[project]\nname = "helpers"\nversion = "{version}"\n'
    return {**_MARKS, "pyproject.toml": project, "repo_config.yaml": "name: helpers\n"}


def _checkout(root: Path, files: dict[str, str], *submodules: str) -> None:
    """A checkout as far as files tell; its submodules are made by calls of their own."""
    root.mkdir(parents=True, exist_ok=True)
    modules = "".join(f'[submodule "{name}"]\n\tpath = {name}\n\turl = x\n' for name in submodules)
    write_files(root, files)
    if submodules:
        (root / ".gitmodules").write_text(modules)
    if (root.parent / ".git").exists():
        (root / ".git").write_text("gitdir: ../.git/modules/x\n")
    else:
        (root / ".git").mkdir()


def _nested(tmp_path: Path, inner_version: str = "1.3.0", config: str = "name: inner\n") -> Repo:
    """A repo in a repo, both with the toolchain; the inner one has a third."""
    outer = tmp_path / "outer"
    _checkout(outer, {"repo_config.yaml": "name: outer\n"}, "helpers_root", "inner")
    _checkout(outer / "helpers_root", _toolchain())
    _checkout(outer / "inner", {"repo_config.yaml": config}, "tools/my helpers", "deep")
    _checkout(outer / "inner" / "tools" / "my helpers", _toolchain(inner_version))
    (outer / "inner/tools/my helpers/.git").rmdir()
    (outer / "inner/tools/my helpers/.git").write_text("gitdir: ../../../.git/modules/x\n")
    _checkout(outer / "inner" / "deep", {"repo_config.yaml": "name: deep\n"})
    return load_repo(outer)


def test_the_settings_are_those_of_the_innermost_repo_around_a_path(tmp_path: Path) -> None:
    repo = _nested(tmp_path)
    found = {
        path: repo.of(path).config.name for path in ("app", "inner", "inner/a", "inner/deep/b")
    }
    assert found == {"app": "outer", "inner": "inner", "inner/a": "inner", "inner/deep/b": "deep"}
    assert repo.of("innermost").config.name == "outer"
    assert [one.place for one in repo.every()] == [".", "inner", "inner/deep"]


def test_a_path_has_the_name_that_its_own_repo_gives_it(tmp_path: Path) -> None:
    repo = _nested(tmp_path)
    names = [repo.own_name(path) for path in ("app", "inner", "inner/deep/apps/b")]
    assert names == ["app", ".", "apps/b"]
    assert repo.of("inner/deep").checkout == repo.root / "inner/deep"


def test_every_checkout_of_the_toolchain_is_known(tmp_path: Path) -> None:
    repo = _nested(tmp_path)
    assert repo.toolchains == ("helpers_root", "inner/tools/my helpers")
    assert repo.is_toolchain("inner/tools/my helpers/runnable_dirs/x")
    assert not repo.is_toolchain("inner/tools")
    assert driving_toolchain(repo.root) == repo.root / "helpers_root"


def test_the_toolchain_of_a_submodule_is_not_that_of_the_repo_around_it(tmp_path: Path) -> None:
    repo = _nested(tmp_path)
    root, toolchains = repo.root, repo.toolchains
    assert own_toolchain(root, ".", toolchains) == root / "helpers_root"
    assert own_toolchain(root, "inner", toolchains) == root / "inner/tools/my helpers"
    assert own_toolchain(root, "inner/deep", toolchains) is None


def test_what_settings_call_relative_is_relative_to_their_own_repo(tmp_path: Path) -> None:
    repo = _nested(tmp_path, config="name: inner\ncertificates: ca.pem\n")
    assert repo.of("inner").config.certificates == "inner/ca.pem"


@pytest.mark.parametrize("quoted", ['"inner"', "inner ; a comment", "inner # one"])
def test_a_path_is_read_as_git_writes_it(tmp_path: Path, quoted: str) -> None:
    _checkout(tmp_path / "r", {"repo_config.yaml": "name: outer\n"})
    (tmp_path / "r" / ".gitmodules").write_text(f'[submodule "x"]\n\tpath={quoted}\n\turl = y\n')
    _checkout(tmp_path / "r" / "inner", {"repo_config.yaml": "name: inner\n"})
    assert [item.place for item in load_repo(tmp_path / "r").nested] == ["inner"]


def test_a_submodule_that_is_not_checked_out_is_passed_over(tmp_path: Path) -> None:
    _checkout(tmp_path / "r", {"repo_config.yaml": "name: outer\n"}, "inner")
    (tmp_path / "r" / "inner").mkdir()
    assert load_repo(tmp_path / "r").nested == ()


@pytest.mark.parametrize(
    ("version", "fix"),
    [("0.9.0", ""), ("99.0.0", "in the outermost repo: i helpers_upgrade --to v99.0.0")],
)
def test_a_repo_of_another_major_version_is_named_when_it_is_used(
    tmp_path: Path, version: str, fix: str
) -> None:
    repo = _nested(tmp_path, inner_version=version)
    assert repo.of("app").config.name == "outer"
    if not fix:
        assert repo.of("inner/a").config.name == "inner"
        return
    with pytest.raises(HelpersError, match=f"version {version}") as caught:
        repo.of("inner/a")
    assert caught.value.fix == fix


def test_settings_newer_than_the_toolchain_that_drives_say_what_to_upgrade(tmp_path: Path) -> None:
    repo = _nested(tmp_path, inner_version="1.99.0", config="name: inner\nbrand_new: 1\n")
    with pytest.raises(HelpersError, match=r"brand_new.*1\.99\.0") as caught:
        repo.of("inner/a")
    assert caught.value.where.startswith("inner/repo_config.yaml:2")
    assert caught.value.fix == "i helpers_upgrade --to v1.99.0"
    assert [one.place for one in repo.every()] == [".", "inner/deep"]


def test_malformed_settings_of_a_nested_repo_are_an_error_of_its_own_dirs(tmp_path: Path) -> None:
    repo = _nested(tmp_path, config="nam: inner\n")
    with pytest.raises(HelpersError, match="'nam'") as caught:
        repo.of("inner/a")
    assert caught.value.where == "inner/repo_config.yaml:1"


def test_toolchains_of_another_version_than_the_one_that_drives_are_told(tmp_path: Path) -> None:
    repo = _nested(tmp_path, inner_version="1.0.0")
    own = replace(repo, toolchain=repo.root / "helpers_root")
    assert other_versions(own) == {"inner/tools/my helpers": Version(1, 0, 0)}
    (repo.root / "inner/tools/my helpers/pyproject.toml").write_text("")
    assert other_versions(own) == {}


def test_from_any_repo_the_others_are_found(tmp_path: Path) -> None:
    deep = _nested(tmp_path).of("inner/deep")
    assert deep.of("app").config.name == "outer"
    assert deep.of("inner/x").config.name == "inner"
    assert deep.outermost == deep.of("app")
    assert [one.config.name for one in deep.every()] == ["outer", "inner", "deep"]
    assert deep.outer_name("app") == "inner/deep/app"
    assert deep.outer_name(".") == "inner/deep"
