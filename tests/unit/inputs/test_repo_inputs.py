from pathlib import Path

import pytest

from helpers.inputs.affected_dirs import changes_since
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests import polylith
from tests.builders import add_submodule, commit_all, git, make_repo, make_runnable_dir, write_files
from tests.projects import UV_WORKSPACE, uv_workspace_lock


def _repo(tmp_path: Path, files: dict[str, str], *dirs: str) -> Repo:
    repo = make_repo(tmp_path / "repo", files, commit=False)
    for name in dirs:
        make_runnable_dir(repo, name)
    commit_all(repo.root)
    return repo


def _roots(repo: Repo, name: str) -> set[str]:
    return set(read_repo_inputs(repo).of(name).roots) - {name}


@pytest.mark.parametrize(
    "files",
    [
        {"apps/a/pyproject.toml": '[tool.poetry.dependencies]\nx = {path = "../../libs/x"}\n'},
        {
            "apps/a/pyproject.toml": '[project]\ndependencies = ["x"]\n[tool.uv.sources]\n'
            'x = {path = "../../libs/x"}\n'
        },
        {"apps/a/requirements.txt": "-e ../../libs/x\n"},
        {"apps/a/requirements-dev.in": "-e ../../libs/x\n"},
        {
            "apps/a/requirements.txt": "-r more/all.txt\n",
            "apps/a/more/all.txt": "-e ../../../libs/x\n",
        },
        {"apps/a/pyproject.toml": '[tool.polylith.bricks]\n"../../libs/x" = "x"\n'},
        {
            "apps/a/pyproject.toml": '[tool.poetry]\npackages = [{include = "x",'
            ' from = "../../libs"}]\n'
        },
        {"apps/a/devops/config.yaml": "depends_on: [libs/x]\n"},
    ],
)
def test_a_dependency_is_found_wherever_it_is_declared(
    tmp_path: Path, files: dict[str, str]
) -> None:
    repo = _repo(tmp_path, {**files, "libs/x/x.py": ""}, "apps/a")
    assert "libs/x" in _roots(repo, "apps/a")


def test_workspace_members_are_found_by_name_also_when_the_root_declares_them(
    tmp_path: Path,
) -> None:
    root = '[tool.uv.workspace]\nmembers = ["libs/*", "apps/*"]\nexclude = ["libs/old"]\n'
    files = {
        "pyproject.toml": root + "[tool.uv.sources]\nmy-lib = {workspace = true}\n",
        "libs/x/pyproject.toml": '[project]\nname = "My_Lib"\n',
        "libs/old/pyproject.toml": '[project]\nname = "my-lib"\n',
        "apps/a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["my-lib"]\n',
        "apps/b/pyproject.toml": '[project]\nname = "b"\ndependencies = ["other"]\n',
    }
    repo = _repo(tmp_path, files, "apps/a", "apps/b")
    assert _roots(repo, "apps/a") == {"libs/x", "pyproject.toml"}
    assert _roots(repo, "apps/b") == set()


def test_settings_of_pytest_above_a_dir_are_inputs(tmp_path: Path) -> None:
    files = {"pytest.ini": "[pytest]\n", "conftest.py": "", "apps/conftest.py": "", "x.py": ""}
    repo = _repo(tmp_path, {**files, "apps/b/pytest.ini": "[pytest]\n"}, "apps/a", "apps/b")
    assert _roots(repo, "apps/a") == {"pytest.ini", "conftest.py", "apps/conftest.py"}
    assert _roots(repo, "apps/b") == set()


def test_a_link_counts_by_what_it_points_to(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"data/real.csv": "1\n"}, "apps/a")
    (repo.root / "apps/a/data.csv").symlink_to("../../data/real.csv")
    (repo.root / "apps/a/outside").symlink_to("/etc/hostname")
    inputs = read_repo_inputs(repo)
    before = inputs.digest("apps/a")
    assert "data/real.csv" in inputs.of("apps/a").files
    write_files(repo.root, {"data/real.csv": "2\n"})
    assert read_repo_inputs(repo).digest("apps/a") != before


