"""Messages of a file, of a branch, and of a pull request."""

import json
from pathlib import Path

import pytest

from helpers.ci.event import event_of_gitlab, read_event
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.release.commit_messages import check_branch, check_file, check_request
from tests.builders import commit_all, git, make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A branch with three commits and a merge."""
    made = make_repo(tmp_path / "repo")
    git(made.root, "switch", "-qc", "topic")
    for message in ("feat: a", "Words", "fix: b"):
        commit_all(made.root, message)
    git(made.root, "switch", "-q", "main")
    commit_all(made.root, "More words")
    git(made.root, "switch", "-q", "topic")
    git(made.root, "merge", "-q", "-m", "anything", "main")
    return made


def test_the_messages_of_a_branch_are_checked_and_merges_are_not(repo: Repo) -> None:
    number, (wrong,) = check_branch(repo, "main")
    assert number == 3
    assert wrong.what.endswith(": its first line has no type")
    assert (wrong.where, wrong.fix) == ("Words", "write  fix: words")
    git(repo.root, "switch", "-q", "--detach", "topic~1")
    assert check_branch(repo, "") == (1, [])
    with pytest.raises(HelpersError, match="there is no commit 'nowhere'"):
        check_branch(repo, "nowhere")


def test_the_title_and_the_commits_of_a_pull_request_are_checked(repo: Repo) -> None:
    base = git(repo.root, "rev-parse", "main")
    payload = {"pull_request": {"base": {"sha": base}, "title": "feature: a"}}
    event = read_event(json.dumps(payload), "event.json")
    number, (title, commit) = check_request(repo, event.base, event.title)
    assert number == 4
    assert "title of the pull request: the type 'feature' counts as a patch" in title.what
    assert commit.where == "Words"
    variables = {
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_TITLE": "feat: a",
    }
    event = event_of_gitlab(variables)
    assert (event.base, event.title) == (base, "feat: a")
    assert check_request(repo, "", "") == (0, [])


def test_the_file_of_a_hook_is_read_as_git_will_read_it(tmp_path: Path) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text("# the first line\nfix: a\n# Please enter\n")
    assert check_file(file) == []
    file.write_text("fix a\n")
    assert [error.what for error in check_file(file)] == ["the message: its first line has no type"]
    with pytest.raises(HelpersError, match="there is no file with a message"):
        check_file(tmp_path / "none")
