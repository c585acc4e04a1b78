"""Repos in repos, three deep, each with settings and a toolchain of its own."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model.repo import Repo
from helpers.system.process import ProcessResult, run
from tests.builders import TEST_REPO, add_submodule, commit_all, git, make_repo, make_runnable_dir
from tests.toolchains import copy_toolchain

pytestmark = pytest.mark.slow

_REQUIREMENTS = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
_TEST = """
import os
from pathlib import Path

def test_it():
    assert os.environ.get("OF_ALL") == "all"
    assert os.environ.get("OF_{name}") == "{name}"
    assert len([name for name in os.environ if name.startswith("OF_")]) == 2
    assert Path("{root}").is_dir()
"""
_VARIABLES = {"OF_ALL": "all", "OF_outer": "outer", "OF_middle": "middle", "OF_deep": "deep"}


@dataclass(frozen=True)
class Tree:
    """`outer` has `libs/middle`, which has `deep one`; the innermost toolchain is older."""

    root: Path

    def main_pytest(self, *args: str, cwd: str = ".", of: str = "helpers_root") -> ProcessResult:
        """`main_pytest.py` of the toolchain `of`, started in a folder of the tree."""
        command = [sys.executable, str(self.root / of / "main_pytest.py"), *args]
        return run(command, cwd=self.root / cwd, env=_VARIABLES, check=False, timeout=300)

    def invoke(self, *args: str, cwd: str = ".", of: str = "helpers_root") -> ProcessResult:
        """`i` of the repo whose toolchain is `of`."""
        toolchain = self.root / of
        script = toolchain / "dev_scripts" / "thin_env.py"
        env = Path(run([sys.executable, "-I", script, "ensure"]).stdout.strip())
        invoke = [env / "bin/python", "-I", env / "bin/invoke", "--search-root", toolchain]
        return run(
            [*map(str, invoke), *args],
            cwd=self.root / cwd,
            env=_VARIABLES,
            check=False,
            timeout=300,
        )


def _make(root: Path, name: str) -> Repo:
    """A repo with one dir, whose image and variables are named after it."""
    config = f"name: {TEST_REPO}-{name}\nregistry: registry.example.org/{name}\n"
    repo = make_repo(root, config=f"{config}environment: [OF_ALL, OF_{name}]\n", commit=False)
    files = {
        "requirements.txt": _REQUIREMENTS,
        "pytest.ini": "[pytest]\n",
        "test_it.py": _TEST.format(name=name, root="/"),
        "devops/config.yaml": "depends_on: [shared.txt]\n",
    }
    make_runnable_dir(repo, f"app_{name}", files, image_name=f"nested-{name}")
    (repo.root / "shared.txt").write_text("of all dirs\n")
    commit_all(repo.root)
    return repo


@pytest.fixture
def tree(client: Client, workspace: Path):  # type: ignore[no-untyped-def]
    current = copy_toolchain(workspace / "toolchain")
    older = copy_toolchain(workspace / "older", version="1.2.7")
    deep = _make(workspace / "deep", "deep").root
    add_submodule(deep, "helpers_root", older)
    middle = _make(workspace / "middle", "middle").root
    add_submodule(middle, "tools/helpers root", current)
    add_submodule(middle, "deep one", deep)
    outer = _make(workspace / "outer", "outer")
    add_submodule(outer.root, "helpers_root", current)
    add_submodule(outer.root, "libs/middle", middle)
    git(outer.root, "submodule", "--quiet", "update", "--init", "--recursive")
    yield Tree(outer.root)
    stop_own(client, outer, force=True)


@pytest.mark.superslow
def test_every_dir_of_all_repos_is_tested_with_the_settings_of_its_own(tree: Tree) -> None:
    listed = tree.invoke("dirs")
    names = ["app_outer", "libs/middle/app_middle", "libs/middle/deep one/app_deep"]
    assert [line for line in names if line not in listed.stdout] == [], listed.stdout
    assert "helpers" not in listed.stdout.replace("helpers:", "")
    built = tree.invoke("docker_build_local_image", "--all")
    assert built.status == 0, built.stderr
    images = re.findall(r"registry\.example\.org/(\w+)/nested-(\w+):local", built.stderr)
    assert {one == other for one, other in images} == {True}
    done = tree.main_pytest()
    assert done.status == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout.splitlines()[-1]
    again = tree.main_pytest()
    assert again.stdout.count("reused") >= 3, again.stdout


@pytest.mark.superslow
def test_a_command_of_an_inner_repo_is_driven_by_the_outermost_toolchain(tree: Tree) -> None:
    inner = "libs/middle/deep one/helpers_root"
    done = tree.main_pytest("--dir", "app_deep", cwd="libs/middle/deep one", of=inner)
    assert done.status == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout.splitlines()[-1]
    assert f"drives: helpers_root of {tree.root}" in done.stderr
    assert "version 1.2.7" in done.stderr
    asked = tree.invoke("dirs", cwd="libs/middle", of="libs/middle/tools/helpers root")
    assert "app_outer" in asked.stdout, asked.stderr
    assert str(tree.root / "helpers_root") not in asked.stdout


@pytest.mark.superslow
def test_versions_that_differ_are_told_by_the_doctor(tree: Tree) -> None:
    done = tree.invoke("doctor")
    line = next(line for line in done.stdout.splitlines() if line.startswith("toolchain"))
    assert "1.2.7 in libs/middle/deep one/helpers_root" in " ".join(done.stdout.split()), line


@pytest.mark.superslow
def test_an_inner_repo_that_cannot_be_driven_stops_its_own_dirs_alone(tree: Tree) -> None:
    project = tree.root / "libs/middle/deep one/helpers_root/pyproject.toml"
    project.write_text(project.read_text().replace('"1.2.7"', '"7.0.0"'))
    done = tree.main_pytest()
    assert done.status == 2
    assert "libs/middle/deep one/app_deep: error" in done.stdout
    assert "is version 7.0.0" in done.stdout
    assert "i helpers_upgrade --to v7.0.0" in done.stdout
    assert "app_outer: passed" in done.stdout
    assert "libs/middle/app_middle: passed" in done.stdout


@pytest.mark.superslow
def test_an_inner_repo_builds_the_same_image_by_itself(tree: Tree, workspace: Path) -> None:
    """What is named and described alike in both is not built twice."""
    assert tree.invoke("docker_build_local_image", "--all").status == 0
    alone = workspace / "alone"
    git(workspace, "clone", "--quiet", "--recurse-submodules", str(workspace / "middle"), "alone")
    built = Tree(alone).invoke("docker_build_local_image", "--all", of="tools/helpers root")
    assert built.status == 0, built.stderr
    image = "registry.example.org/middle/nested-middle:local-"
    assert image in built.stderr
    assert built.stderr.count("is up to date") == 2, built.stderr
