from pathlib import Path

from helpers.quality.lint import lint
from helpers.quality.settings_files import plan_settings
from tests.builders import make_repo


def test_what_the_readers_refuse_is_told_with_its_line(tmp_path: Path) -> None:
    files = {
        "apps/till/changelog.txt": "# till-1.0.0\n- 2026-01-31\n- First\n",
        "apps/till/devops/config.yaml": "reuse: false\nsiblings: own\n",
        "apps/till/devops/audit_allow.yaml": "- id: CVE-1\n",
        "repo_config.yaml": "name: shop\n",
    }
    repo = make_repo(tmp_path, files)
    (result,) = lint(repo.root, ["settings"], fix=False)
    assert not result.passed
    assert "where: apps/till/devops/config.yaml:2\nfix: perhaps you meant 'sibling'" in (
        result.output
    )
    assert "apps/till/devops/audit_allow.yaml:1" in result.output
    assert "repo_config.yaml" not in result.output


def test_settings_without_a_mistake_pass(tmp_path: Path) -> None:
    (result,) = lint(make_repo(tmp_path, {"a.txt": ""}).root, ["settings"], fix=True)
    assert (result.passed, result.output) == (True, "")


def test_files_of_others_that_are_called_the_same_are_passed_over() -> None:
    files = ["sync.yaml", "charts/devops/config.yaml", "docs/repo_config.yaml"]
    assert plan_settings(files, shares=False) == ()


def test_the_list_of_shared_files_is_read_where_it_stands() -> None:
    (step,) = plan_settings(["sync.yaml", "repo_config.yaml"], shares=True)
    assert step.settings == ("sync.yaml", "repo_config.yaml")