def test_every_link_on_the_way_counts(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"data/deep/real.csv": "1\n", "libs/x.py": ""}, "apps/a")
    (repo.root / "libs/folder").symlink_to("../data/deep")
    (repo.root / "libs/file").symlink_to("folder/real.csv")
    (repo.root / "libs/circle").symlink_to("circle")
    (repo.root / "apps/a/data.csv").symlink_to("../../libs/file")
    (repo.root / "apps/a/round").symlink_to("../../libs/circle")
    (repo.root / "apps/a/absolute").symlink_to(repo.root / "libs/x.py")
    expected = {"libs/file", "libs/folder", "data/deep/real.csv", "libs/circle", "libs/x.py"}
    assert expected <= set(read_repo_inputs(repo).of("apps/a").files)
    commit_all(repo.root)
    (repo.root / "apps/a/data.csv").unlink()
    changes = changes_since(repo, "", read_repo_inputs(repo))
    assert changes.dirs == ("apps/a",)


def test_a_submodule_counts_by_what_is_in_it(tmp_path: Path) -> None:
    inner = make_repo(tmp_path / "inner", {"lib/code.py": "a = 1\n"})
    repo = _repo(tmp_path, {"apps/a/devops/config.yaml": "depends_on: [sub/lib]\n"}, "apps/a")
    add_submodule(repo.root, "sub", inner.root)
    inputs = read_repo_inputs(repo)
    assert "sub/lib/code.py" in inputs.of("apps/a").files
    write_files(repo.root, {"sub/lib/code.py": "a = 2\n"})
    now = read_repo_inputs(repo)
    assert now.digest("apps/a") != inputs.digest("apps/a")
    assert changes_since(repo, "", now).dirs == ("apps/a",)
    commit_all(repo.root / "sub")
    assert changes_since(repo, "HEAD", read_repo_inputs(repo)).dirs == ("apps/a",)


def test_what_git_ignores_is_no_input(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {".gitignore": "*.secret\n"}, "apps/a")
    write_files(repo.root, {"apps/a/x.secret": "", "apps/a/new.py": ""})
    files = read_repo_inputs(repo).of("apps/a").files
    assert "apps/a/new.py" in files
    assert "apps/a/x.secret" not in files


def test_a_change_that_git_was_told_not_to_see_is_seen(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"apps/a/code.py": "a = 1\n"}, "apps/a")
    before = read_repo_inputs(repo).digest("apps/a")
    git(repo.root, "update-index", "--assume-unchanged", "apps/a/code.py")
    write_files(repo.root, {"apps/a/code.py": "a = 2\n"})
    assert read_repo_inputs(repo).digest("apps/a") != before


def test_the_same_content_has_the_same_digest_committed_or_not(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {}, "apps/a")
    write_files(repo.root, {"apps/a/new.py": "x = 1\n"})
    untracked = read_repo_inputs(repo).digest("apps/a")
    git(repo.root, "add", "--all")
    staged = read_repo_inputs(repo).digest("apps/a")
    commit_all(repo.root)
    assert untracked == staged == read_repo_inputs(repo).digest("apps/a")


def test_what_was_parsed_is_kept_and_a_change_is_parsed_again(tmp_path: Path) -> None:
    files = {"apps/a/requirements.txt": "-e ../../libs/x\n", "libs/x/a": ""}
    repo = _repo(tmp_path, files, "apps/a")
    assert _roots(repo, "apps/a") == {"libs/x"}
    assert (repo.root / "tmp.helpers" / "declarations.json").is_file()
    assert _roots(repo, "apps/a") == {"libs/x"}
    write_files(repo.root, {"apps/a/requirements.txt": "-e ../../libs/y\n", "libs/y/a": ""})
    assert _roots(repo, "apps/a") == {"libs/y"}


def test_what_leads_nowhere_is_told(tmp_path: Path) -> None:
    files = {"apps/a/requirements.txt": "-e ../../libs/none\n-e ../../../out\n"}
    inputs = read_repo_inputs(_repo(tmp_path, files, "apps/a"))
    assert [d.target for d in inputs.missing] == ["libs/none"]
    assert inputs.outside == (("apps/a/requirements.txt", "../../../out"),)


def _changed(repo: Repo, since: str = "") -> tuple[str, ...]:
    return changes_since(repo, since, read_repo_inputs(repo)).dirs


def _shop(tmp_path: Path) -> Repo:
    files = {
        "README.md": "",
        "libs/x/x.py": "",
        "apps/a/requirements.txt": "-e ../../libs/x\n",
        "apps/b/poetry.lock": "",
    }
    return _repo(tmp_path, files, "apps/a", "apps/b")


