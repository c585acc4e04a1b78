"""What an update of a repo consists of, and when it does not begin."""

from pathlib import Path

import pytest

from helpers.managed_files.pre_commit_file import BEGIN
from helpers.model.errors import HelpersError
from helpers.new_repo.update import BRANCH, check_ready, leave_if_empty, plan_update
from helpers.new_repo.update_remote import push_command
from tests.builders import commit_all, git, make_repo, write_files


def test_only_what_was_written_before_is_written_anew(tmp_path: Path) -> None:
    def found() -> list[str]:
        return [" ".join(one.words) for one in plan_update(tmp_path, "").parts]

    write_files(tmp_path, {".github/workflows/ci.yml": "on: push\n", ".gitlab-ci.yml": "x: 1\n"})
    always = ["helpers_upgrade --yes --no-tests --commit", "runnable_dir_update --all"]
    assert found() == always
    made = "# Made by `i ci_sync` from repo_config.yaml\n"
    write_files(tmp_path, {".gitlab-ci.yml": made, ".pre-commit-config.yaml": f"x:\n{BEGIN}\n"})
    assert found() == [*always, "ci_sync --target gitlab", "pre_commit_sync"]
    assert plan_update(tmp_path, "v1.4.0").parts[0].words[-2:] == ("--to", "v1.4.0")


def test_nothing_of_the_users_is_mixed_with_it(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo").root
    commit_all(root)
    branch = check_ready(root, BRANCH)
    assert branch == git(root, "branch", "--show-current")
    write_files(root, {"mine.txt": "1\n"})
    with pytest.raises(HelpersError, match="work that is not committed"):
        check_ready(root, BRANCH)
    git(root, "switch", "--quiet", "--create", BRANCH)
    commit_all(root)
    assert check_ready(root, BRANCH) == BRANCH
    git(root, "switch", "--quiet", branch)
    with pytest.raises(HelpersError, match="commits of an earlier update") as earlier:
        check_ready(root, BRANCH)
    assert f"git switch {BRANCH}" in earlier.value.fix
    # Once it is merged, a new one may begin.
    git(root, "merge", "--quiet", BRANCH)
    assert check_ready(root, BRANCH) == branch
    git(root, "switch", "--quiet", "--detach")
    with pytest.raises(HelpersError, match="no branch with a commit"):
        check_ready(root, BRANCH)


def test_a_branch_without_commits_of_its_own_is_left_again(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo").root
    commit_all(root)
    base = check_ready(root, BRANCH)
    git(root, "switch", "--quiet", "--create", BRANCH)
    assert leave_if_empty(root, base, BRANCH)
    assert git(root, "branch", "--format=%(refname:short)") == base
    git(root, "switch", "--quiet", "--create", BRANCH)
    write_files(root, {"new.txt": "1\n"})
    commit_all(root)
    assert not leave_if_empty(root, base, BRANCH)
    assert git(root, "branch", "--show-current") == BRANCH


def test_gitlab_opens_a_merge_request_of_what_is_pushed() -> None:
    assert push_command("origin", BRANCH) == f"git push --set-upstream origin {BRANCH}"
    assert "-o merge_request.create" in push_command("origin", BRANCH, gitlab=True)
