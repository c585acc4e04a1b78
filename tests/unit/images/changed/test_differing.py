"""Which dirs get another image: after each of many edits, those whose content is another one."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known, plan_images
from helpers.images.changed.differing import Differing, Made, Planned, compare, plan_each
from helpers.images.changed.reasons import Reasons
from helpers.images.changed.since import find_changed
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.images.name import Stage
from helpers.model.images.parts import parts_text, read_parts
from helpers.model.repo import Repo
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir, write_files

_DIRS = ("apps/api", "apps/worker", "apps/site")
_MAIN = '[tool.poetry.dependencies]\nlog = {path = "../../libs/log"}\n'
_EDITED = (
    *("libs/log/log/core.py", "libs/log/tests/test_log.py", "libs/text/text/words.py", "README.md"),
    *(f"{name}/{path}" for name in _DIRS for path in ("svc.py", "tests/test_svc.py", "README.md")),
    *(f"{name}/devops/os_packages.txt" for name in _DIRS),
    *(f"{name}/requirements.txt" for name in _DIRS),
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(
        tmp_path / "repo",
        {
            "README.md": "",
            "libs/log/pyproject.toml": '[tool.poetry.dependencies]\ntext={path="../text"}\n',
            "libs/log/log/core.py": "",
            "libs/log/tests/test_log.py": "",
            "libs/text/pyproject.toml": '[project]\nname = "text"\n',
            "libs/text/text/words.py": "",
        },
        commit=False,
    )
    for name in _DIRS:
        uses = "" if name == "apps/site" else _MAIN
        files = {"devops/config.yaml": "entrypoint: [python, svc.py]\n", "svc.py": ""}
        files |= {"README.md": "", "tests/test_svc.py": ""}
        make_runnable_dir(made, name, {**files, "pyproject.toml": uses, "requirements.txt": ""})
    commit_all(made.root)
    return made


def planned(repo: Repo, stage: Stage) -> tuple[list[Planned], RepoInputs]:
    inputs = read_repo_inputs(repo)
    dirs = [repo.runnable_dir(name) for name in _DIRS]
    options = BuildOptions(stage=stage)
    return list(plan_each(repo, dirs, make_host(repo.root), options, Known(inputs, {}))), inputs


def contents(found: list[Planned]) -> dict[str, str]:
    return {one.runnable_dir.name: one.plans[0].content for one in found}


def outdated(now: list[Planned], before: list[Planned]) -> list[Differing]:
    """As labels of images would say it."""
    texts = {p.reference: parts_text(p.made_from.parts()) for one in before for p in one.plans}

    def made(plan: BuildPlan) -> Made | None:
        parts = read_parts(texts[plan.reference])
        return Made(parts) if parts is not None else None

    return compare(now, made)


def names(found: list[Differing]) -> set[str]:
    return {one.runnable_dir.name for one in found}


@pytest.mark.parametrize("stage", [Stage.LOCAL, Stage.PROD])
def test_after_each_edit_the_dirs_differ_whose_build_would_make_another_image(
    repo: Repo, stage: Stage
) -> None:
    choose, seen = random.Random(1), set()
    before, _ = planned(repo, stage)
    for number in range(40):
        path = choose.choice(_EDITED)
        text = f"package{number}\n" if "os_packages" in path else f"# {number}\n"
        write_files(repo.root, {path: text})
        now, inputs = planned(repo, stage)
        old, new = contents(before), contents(now)
        expected = {name for name in _DIRS if old[name] != new[name]}
        assert names(outdated(now, before)) == expected, path
        if number % 4 == 0:
            host, options = make_host(repo.root), BuildOptions(stage=stage)
            assert names(find_changed(inputs, "HEAD", now, host, options)[0]) == expected, path
            commit_all(repo.root)
            before = now
        elif choose.random() < 0.5:
            commit_all(repo.root)
            before = now
        else:
            write_files(repo.root, {path: _text_of(repo, path)})
        seen.add(frozenset(expected))
    assert len(seen) > 2, "the edits changed nothing, or always the same"


def _text_of(repo: Repo, path: str) -> str:
    text = git(repo.root, "show", f"HEAD:{path}")
    return f"{text}\n" if text else ""


def test_a_change_of_a_shared_package_names_its_users_and_the_way_to_it(repo: Repo) -> None:
    before, _ = planned(repo, Stage.PROD)
    write_files(repo.root, {"libs/text/text/words.py": "# changed\n"})
    now, inputs = planned(repo, Stage.PROD)
    host, options = make_host(repo.root), BuildOptions(stage=Stage.PROD)
    found, changes = find_changed(inputs, "HEAD", now, host, options)
    assert names(found) == names(outdated(now, before)) == {"apps/api", "apps/worker"}
    assert Reasons(inputs, changes).of(found[0]) == [
        "libs/text/text/words.py, through apps/api -> libs/log (main, apps/api/pyproject.toml);"
        " libs/log -> libs/text (main, libs/log/pyproject.toml)"
    ]


def test_a_local_image_differs_by_its_environment_alone(repo: Repo) -> None:
    before, _ = planned(repo, Stage.LOCAL)
    write_files(repo.root, {"apps/api/svc.py": "x = 1\n"})
    now, inputs = planned(repo, Stage.LOCAL)
    assert not outdated(now, before)
    write_files(repo.root, {"apps/api/requirements.txt": "x==1\n"})
    now, inputs = planned(repo, Stage.LOCAL)
    host, options = make_host(repo.root), BuildOptions()
    found, changes = find_changed(inputs, "HEAD", now, host, options)
    assert names(found) == names(outdated(now, before)) == {"apps/api"}
    assert Reasons(inputs, changes).of(found[0]) == ["apps/api/requirements.txt, its own"]


def test_a_dir_whose_image_is_not_there_differs_and_one_that_cannot_be_planned(repo: Repo) -> None:
    write_files(repo.root, {"apps/site/devops/os_packages.txt": "$(reboot)\n"})
    now, inputs = planned(repo, Stage.PROD)
    api, worker, site = compare(now, lambda _: None)
    assert not api.parts
    assert Reasons(inputs).of(worker) == ["never built"]
    assert site.error is not None
    assert "os_packages" in site.error.where


def test_the_settings_of_the_repo_count_for_all_dirs(repo: Repo) -> None:
    write_files(repo.root, {"repo_config.yaml": "name: demo\nbase_image: debian:12\n"})
    config = repo.config
    changed = replace(repo, config=replace(config, base_image="debian:12"))
    now, inputs = planned(changed, Stage.LOCAL)
    host, options = make_host(repo.root), BuildOptions()
    found, changes = find_changed(inputs, "HEAD", now, host, options)
    assert names(found) == set(_DIRS)
    assert Reasons(inputs, changes).of(found[0]) == ["repo_config.yaml, its own"]


def test_a_dockerfile_of_the_dirs_own_may_copy_every_file_of_the_dir(repo: Repo) -> None:
    write_files(repo.root, {"apps/api/devops/Dockerfile": "FROM scratch\n", ".gitignore": "kept\n"})
    write_files(repo.root / "apps" / "api", {"kept": "1\n"})
    git(repo.root, "add", "--force", "apps/api/kept")
    commit_all(repo.root)
    now, inputs = planned(repo, Stage.LOCAL)
    host, options = make_host(repo.root), BuildOptions()
    assert not find_changed(inputs, "HEAD", now, host, options)[0]
    write_files(repo.root, {"apps/api/svc.py": "x = 1\n"})
    now, inputs = planned(repo, Stage.LOCAL)
    assert names(find_changed(inputs, "HEAD", now, host, options)[0]) == {"apps/api"}


def test_plans_of_many_dirs_are_those_of_each_by_itself(repo: Repo) -> None:
    found, _ = planned(repo, Stage.PROD)
    host, options = make_host(repo.root), BuildOptions(stage=Stage.PROD)
    known = Known(at_commit=False)
    alone = [plan_images(repo, one.runnable_dir, host, options, known) for one in found]
    assert [list(one.plans) for one in found] == alone
