"""Directories as people have them become runnable dirs, and their tests pass in their images."""

import secrets
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.existing.create import MadeRunnable, make_from_existing
from helpers.adoption.existing.plan import ExistingPlan, ExistingRequest
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.events import Event
from helpers.system.host import read_host
from helpers.system.process import run
from helpers.tasks.existing_dirs import make_existing
from helpers.tasks.runnable_dirs import Create
from tests import engine
from tests.builders import TEST_REPO, commit_all, git, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.projects import (
    write_notebooks,
    write_poetry_application,
    write_setuptools_library,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def place(client: Client, workspace: Path) -> Iterator[Workplace]:
    """A repo with nothing in it, whose images go with it."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    made = Workplace(make_repo(workspace / "repo", config=f"name: {name}\n"), client)
    yield made
    stop_own(client, made.repo, force=True)
    engine.remove_images({labels.REPO: name})


def ignore(event: Event) -> None:
    """Nobody listens."""


def agree(plan: ExistingPlan) -> bool:
    return True


def request(place: Workplace, *, below: str = ".", add_tests: bool = False) -> ExistingRequest:
    return ExistingRequest(
        folder=place.repo.runnable_dir(below).root,
        below=below,
        image_name=place.repo.config.name,
        requirements="",
        today=date(2026, 11, 21),
        add_tests=add_tests,
    )


def make(place: Workplace, wanted: ExistingRequest) -> MadeRunnable:
    commit_all(place.repo.root, "As it was before")
    made = make_from_existing(place.repo, wanted, read_host(), ignore, agree)
    git(place.repo.root, "add", "--all")
    return made


def passed(place: Workplace, number: int) -> None:
    done = place.main_pytest("--suite", "all")
    assert done.status == 0, done.stdout + done.stderr
    assert f"passed ({number} passed, 0 failed, 0 skipped)" in done.stdout


def test_notebooks_get_tests_and_what_they_need_is_locked(place: Workplace) -> None:
    write_notebooks(place.repo.root)
    made = make(place, request(place, add_tests=True))
    assert {change.path for change in made.plan.changes} == {
        "changelog.txt",
        "devops/os_packages.txt",
        "pytest.ini",
        "requirements_dev.txt",
        "tests/test_notebooks.py",
    }
    assert "pins no version of iniconfig" in made.plan.notices[0].text


@pytest.mark.superslow
def test_dirs_of_every_kind_stand_in_one_repo(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    root = place.repo.root
    write_setuptools_library(root / "libs" / "measure it")
    write_files(root, {"jobs/nightly.py": "import sys\nsys.exit('runs when it is imported')\n"})
    commit_all(root)
    library = replace(request(place, below="libs/measure it", add_tests=True), image_name="measure")
    packaged = replace(library, requirements="pyproject.toml")
    make_existing(read_host(), place.repo, packaged, Create(yes=True))
    locked = capsys.readouterr().out
    assert "libs/measure it: requirements.txt written" in locked
    # What has nothing but scripts needs pytest alone, which need not be locked.
    scripts = replace(request(place, below="jobs", add_tests=True), image_name="jobs")
    make_existing(read_host(), place.repo, scripts, Create(yes=True))
    assert "requirements.txt written" not in capsys.readouterr().out
    done = place.main_pytest("--suite", "all")
    assert done.status == 0, done.stdout + done.stderr
    for name in ("libs/measure it", "jobs"):
        assert f"{name}: passed (1 passed, 0 failed, 0 skipped)" in done.stdout


@pytest.mark.superslow
def test_what_cannot_be_locked_is_said_and_the_second_run_goes_on(place: Workplace) -> None:
    app = place.repo.root / "apps" / "my app"
    write_files(app, {"needs.txt": "no-such-package-of-anybody-here\n", "app.py": "A = 1\n"})
    wanted = replace(request(place, below="apps/my app", add_tests=True), requirements="needs.txt")
    with pytest.raises(HelpersError, match="cannot be locked: no package index has") as caught:
        make(place, wanted)
    assert "no-such-package-of-anybody-here" in caught.value.where
    assert "i dependency_lock --dir 'apps/my app'" in caught.value.fix
    assert not (app / "requirements.txt").exists()
    (app / "needs.txt").write_text("iniconfig\n")
    made = make(place, wanted)
    assert made.plan.changes == ()
    assert made.locked is not None
    assert made.locked.written == ("requirements.txt",)
    locked = (app / "requirements.txt").read_text()
    assert "--hash=sha256:" in locked
    assert "://" not in locked


def type_in(place: Workplace, command: str) -> None:
    """Type a command that was told, as it is, at the repo's root."""
    shell = f'i() {{ {shlex.join(place.invoke_command())} "$@"; }}\n{command}'
    run(["bash", "-euc", shell], cwd=place.repo.root, timeout=300)
    git(place.repo.root, "add", "--all")


@pytest.mark.superslow
def test_what_stands_beside_is_there_once_what_was_told_is_typed(place: Workplace) -> None:
    write_poetry_application(place.repo.root)
    service = "  db:\n    image: ${HELPERS_BASE_IMAGE}\n    command: sleep 600\n    init: true\n"
    service += "    volumes: [data:/data]\n"
    write_files(
        place.repo.root,
        {
            "requirements-dev.txt": "attrs>=23  # classes\n",
            "docker-compose.yml": f"services:\n{service}volumes: {{data: }}\n",
            "tests/test_attrs.py": "import attr\ndef test_a(): assert attr\n",
            "tests/test_db.py": "import socket\ndef test_b(): assert socket.gethostbyname('db')\n",
        },
    )
    made = make(place, request(place))
    fixes = [notice.fix for notice in made.plan.notices]
    assert len(fixes) == 2
    for fix in fixes:  # what cannot be collected hides what would fail
        failed = place.main_pytest("--suite", "all")
        assert failed.status == 1, failed.stdout + failed.stderr
        assert " ".join(fix.split()) in " ".join(failed.stdout.split())
        type_in(place, fix)
    passed(place, 3)


@pytest.mark.superslow
def test_an_import_of_an_extra_that_is_left_out_is_told_with_the_line(place: Workplace) -> None:
    config = "entrypoint: [python, -m, shop]\nextras: []\n"
    write_files(
        place.repo.root,
        {
            "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'
            'requires-python = ">=3.11"\n'
            '[project.optional-dependencies]\nclasses = ["attrs"]\n'
            '[dependency-groups]\ndev = ["pytest>=8.4,<9"]\n[tool.uv]\npackage = false\n',
            "devops/config.yaml": config,
            "shop/__init__.py": "import attr\n",
            "tests/test_shop.py": "import shop\ndef test_a(): assert shop.attr\n",
        },
    )
    made = make(place, request(place))
    line = "write  extras: [classes]  in devops/config.yaml"
    assert [notice.fix for notice in made.plan.notices] == [line]
    failed = place.main_pytest("--suite", "all")
    assert failed.status == 1, failed.stdout + failed.stderr
    assert " ".join(line.split()) in " ".join(failed.stdout.split())
    config = config.replace("extras: []", "extras: [classes]")
    write_files(place.repo.root, {"devops/config.yaml": config})
    passed(place, 1)
    commit_all(place.repo.root)
    prod = place.invoke("docker_build_prod_image")
    assert prod.status == 0, prod.stdout + prod.stderr
    shown = " ".join((prod.stdout + prod.stderr).split())
    assert "shop/__init__.py imports attrs, which the extra 'classes' alone asks for" in shown
    assert "write prod_extras: [classes] in devops/config.yaml" in shown
    write_files(place.repo.root, {"devops/config.yaml": f"{config}prod_extras: [classes]\n"})
    commit_all(place.repo.root)
    prod = place.invoke("docker_build_prod_image")
    assert prod.status == 0, prod.stdout + prod.stderr
    assert "prod_extras" not in prod.stdout + prod.stderr


@pytest.mark.superslow
def test_the_task_makes_code_runnable(place: Workplace) -> None:
    write_files(
        place.repo.root, {"apps/sun/sun.py": "LIGHT = 1\n", "apps/sun/needs.txt": "iniconfig\n"}
    )
    commit_all(place.repo.root)
    typed = ("runnable_dir_create", "--dir", "apps/sun", "--from-requirements", "needs.txt")
    asked = place.invoke(*typed, "--tests")
    assert (asked.status, "add --yes" in asked.stderr) == (2, True)
    dry = place.invoke(*typed, "--tests", "--dry-run")
    assert dry.status == 0
    assert "then lock what apps/sun depends on" in dry.stdout
    assert not (place.repo.root / "apps/sun/changelog.txt").exists()
    made = place.invoke(*typed, "--tests", "--yes")
    assert made.status == 0, made.stdout + made.stderr
    assert "apps/sun is runnable" in made.stdout
    again = place.invoke(*typed, "--tests")
    assert (again.status, "+++" in again.stdout) == (0, False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--from-pyproject", "--from-requirements", "a.txt"), "exclude each other"),
        (("--from-pyproject", "--template", "cli"), "comes from no template"),
        (("--from-pyproject", "--data", "package=x"), "comes from no template"),
        (("--tests",), "is about code that is there"),
        (("--from-pyproject", "--yes"), "there is no pyproject.toml"),
        (("--from-requirements", "gone.txt"), "there is no gone.txt"),
        (("--from-pyproject", "--data", "image_name=taken"), "is that of other"),
    ],
)
def test_options_that_do_not_fit_are_errors(
    place: Workplace, options: tuple[str, ...], said: str
) -> None:
    make_runnable_dir(place.repo, "other", image_name="taken")
    write_files(place.repo.root, {"code/a.py": ""})
    done = place.invoke("runnable_dir_create", "--dir", "code", *options)
    assert done.status == 2
    assert said in done.stderr
    assert "fix:" in done.stderr
    assert not (place.repo.root / "code" / "changelog.txt").exists()
