"""Which projects are as if installed, and what the metadata of each depend on."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.images.installed.ensure import reuse_state
from helpers.images.installed.key import project_key
from helpers.images.installed.projects import Project, plan_projects
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files
from tests.installable import (
    FLAT,
    FLIT,
    HATCH,
    HATCH_VCS,
    INNER,
    NO_PACKAGE,
    OUTER,
    PDM,
    POETRY,
    SETUP_CFG,
    SETUPTOOLS,
)
from tests.projects import write_uv_workspace


def _inputs(root: Path, own: Mapping[str, str], **libs: Mapping[str, str]) -> RepoInputs:
    repo = make_repo(root)
    make_runnable_dir(repo, "apps/one", own)
    for name, files in libs.items():
        write_files(root, {f"libs/{name}/{path}": text for path, text in files.items()})
    commit_all(root)
    return read_repo_inputs(repo)


def _by_place(inputs: RepoInputs, name: str = "apps/one") -> dict[str, Project]:
    return {project.place: project for project in plan_projects(inputs, name)}


def test_packages_are_followed_through_each_other(tmp_path: Path) -> None:
    own = {"requirements.txt": "-e ../../libs/outer\n", "code.py": ""}
    found = _by_place(_inputs(tmp_path, own, outer=OUTER, inner=INNER, other=FLIT))
    assert list(found) == ["apps/one", "libs/outer", "libs/inner"]
    assert found["libs/inner"].backend == "setuptools.build_meta"
    assert (found["apps/one"].backend, found["apps/one"].folders) == ("", ("apps/one",))


def test_members_of_the_dirs_own_workspace_are_there_with_what_they_need(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    make_runnable_dir(repo, "apps/one")
    write_uv_workspace(tmp_path / "apps/one")
    sources = '\n[tool.uv.sources]\nby-flit = { path = "../../../../libs/flit" }\n'
    member = tmp_path / "apps/one/packages/prices/pyproject.toml"
    needs = member.read_text().replace('"iniconfig>=2"', '"iniconfig>=2", "by-flit"')
    member.write_text(needs + sources)
    write_files(tmp_path / "libs/flit", FLIT)
    commit_all(tmp_path)
    inputs = read_repo_inputs(repo)
    members = ["apps/one/packages/orders", "apps/one/packages/prices"]
    assert list(_by_place(inputs)) == ["apps/one", *members, "libs/flit"]
    assert "libs/flit/by_flit/__init__.py" in inputs.of("apps/one").files


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (NO_PACKAGE, ("libs/x",)),
        ({"pyproject.toml": "[project]\nname='x'\nversion='1'\n", "src/x.py": ""}, ("src", ".")),
        ({"pyproject.toml": FLIT["pyproject.toml"] + "\n[tool.uv]\npackage = false\n"}, (".",)),
        ({"pyproject.toml": "not toml"}, (".",)),
    ],
)
def test_what_is_no_package_has_its_folders_alone(
    tmp_path: Path, files: Mapping[str, str], folders: tuple[str, ...]
) -> None:
    found = _by_place(_inputs(tmp_path, {"requirements.txt": "-e ../../libs/x\n"}, x=files))
    names = [(Path("libs/x") / f.removeprefix("libs/x")).as_posix() for f in folders]
    assert found["libs/x"].backend == ""
    assert list(found["libs/x"].folders) == names


def test_bricks_are_imported_from_where_the_project_says(tmp_path: Path) -> None:
    own = {
        "pyproject.toml": '[tool.poetry]\npackage-mode = false\npackages = [{include = "shop/api",'
        ' from = "../../bases"}]\n'
    }
    repo = make_repo(tmp_path, {"bases/shop/api/__init__.py": ""})
    make_runnable_dir(repo, "apps/one", own)
    commit_all(tmp_path)
    assert _by_place(read_repo_inputs(repo))["apps/one"].outside == ("bases",)


def _key(root: Path, inputs: RepoInputs) -> str:
    fresh = read_repo_inputs(inputs.repo)
    assert fresh.repo.root == root
    return project_key(fresh, _by_place(fresh)["libs/x"], "cpython-3.13")


_SCRIPTED = {
    "setup.py": "import os\nfrom setuptools import setup\nsetup(name=os.name)\n",
    "x.py": "",
}
_HOOKED = {
    **HATCH,
    "pyproject.toml": HATCH["pyproject.toml"]
    + "\n[tool.hatch.build.hooks.custom]\npath = 'h.py'\n",
}
_COMPUTED = {**FLIT, "by_flit/__init__.py": '"""x"""\nfrom by_flit.v import __version__\n'}
_INDIRECT = {**FLAT, "flat_layout/__init__.py": "from flat_layout.deep.v import VERSION\n"}


@pytest.mark.parametrize(
    ("files", "changed", "made_again"),
    [
        (FLIT, "by_flit/more.py", False),
        (FLIT, "by_flit/__init__.py", True),
        (FLIT, "README.md", True),
        (FLIT, "tests/test_it.py", False),
        (HATCH, "src/by_hatch/about.py", True),
        (HATCH, "src/by_hatch/deep/code.py", True),  # a folder of code that is new
        (SETUPTOOLS, "src/by_setuptools/more.py", False),
        (SETUPTOOLS, "src/second/__init__.py", True),
        (FLAT, "flat_layout/__init__.py", True),
        (FLAT, "second.py", True),
        (SETUP_CFG, "by_setup_cfg/__init__.py", True),
        (SETUP_CFG, "by_setup_cfg/more.py", False),
        (POETRY, "by_poetry/__init__.py", False),
        (PDM, "src/by_pdm/__init__.py", True),
        # What cannot be known is not reused.
        (_SCRIPTED, "data/numbers.txt", True),
        (_HOOKED, "data/numbers.txt", True),
        (_COMPUTED, "by_flit/more.py", True),
        (_INDIRECT, "data/numbers.txt", True),
        ({**PDM, "pdm_build.py": ""}, "data/numbers.txt", True),
        (FLIT, "data/numbers.txt", False),
    ],
)
def test_it_is_made_again_when_what_it_depends_on_changes(
    tmp_path: Path, files: Mapping[str, str], changed: str, made_again: bool
) -> None:
    inputs = _inputs(tmp_path, {"requirements.txt": "-e ../../libs/x\n"}, x=files)
    before = _key(tmp_path, inputs)
    assert _key(tmp_path, inputs) == before
    path = tmp_path / "libs/x" / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    assert (_key(tmp_path, inputs) != before) is made_again


def test_a_file_outside_that_the_settings_name_counts(tmp_path: Path) -> None:
    named = FLIT["pyproject.toml"].replace("[project]", '[project]\nreadme = "../../README.md"', 1)
    (tmp_path / "README.md").write_text("one")
    files = {**FLIT, "pyproject.toml": named}
    inputs = _inputs(tmp_path, {"requirements.txt": "-e ../../libs/x\n"}, x=files)
    key, state = _key(tmp_path, inputs), reuse_state(inputs, "apps/one")
    (tmp_path / "README.md").write_text("two")
    assert _key(tmp_path, inputs) != key
    # No input of the dir, and yet tests see it.
    assert reuse_state(read_repo_inputs(inputs.repo), "apps/one") != state


def test_a_version_of_git_depends_on_tags_commit_and_changes(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, {"requirements.txt": "-e ../../libs/x\n"}, x=HATCH_VCS)
    seen = []
    for step in (
        lambda: None,
        lambda: git(tmp_path, "tag", "v1.0"),
        lambda: commit_all(tmp_path),
        lambda: (tmp_path / "repo_config.yaml").write_text("name: demo\n# changed\n"),
    ):
        step()
        fresh = read_repo_inputs(inputs.repo)
        seen.append((_key(tmp_path, inputs), reuse_state(fresh, "apps/one")))
    assert len(set(seen)) == 4
    assert len({state for _, state in seen}) == 4


def test_no_state_of_git_counts_where_no_version_comes_from_it(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, {"requirements.txt": "-e ../../libs/x\n"}, x=FLIT)
    key = _key(tmp_path, inputs)
    git(tmp_path, "tag", "v1.0")
    assert _key(tmp_path, inputs) == key
    assert reuse_state(inputs, "apps/one") == ""