def test_docs_affect_none_and_a_lock_file_its_dir(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    write_files(repo.root, {"README.md": "more\n"})
    assert _changed(repo) == ()
    write_files(repo.root, {"apps/b/poetry.lock": "x\n"})
    assert _changed(repo) == ("apps/b",)


def test_a_branch_is_compared_with_where_it_left_the_other(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    git(repo.root, "checkout", "--quiet", "-b", "mine")
    write_files(repo.root, {"libs/x/x.py": "x = 1\n"})
    commit_all(repo.root)
    git(repo.root, "checkout", "--quiet", "main")
    write_files(repo.root, {"apps/b/poetry.lock": "x\n"})
    commit_all(repo.root)
    git(repo.root, "checkout", "--quiet", "mine")
    assert _changed(repo, "main") == ("apps/a",)


def test_a_dependency_that_was_given_up_affects_the_dir(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    write_files(repo.root, {"apps/a/requirements.txt": "# none\n"})
    assert _changed(repo) == ("apps/a",)


def test_a_dir_that_becomes_runnable_affects_the_one_around_it(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    write_files(repo.root, {"apps/a/inner/code.py": ""})
    commit_all(repo.root)
    make_runnable_dir(repo, "apps/a/inner")
    assert _changed(repo) == ("apps/a", "apps/a/inner")


def test_settings_of_pytest_that_go_away_affect_who_had_them(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"apps/pytest.ini": "[pytest]\n"}, "apps/a", "b")
    (repo.root / "apps/pytest.ini").unlink()
    assert _changed(repo) == ("apps/a",)


def test_the_toolchains_own_code_affects_every_dir(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"tool/helpers/x.py": "", "tool/docs/x.md": ""}, "apps/a", "apps/b")
    repo = Repo(repo.root, repo.root / "tool", repo.config)
    write_files(repo.root, {"tool/docs/x.md": "more\n"})
    assert _changed(repo) == ()
    write_files(repo.root, {"tool/helpers/x.py": "x = 1\n"})
    changes = changes_since(repo, "", read_repo_inputs(repo))
    assert changes.dirs == ("apps/a", "apps/b")
    assert [item.path for item in changes.why("apps/a")] == ["tool/helpers/x.py"]


def test_a_shallow_clone_is_told_how_to_fix_it(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    first = git(repo.root, "rev-parse", "HEAD")
    git(repo.root, "checkout", "--quiet", "-b", "mine")
    commit_all(repo.root, "Later")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", str(clone))
    git(clone, "fetch", "--quiet", "--depth=1", "origin", f"{first}:refs/heads/base")
    shallow = Repo(clone, repo.toolchain, repo.config)
    with pytest.raises(HelpersError, match="shallow") as caught:
        _changed(shallow, "base")
    assert caught.value.fix == "git fetch --unshallow origin"


def test_an_unknown_ref_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no commit 'nowhere'"):
        _changed(_shop(tmp_path), "nowhere")


def test_histories_with_nothing_in_common_are_an_error(tmp_path: Path) -> None:
    repo = _shop(tmp_path)
    git(repo.root, "checkout", "--quiet", "--orphan", "other")
    commit_all(repo.root, "Of its own")
    with pytest.raises(HelpersError, match="no commit in common"):
        _changed(repo, "main")


def test_a_cycle_of_main_dependencies_is_found(tmp_path: Path) -> None:
    files = {"a/requirements.txt": "-e ../b\n", "b/requirements.txt": "-e ../a\n"}
    inputs: RepoInputs = read_repo_inputs(_repo(tmp_path, files, "a", "b"))
    assert inputs.main_cycles() == [("a", "b", "a")]


def test_a_commits_requirements_are_read_in_their_encoding(tmp_path: Path) -> None:
    repo = _repo(tmp_path, {"libs/x/x.py": "", "libs/y/y.py": ""}, "apps/a")
    (repo.root / "apps/a/requirements.txt").write_bytes("-e ../../libs/x\n".encode("utf-16"))
    commit_all(repo.root)
    (repo.root / "libs/x/x.py").unlink()
    (repo.root / "apps/a/requirements.txt").write_bytes("-e ../../libs/y\n".encode("utf-16"))
    commit_all(repo.root)
    changes = changes_since(repo, "HEAD~1", read_repo_inputs(repo))
    assert changes.dirs == ("apps/a",)
    assert "libs/x/x.py" in {item.path for item in changes.why("apps/a")}


def _lock(versions: dict[str, str]) -> str:
    return uv_workspace_lock({"a": "x", "b": "y"}, versions)


def test_a_member_of_a_workspace_sees_its_part_of_the_lock_file(tmp_path: Path) -> None:
    repo = _repo(
        tmp_path, {**UV_WORKSPACE, "uv.lock": _lock({"x": "1", "y": "1"})}, "libs/a", "libs/b"
    )
    before = read_repo_inputs(repo)
    assert before.lock_part("libs/a") != before.lock_part("libs/b") != ""
    (repo.root / "uv.lock").write_text(_lock({"x": "1", "y": "2"}))
    now = read_repo_inputs(repo)
    assert now.digest("libs/a") == before.digest("libs/a")
    assert now.digest("libs/b") != before.digest("libs/b")
    changes = changes_since(repo, "HEAD", now)
    assert changes.dirs == ("libs/b",)
    assert [item.path for item in changes.why("libs/b")] == ["uv.lock"]
    # A lock file of its own counts instead.
    (repo.root / "libs/a/uv.lock").write_text(_lock({"x": "1", "y": "1"}))
    assert read_repo_inputs(repo).lock_part("libs/a") == ""
    # One that is malformed, which others report, is no part at all.
    (repo.root / "uv.lock").write_text("version =")
    assert read_repo_inputs(repo).lock_part("libs/b") == ""


def test_a_project_of_polyliths_sees_its_part_of_the_workspaces_lock_file(tmp_path: Path) -> None:
    names = ("projects/api", "projects/old")
    repo = _repo(tmp_path, polylith.workspace(), *names)
    before = read_repo_inputs(repo)
    assert before.lock_part(names[0]) != before.lock_part(names[1]) != ""
    changed = {**polylith.PACKAGES, "pysocks": ("1.7.2", "")}
    (repo.root / "poetry.lock").write_text(polylith.lock(changed))
    changes = changes_since(repo, "HEAD", read_repo_inputs(repo))
    assert changes.dirs == ("projects/old",)
    assert [item.path for item in changes.why("projects/old")] == ["poetry.lock"]
    # What the workspace's groups ask for is in the images of all.
    commit_all(repo.root)
    text = polylith.PYPROJECT.replace("^8", "^8.1")
    (repo.root / "pyproject.toml").write_text(text)
    assert changes_since(repo, "HEAD", read_repo_inputs(repo)).dirs == names
    (repo.root / "workspace.toml").unlink()
    assert read_repo_inputs(repo).lock_part("projects/old") == ""


_SERVICES = """\
services:
  web:
    build: {context: ../../../libs/x, additional_contexts: {more: ../../../libs/y}}
    env_file: [{path: ../../../settings.env}]
    volumes: ["../../../data:/data:ro", "named:/var", {type: bind, source: ../../../seen.txt}]
  far: {build: "https://h.example/x.git", image: "${PLACE}/x", volumes: ["${HOME}/x:/x"]}
  made: {volumes: ["../../../not_there:/x", "/etc/hosts:/h"]}
secrets: {token: {file: ../../../token.txt}, other: {environment: TOKEN}}
configs: {settings: {file: ../own.ini}}
"""


def test_what_services_are_made_of_affects_the_dir(tmp_path: Path) -> None:
    seen = ["libs/x/a.py", "libs/y/a.py", "settings.env", "data/a.csv", "seen.txt", "token.txt"]
    files = {"apps/a/devops/compose.yaml": _SERVICES, "apps/a/own.ini": "", "beside.txt": ""}
    repo = _repo(tmp_path, {**files, **dict.fromkeys(seen, "1\n")}, "apps/a", "apps/b")
    inputs = read_repo_inputs(repo)
    assert set(seen) <= set(inputs.of("apps/a").files)
    assert "beside.txt" not in inputs.of("apps/a").files
    assert (inputs.missing, inputs.outside) == ((), ())
    for path in seen:
        before = (repo.root / path).read_text()
        (repo.root / path).write_text("2\n")
        assert changes_since(repo, "", read_repo_inputs(repo)).dirs == ("apps/a",), path
        (repo.root / path).write_text(before)


_BOMB = "a0: &a0 {x: y}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 20)
)


@pytest.mark.parametrize(
    "text",
    ["services: [", "- a\n", "services: {a: 1, b: {build: [1]}}\n", "&a [*a]", "[" * 9999, _BOMB],
)
def test_services_that_are_malformed_are_reported_by_others(tmp_path: Path, text: str) -> None:
    repo = _repo(tmp_path, {"apps/a/devops/compose.yaml": text}, "apps/a")
    assert read_repo_inputs(repo).of("apps/a").roots == ("apps/a",)
