"""The workflows as they run: GitHub's by act, GitLab's by gitlab-ci-local, on a real engine."""

import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model.repo import Repo
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from helpers.system.repo_files import load_repo
from tests.builders import (
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.ci_tools import CiTools
from tests.package_indexes import PASSWORD, USER, RunningIndex
from tests.toolchains import adopted_files, copy_toolchain
from tests.wheel_repos import package

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_REQUIREMENTS = Path(__file__).parent.parent / "pytest_requirements.txt"
_PASSES = "def test_it() -> None:\n    pass\n"


@pytest.fixture(scope="module")
def adopter(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repo with two dirs that has adopted the toolchain and written its workflows."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    toolchain = copy_toolchain(folder / "toolchain")
    repo = make_repo(folder / "repo", config=f"name: {TEST_REPO}-ci\n")
    add_submodule(repo.root, "helpers_root", toolchain)
    for name in ("apps/a", "apps/b"):
        _add_dir(repo, name)
    write_files(repo.root, {".gitignore": "tmp.*\n.gitlab-ci-local/\n", **adopted_files()})
    (repo.root / "main_pytest.py").chmod(0o755)
    commit_all(repo.root)
    git(repo.root, "remote", "add", "origin", "https://git.example.org/team/repo.git")
    git(repo.root, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(repo.root, "branch", "--force", "--move", "main")
    typed(repo.root, "i ci_sync && i ci_sync --target gitlab")
    commit_all(repo.root)
    yield repo.root
    stop_own(client, load_repo(repo.root), force=True)
    shutil.rmtree(folder, ignore_errors=True)


def _add_dir(repo: Repo, name: str) -> None:
    files = {
        "requirements.txt": _REQUIREMENTS.read_text(),
        "pytest.ini": "[pytest]\n",
        "test_it.py": _PASSES,
    }
    image = f"helpers-test-{repo.runnable_dir(name).slug}"
    make_runnable_dir(repo, name, files, image_name=image)


def typed(root: Path, line: str, *, check: bool = True) -> ProcessResult:
    """What a person types at a desk."""
    return run(["bash", "-ec", f"source ./setenv.sh; {line}"], cwd=root, check=check)


def _commit(root: Path, files: dict[str, str]) -> str:
    """The commit before that of these files, on which everything else stands."""
    base = git(root, "rev-parse", "main")
    git(root, "checkout", "--quiet", "--force", "-B", "topic", "main")
    write_files(root, files)
    commit_all(root)
    return base


def _succeeded(output: str) -> set[str]:
    """The jobs that did, as act names them."""
    return {found[1].strip() for found in re.finditer(r"\[([^\]]+)\] +🏁 +Job succeeded", output)}


def test_a_pull_request_tests_the_dir_that_it_changes(tools: CiTools, adopter: Path) -> None:
    payload = tools.payload("pull_request")
    payload["pull_request"]["base"]["sha"] = _commit(
        adopter, {"apps/a/test_it.py": f"#\n{_PASSES}"}
    )
    done = tools.act(adopter, "pull_request", payload, adopter.parent / "act")
    assert done.status == 0, done.stdout[-5000:]
    assert _succeeded(done.stdout) == {"ci/plan", "ci/lint", "apps/a/dir/apps/a", "ci/gate"}
    assert "skipped: apps/b: nothing that they use changed" in done.stdout
    assert "stand-in of actions/upload-artifact" in done.stdout
    assert "stand-in of actions/download-artifact" not in done.stdout


def test_a_merge_group_with_an_edited_workflow_does_not_pass_the_gate(
    tools: CiTools, adopter: Path
) -> None:
    # A failed test would end act before the gate: it ends with a called workflow that failed.
    payload = tools.payload("merge_group")
    workflow = ".github/workflows/ci.yml"
    edited = (adopter / workflow).read_text() + "# by hand\n"
    payload["merge_group"]["base_sha"] = _commit(adopter, {workflow: edited})
    done = tools.act(adopter, "merge_group", payload, adopter.parent / "act")
    assert done.status != 0
    assert _succeeded(done.stdout) == {"ci/plan"}
    assert "edited by hand" in done.stdout
    assert "FAILED: lint: failure" in done.stdout


def test_a_push_that_affects_no_dir_passes_the_gate_and_is_published(
    tools: CiTools, adopter: Path, package_index: RunningIndex
) -> None:
    told = f"ci: {{publish: {{team: {{username: {USER}, secret: TEAM_PASSWORD}}}}}}\n"
    config = f"name: {TEST_REPO}-ci\n{package_index.settings}{told}"
    project = {f"apps/a/{path}": text for path, text in package("api", "flit").items()}
    _commit(adopter, {"repo_config.yaml": config, **project})
    typed(adopter, "i ci_sync && i ci_sync --target gitlab")
    before = commit_all(adopter)
    for source, published in (("push", True), ("merge_request_event", False)):
        given = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_BRANCH": "main"}
        listed = tools.gitlab(adopter, "--list", **given)
        assert ("publish-team" in listed.stdout) is published, listed.stdout
    write_files(adopter, {"README.md": "New.\n"})
    commit_all(adopter)
    payload = tools.payload("push")
    payload |= {"ref": "refs/heads/main", "before": before, "forced": False}
    given = {"TEAM_PASSWORD": PASSWORD}
    done = tools.act(adopter, "push", payload, adopter.parent / "act", given)
    assert done.status == 0, done.stdout[-5000:]
    assert _succeeded(done.stdout) == {"ci/plan", "ci/lint", "ci/gate", "ci/publish-team"}
    assert "ok: dir: no dir" in done.stdout
    assert "stand-in of actions/cache save" in done.stdout
    assert "published api-1.2-py3-none-any.whl at team" in done.stdout
    assert "skipped apps/b: no pyproject.toml" in done.stdout
    assert PASSWORD not in done.stdout
    assert package_index.names() == ["api-1.2-py3-none-any.whl"]

    # What the job types is safe to type again, also where code changed and its version did not.
    write_files(adopter, {"apps/a/src/api/__init__.py": '"""Other."""\n'})
    refused = typed(adopter, "i ci_run publish-team", check=False)
    assert refused.status == 2
    line = re.search(r"fix: +(i package_publish .*) --dry-run", refused.stderr)
    assert line
    again = typed(adopter, f"{line[1]} <<< '{PASSWORD}'")
    assert "skipped apps/a: team has 1.2 already" in again.stdout


def test_a_dirs_own_workflow_runs_where_its_dir_is_affected(tools: CiTools, adopter: Path) -> None:
    _commit(adopter, {"repo_config.yaml": f"name: {TEST_REPO}-ci\nci: {{layout: per-dir}}\n"})
    typed(adopter, "i ci_sync")
    base = commit_all(adopter)
    write_files(adopter, {"apps/a/test_it.py": f"# in its own\n{_PASSES}"})
    commit_all(adopter)
    payload = tools.payload("pull_request")
    payload["pull_request"]["base"]["sha"] = base
    done = tools.act(adopter, "pull_request", payload, adopter.parent / "act")
    assert done.status == 0, done.stdout[-5000:]
    assert _succeeded(done.stdout) == {
        "ci/plan",
        "ci/lint",
        "ci/gate",
        "ci-apps-a/plan",
        "apps/a/dir/apps/a",
        "ci-apps-b/plan",
    }


def test_at_a_desk_it_is_said_what_an_edit_is_and_what_cannot_be_compared(adopter: Path) -> None:
    workflow = adopter / ".github" / "workflows" / "ci.yml"
    _commit(adopter, {".github/workflows/ci.yml": workflow.read_text() + "# by hand\n"})
    done = typed(adopter, "i ci_sync", check=False)
    assert done.status == 2
    assert "+# by hand" in done.stdout
    assert "ci_steps/<job>.yaml" in done.stderr
    assert workflow.read_text().endswith("# by hand\n")
    checked = typed(adopter, "i ci_check", check=False)
    assert checked.status == 1
    assert "+# by hand" in checked.stdout
    planned = typed(adopter, "i ci_plan --base origin/nowhere", check=False)
    assert planned.status == 2
    assert "git fetch origin nowhere:refs/remotes/origin/nowhere" in planned.stderr


def test_one_job_runs_at_a_desk_as_in_ci(adopter: Path) -> None:
    _commit(adopter, {"ci_steps/dir.yaml": "after: [{run: 'echo mine of $PWD'}]\n"})
    done = typed(adopter, "i ci_run apps/b")
    assert "1 passed, 0 failed" in done.stdout
    assert f"mine of {adopter}" in done.stdout
    refused = typed(adopter, "i ci_run gate", check=False)
    assert refused.status == 2
    assert "i ci_plan --base main" in refused.stderr


def test_a_merge_request_of_gitlab_tests_the_dir_that_it_changes(
    tools: CiTools, adopter: Path
) -> None:
    base = _commit(adopter, {"apps/a/test_it.py": f"# once more\n{_PASSES}"})
    done = tools.gitlab(
        adopter,
        CI_PIPELINE_SOURCE="merge_request_event",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
    )
    assert done.status == 0, done.stdout[-5000:]
    passed = set(re.findall(r"^ *PASS +(.*?) *$", done.stdout, re.MULTILINE))
    assert {"plan", "lint", "dirs", "[dirs] -> dir apps/a", "[dirs] -> gate"} <= passed
    assert "dir apps/b" not in done.stdout
