"""A hook that a person wrote calls `i`: what git says of its repo is not taken for submodules."""

from pathlib import Path

import pytest

from helpers.model.repo import Repo
from helpers.system.host import OF_ONE_REPO
from helpers.system.process import ProcessResult, run
from tests.builders import (
    GIT_ENVIRONMENT,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.toolchains import adopted_files, copy_toolchain

pytestmark = pytest.mark.slow

_HOOK = """\
#!/bin/bash
source ./setenv.sh && i dirs_why --dir app && i changelog_check --staged
"""


@pytest.fixture
def repo(workspace: Path) -> Repo:
    """A repo whose submodules are the toolchain and a library that a dir depends on."""
    made = make_repo(workspace / "repo")
    library = make_repo(workspace / "library", {"pyproject.toml": '[project]\nname = "log"\n'})
    add_submodule(made.root, "helpers_root", copy_toolchain(workspace / "toolchain"))
    add_submodule(made.root, "libs/log", library.root)
    make_runnable_dir(made, "app", {"devops/config.yaml": "depends_on: [libs/log]\n"})
    write_files(made.root, {".gitignore": "tmp.*\n", "README.md": "", **adopted_files()})
    commit_all(made.root)
    hook = made.root / ".git" / "hooks" / "pre-commit"
    hook.write_text(_HOOK)
    hook.chmod(0o755)
    return made


def _commit(root: Path, *args: str) -> ProcessResult:
    command = ["git", "commit", "--message", "Work", *args]
    return run(command, cwd=root, env=GIT_ENVIRONMENT, check=False)


def test_what_git_tells_a_hook_is_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    told = set(git(tmp_path, "rev-parse", "--local-env-vars").split())
    assert told - set(OF_ONE_REPO) <= {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}


@pytest.mark.superslow
def test_a_hook_sees_submodules_and_what_is_about_to_be_committed(
    repo: Repo, workspace: Path
) -> None:
    tree = workspace / "tree"
    git(repo.root, "worktree", "add", "--quiet", str(tree))
    git(tree, "submodule", "--quiet", "update", "--init")
    # In a linked worktree git also says where its folder is.
    for root in (repo.root, tree):
        write_files(root, {"README.md": "New.\n", "libs/log/new.py": ""})
        done = _commit(root, "README.md")
        assert done.status == 0, done.stderr
        assert "libs/log/new.py" in done.stderr

        # It is in no index but the one that git makes for this commit.
        write_files(root, {"app/devops/os_packages.txt": "jq\n"})
        for args in (("--all",), ("app/devops/os_packages.txt",)):
            refused = _commit(root, *args)
            assert refused.status == 1, refused.stderr
            assert "bump: the image's inputs changed" in refused.stderr
    assert _commit(repo.root, "--allow-empty").status == 0
