"""Broken settings, or a changelog that is gone: tasks say what is wrong, where, and the fix."""

import pytest

from tests.builders import commit_all, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_TASKS = [
    "dirs_graph",
    "dirs_why --dir app",
    "docker_bash --dir app",
    "docker_cmd true --dir app",
    "docker_jupyter --dir app",
    "docker_build_local_image --dir app --dry-run",
    "docker_build_local_image --all --dry-run",
    "docker_build_prod_image --all --dry-run",
]


@pytest.mark.parametrize("task", _TASKS)
def test_a_task_that_reads_broken_settings_says_so(workplace: Workplace, task: str) -> None:
    dir_ = make_runnable_dir(workplace.repo, "app")
    dir_.config.write_text("# Ours\n\nreuse: [x]\n")
    done = workplace.invoke(*task.split())
    assert done.status == 2
    assert "key 'reuse'" in done.stderr
    assert "where: app/devops/config.yaml:3" in done.stderr
    assert "fix:" in done.stderr


def test_a_run_of_tests_says_so_where_it_says_what_its_dirs_came_to(workplace: Workplace) -> None:
    make_runnable_dir(workplace.repo, "app").config.write_text("# Ours\n\nreuse: [x]\n")
    done = workplace.invoke("run_tests", "--dir", "app")
    assert done.status == 2
    assert "key 'reuse'" in done.stdout
    assert "app/devops/config.yaml:3" in done.stdout
    assert "fix:" in done.stdout


def test_the_list_of_dirs_names_the_line_and_goes_on(workplace: Workplace) -> None:
    make_runnable_dir(workplace.repo, "lib")
    make_runnable_dir(workplace.repo, "app").config.write_text("dind: true\nnonsense: 1\n")
    rows = workplace.invoke("dirs").stdout
    assert "app/devops/config.yaml:2: unknown key" in rows
    assert "never built" in rows


def test_a_dir_whose_changelog_is_gone_is_named_by_all_that_goes_over_the_dirs(
    workplace: Workplace,
) -> None:
    make_runnable_dir(workplace.repo, "apps/one")
    make_runnable_dir(workplace.repo, "apps/two")
    commit_all(workplace.repo.root)
    (workplace.repo.root / "apps/two/changelog.txt").unlink()
    fix = f"git -C {workplace.repo.root}/apps/two checkout -- changelog.txt"
    statuses = {
        "dirs": 0,
        "doctor": 1,
        "changelog_check": 1,
        "docker_build_local_image --all --dry-run": 2,
    }
    for task, status in statuses.items():
        done = workplace.invoke(*task.split())
        told = done.stdout + done.stderr
        assert (done.status, "apps/two lost its changelog.txt" in told) == (status, True), task
        assert fix in told, task
    for named in ((), ("apps",)):
        done = workplace.main_pytest(*named)
        assert (done.status, fix in done.stderr) == (2, True)


def test_a_copied_dir_is_named_once_by_all_that_goes_over_the_dirs(workplace: Workplace) -> None:
    make_runnable_dir(workplace.repo, "apps/one")
    commit_all(workplace.repo.root)
    make_runnable_dir(workplace.repo, "apps/two", image_name="one")
    for task in ("dirs", "doctor", "changelog_check"):
        done = workplace.invoke(task)
        told = done.stdout + done.stderr
        assert told.count("give apps/two a name of its own") == 1, task
        assert "apps/two and apps/one have one name" in told
