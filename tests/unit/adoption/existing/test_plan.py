import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.existing.creating_option import creating_option
from helpers.adoption.existing.description import describe_project
from helpers.adoption.existing.plan import ExistingPlan, ExistingRequest, plan_existing
from helpers.lockers import pip
from helpers.lockers.commands import Action, Change, choose_resolver, resolver_command
from helpers.lockers.named import Kind
from helpers.managed_files.written import apply_changes
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import write_files
from tests.projects import (
    write_notebooks,
    write_poetry_application,
    write_setuptools_library,
    write_uv_workspace,
)

OWN = {"changelog.txt", "devops/os_packages.txt"}
TEST = "def test_it() -> None: ...\n"
POETRY = '[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = ">=3.11"\n'
PYTEST_GROUP = '[tool.poetry.group.dev.dependencies]\npytest = "*"\n'
LOCK = '[metadata]\ncontent-hash = "x"\n[[package]]\nname = "{}"\nversion = "1"\n'
GROUPS = "[dependency-groups]\ndev = ['x']  # stays\n"
PROJECT = '[project]\nname = "my-lib"\nversion = "1"\nrequires-python = ">=3.11"\n'


def request(
    folder: Path, *, below: str = ".", requirements: str = "", add_tests: bool = False
) -> ExistingRequest:
    return ExistingRequest(
        folder=folder / below,
        below=below,
        image_name="app",
        requirements=requirements,
        today=date(2026, 11, 21),
        add_tests=add_tests,
    )


def texts(plan: ExistingPlan) -> dict[str, str]:
    return {change.path: change.after or "" for change in plan.changes}


def make(
    folder: Path,
    files: dict[str, str],
    *,
    below: str = ".",
    requirements: str = "",
    add_tests: bool = False,
) -> ExistingPlan:
    """Write files, make them runnable, and see that the second time changes nothing."""
    write_files(folder, files)
    wanted = request(folder, below=below, requirements=requirements, add_tests=add_tests)
    plan = plan_existing(wanted)
    apply_changes(folder, plan.changes)
    assert plan_existing(wanted).changes == ()
    return plan


def fixes(plan: ExistingPlan) -> list[str]:
    return [notice.fix for notice in plan.notices]


def test_an_empty_directory_can_be_tested_without_anything_being_locked(tmp_path: Path) -> None:
    plan = make(tmp_path, {})
    made = texts(plan)
    assert made.keys() == {*OWN, "pytest.ini", "requirements.in", "requirements.txt"}
    assert parse_changelog(made["changelog.txt"], "").image_name == "app"
    assert "2026-11-21" in made["changelog.txt"]
    assert pip.has_hashes(made["requirements.txt"])
    assert "pytest" in made["requirements.in"].splitlines()
    assert (plan.to_lock, plan.notices) == (False, ())


def test_the_locked_pytest_names_no_index() -> None:
    text = (TOOLCHAIN_ROOT / "helpers/adoption/existing/pytest_requirements.txt").read_text()
    assert pip.has_hashes(text)
    assert "\npytest==" in text
    assert "://" not in text


def test_paths_are_relative_to_the_repo(tmp_path: Path) -> None:
    plan = make(tmp_path, {"apps/a b/x.py": ""}, below="apps/a b")
    assert "apps/a b/changelog.txt" in texts(plan)
    assert all(path.startswith("apps/a b/") for path in texts(plan))


def test_a_poetry_project_with_its_lock_gets_nothing_but_what_makes_it_runnable(
    tmp_path: Path,
) -> None:
    write_poetry_application(tmp_path)
    before = (tmp_path / "pyproject.toml").read_text()
    plan = make(tmp_path, {"poetry.lock": LOCK.format("pytest")})
    made = texts(plan)
    assert made.keys() == {*OWN, "pyproject.toml"}
    assert made["pyproject.toml"].startswith(before)
    table = '[tool.pytest.ini_options]\npythonpath = ["."]\ntestpaths = ["tests"]\n'
    assert made["pyproject.toml"].removeprefix(before).strip() == table.strip()
    assert (plan.to_lock, plan.notices) == (False, ())


def test_pytest_that_comes_with_a_plugin_is_there(tmp_path: Path) -> None:
    lock = LOCK.format("pytest-cov") + '[package.dependencies]\npytest = ">=4"\n'
    lock += '[[package]]\nname = "pytest"\nversion = "8"\n'
    group = PYTEST_GROUP.replace("pytest =", "pytest-cov =")
    plan = make(tmp_path, {"pyproject.toml": POETRY + group, "poetry.lock": lock, "a.py": ""})
    assert not any("dependency_add" in fix for fix in fixes(plan))


@pytest.mark.parametrize(
    ("project", "lock"),
    [(POETRY, "poetry.lock"), (f"{PROJECT}[tool.uv]\n", "uv.lock")],
)
def test_a_lock_without_pytest_stays_and_the_command_that_adds_it_is_told(
    tmp_path: Path, project: str, lock: str
) -> None:
    locked = "version = 1\n" + LOCK.format("pytest")
    plan = make(tmp_path, {"pyproject.toml": project, lock: locked, "test_a.py": TEST})
    assert fixes(plan) == ["i dependency_add --package pytest --group dev --dir ."]
    assert "so no test can run" in plan.notices[0].text
    assert lock not in texts(plan)
    assert not plan.to_lock


@pytest.mark.parametrize(
    ("project", "where"),
    [
        (POETRY, ("tool", "poetry", "group", "dev", "dependencies")),
        (f"{PROJECT}# stays\n[tool.uv]\npackage = false\n", ("dependency-groups", "dev")),
        (f"{PROJECT}[tool.uv]\n{GROUPS}", ("dependency-groups", "dev")),
        (f"{PROJECT}[tool.uv]\n[dependency-groups]\nlint = ['x']\n", ("dependency-groups", "dev")),
        (f"{PROJECT}[tool.uv]\n[dependency-groups]\n", ("dependency-groups", "dev")),
        (f"{PROJECT}[tool.poetry]\npackage-mode = false\n", ("dependency-groups", "dev")),
        (
            f"{POETRY}[tool.x]\n\n{PYTEST_GROUP.replace('pytest', 'x')}# stays\n\n[tool.ruff]\n",
            ("tool", "poetry", "group", "dev", "dependencies"),
        ),
        (
            f"{POETRY}[tool.x]\n[tool.poetry.group.dev]\noptional = false\n# stays\n",
            ("tool", "poetry", "group", "dev", "dependencies"),
        ),
    ],
)  # fmt: skip
def test_what_is_still_to_be_locked_asks_for_pytest(
    tmp_path: Path, project: str, where: tuple[str, ...]
) -> None:
    plan = make(tmp_path, {"pyproject.toml": project, "test_a.py": TEST})
    made = texts(plan)["pyproject.toml"]
    assert ("# stays" in made) == ("# stays" in project)
    found = tomllib.loads(made)
    for key in where:
        found = found[key]
    assert "pytest" in found
    assert "test_a.py" not in made
    assert plan.to_lock
    assert plan.notices == ()


@pytest.mark.parametrize("group", ["", GROUPS])
def test_line_ends_stay(tmp_path: Path, group: str) -> None:
    project = f"{PROJECT}[tool.uv]\n{group}".replace("\n", "\r\n")
    (tmp_path / "pyproject.toml").write_bytes(project.encode())
    made = texts(make(tmp_path, {}))["pyproject.toml"]
    assert made.count("\n") == made.count("\r\n")
    assert "pytest" in made


def test_a_workspace_of_uv_is_one_dir_with_the_folders_of_its_members(tmp_path: Path) -> None:
    write_uv_workspace(tmp_path)
    plan = make(tmp_path, {})
    settings = tomllib.loads(texts(plan)["pyproject.toml"])["tool"]["pytest"]["ini_options"]
    assert settings == {
        "pythonpath": ["packages/orders/src", "packages/prices/src"],
        "testpaths": ["packages/orders/tests", "packages/prices/tests"],
        "addopts": ["--import-mode=importlib"],
    }
    assert choose_resolver(tmp_path).lock_file == "uv.lock"
    assert (plan.to_lock, plan.notices) == (True, ())


def test_a_member_that_the_root_does_not_need_is_named(tmp_path: Path) -> None:
    write_uv_workspace(tmp_path)
    text = (tmp_path / "pyproject.toml").read_text()
    plan = make(tmp_path, {"pyproject.toml": text.replace('["shop-orders"]', '["shop-prices"]')})
    assert "does not depend on packages/orders" in plan.notices[0].text
    assert fixes(plan) == ["i dependency_add --package shop-orders --group dev --dir ."]


def test_a_member_of_a_workspace_has_its_part_of_the_lock_file(tmp_path: Path) -> None:
    write_uv_workspace(tmp_path)
    plan = plan_existing(request(tmp_path, below="packages/orders"))
    assert plan.to_lock, "the workspace is not locked yet"
    resolver = choose_resolver(tmp_path / "packages/orders")
    assert resolver.member
    assert resolver.member.lock_file == tmp_path / "uv.lock"


def test_a_library_without_a_lock_is_compiled_with_the_extra_that_has_pytest(
    tmp_path: Path,
) -> None:
    write_setuptools_library(tmp_path)
    plan = make(tmp_path, {})
    made = texts(plan)
    assert made.keys() == {*OWN, "pyproject.toml", "requirements.in"}
    assert all(line.startswith("#") for line in made["requirements.in"].splitlines())
    settings = tomllib.loads(made["pyproject.toml"])["tool"]["pytest"]["ini_options"]
    assert settings == {"pythonpath": ["src"], "testpaths": ["tests"]}
    assert plan.to_lock
    command = resolver_command(choose_resolver(tmp_path), Change(Action.LOCK))
    sources = ("requirements.in", "pyproject.toml", "--extra=test")
    assert command[-3:] == sources


def test_a_library_that_asks_for_pytest_nowhere_gets_it(tmp_path: Path) -> None:
    plan = make(tmp_path, {"pyproject.toml": PROJECT, "my_lib.py": "", "test_a.py": TEST})
    assert "pytest" in texts(plan)["requirements.in"].splitlines()
    assert plan.to_lock


def test_what_was_begun_and_not_locked_goes_on(tmp_path: Path) -> None:
    make(tmp_path, {"pyproject.toml": PROJECT, "test_a.py": TEST})
    assert plan_existing(request(tmp_path)).to_lock
    write_files(tmp_path, {"requirements.txt": "x==1 --hash=sha256:0\n"})
    assert plan_existing(request(tmp_path)).to_lock
    write_files(tmp_path, {"requirements.txt": "pytest==1 --hash=sha256:0\n"})
    assert not plan_existing(request(tmp_path)).to_lock


def test_requirements_with_pytest_are_used_as_they_are(tmp_path: Path) -> None:
    plan = make(tmp_path, {"requirements.txt": "x[y]==1  # c\npytest==8\n", "test_a.py": TEST})
    assert texts(plan).keys() == {*OWN, "pytest.ini"}
    assert (plan.to_lock, plan.notices) == (False, ())


def test_requirements_that_pin_nothing_stay_and_how_to_pin_them_is_told(tmp_path: Path) -> None:
    files = {"requirements.txt": "pandas>=2\n-r requirements_b.txt\n", "test_a.py": TEST}
    files["requirements_b.txt"] = "pytest==8\nrich\ngit+https://h/x.git\n"
    plan = make(tmp_path, files)
    assert "pins no version of pandas, rich: each build" in plan.notices[0].text
    move = f"(cd {tmp_path} && mv requirements.txt requirements.in) && i dependency_lock --dir ."
    assert fixes(plan) == [move]


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ({}, "requirements_dev.txt"),
        ({"requirements_dev.txt": "ruff==1\n"}, "requirements-dev.txt"),
    ],
)
def test_pytest_that_requirements_lack_stands_beside_them(
    tmp_path: Path, there: dict[str, str], name: str
) -> None:
    plan = make(tmp_path, {"requirements.txt": "x==1\n", "test_a.py": TEST, **there})
    assert texts(plan)[name] == "# For its tests:\npytest\n"
    assert "requirements.txt" not in texts(plan)
    assert "pytest" in pip.read(tmp_path).content


def test_pytest_in_a_file_for_developing_is_enough(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "x==1\n",
        "requirements-dev.txt": "-r requirements.txt\npytest==8\n",
    }
    plan = make(tmp_path, {**files, "test_a.py": TEST})
    assert texts(plan).keys() == {*OWN, "pytest.ini"}
    assert plan.notices == ()


def test_hashes_are_not_weakened(tmp_path: Path) -> None:
    plan = make(tmp_path, {"requirements.txt": "x==1 --hash=sha256:0\n", "test_a.py": TEST})
    assert texts(plan).keys() == {*OWN, "pytest.ini"}
    assert "holds no pytest" in plan.notices[0].text
    assert "--constraint requirements.txt --output-file requirements_dev.txt" in fixes(plan)[0]


def test_an_include_that_is_not_there_is_told(tmp_path: Path) -> None:
    plan = make(tmp_path, {"requirements.txt": "-r requirements/base.txt\n"})
    assert "which does not exist" in plan.notices[0].text


def test_what_pyproject_asks_for_and_requirements_do_not_name_is_told(tmp_path: Path) -> None:
    project = f"{PROJECT}dependencies = ['My.Dep>=1']\n"
    plan = make(tmp_path, {"requirements.txt": "pytest==8\n", "pyproject.toml": project})
    assert "asks for my-dep, which requirements.txt does not name" in plan.notices[0].text


def test_pytest_is_added_to_what_is_compiled(tmp_path: Path) -> None:
    plan = make(tmp_path, {"requirements.in": "x", "requirements.txt": "x==1\n"})
    assert texts(plan)["requirements.in"] == "x\n# For its tests:\npytest\n"
    assert plan.to_lock


def test_a_requirements_file_of_any_name_is_included(tmp_path: Path) -> None:
    files = {"needs/all of it.txt": "pytest==8\n", "b.txt": "x\n", "a.py": ""}
    plan = make(tmp_path, files, requirements="needs/all of it.txt")
    assert "-r needs/all of it.txt\n" in texts(plan)["requirements.in"]
    assert plan.to_lock
    with pytest.raises(HelpersError, match="which is there, and not from b") as caught:
        plan_existing(request(tmp_path, requirements="b.txt"))
    assert "include it in requirements.in" in caught.value.fix


@pytest.mark.parametrize(
    ("files", "requirements", "what"),
    [
        ({}, "requirements.txt", "there is no requirements.txt"),
        ({}, "needs.txt", "there is no needs.txt"),
        ({}, "pyproject.toml", "there is no pyproject.toml"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "pyproject.toml", "has no \\[project\\]"),
        ({"a.txt": "", "pyproject.toml": POETRY}, "a.txt", "made from pyproject.toml, and not"),
        ({"a.txt": "", "requirements.txt": ""}, "a.txt", "made from requirements.txt, which"),
        (
            {"pyproject.toml": PROJECT, "requirements.txt": ""},
            "pyproject.toml",
            "made from requirements.txt, and not from pyproject.toml",
        ),
    ],
)
def test_a_file_that_cannot_decide_is_an_error(
    tmp_path: Path, files: dict[str, str], requirements: str, what: str
) -> None:
    write_files(tmp_path, files)
    with pytest.raises(HelpersError, match=what) as caught:
        plan_existing(request(tmp_path, requirements=requirements))
    assert caught.value.fix


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", "from setuptools import setup\nsetup(install_requires=read('x'))\n"),
        ("setup.py", "import setuptools\nsetuptools.setup(**{'install_requires': ['x']})\n"),
    ],
)
def test_what_only_executing_a_setup_script_would_tell_is_left_to_the_user(
    tmp_path: Path, name: str, text: str
) -> None:
    plan = make(tmp_path, {name: text, "lib/__init__.py": ""})
    assert f"what {name} asks for is not looked at" in plan.notices[0].text
    assert fixes(plan)[0] == "list it in requirements.in, then  i dependency_lock --dir ."


def test_what_stands_beside_and_is_not_read_is_named(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": POETRY + PYTEST_GROUP,
        "poetry.lock": LOCK.format("pytest"),
        "requirements-dev.txt": "responses\n",
        "docker-compose.yml": "services: {db: {image: postgres}}\n",
        "test_a.py": TEST,
    }
    plan = make(tmp_path, files)
    assert fixes(plan) == [
        "i dependency_add --package responses --group dev --dir .",
        "printf '%s\\n' services: '  db:'"
        " '    extends: {file: ../docker-compose.yml, service: db}' > devops/compose.yaml",
    ]


def test_the_requirements_file_that_is_asked_for_is_read(tmp_path: Path) -> None:
    files = {"needs/requirements-dev.txt": "responses\npytest\n", "a.py": ""}
    plan = make(tmp_path, files, requirements="needs/requirements-dev.txt")
    assert not any("responses" in notice.text for notice in plan.notices)


def test_an_import_that_the_settings_leave_out_is_named_with_the_line(tmp_path: Path) -> None:
    extra = '[tool.poetry.extras]\ncache = ["redis"]\n'
    files = {
        "pyproject.toml": f"{POETRY}redis = {{version = '*', optional = true}}\n{extra}"
        + PYTEST_GROUP,
        "poetry.lock": LOCK.format("pytest"),
        "lib/__init__.py": "import redis\n",
        "test_a.py": TEST,
    }
    assert fixes(make(tmp_path, files)) == []
    plan = make(tmp_path, {**files, "devops/config.yaml": "extras: []\n"})
    assert "lib/__init__.py imports redis, which the extra 'cache' alone" in plan.notices[0].text
    assert fixes(plan) == ["write  extras: [cache]  in devops/config.yaml"]


def test_pytest_in_an_extra_that_is_left_out_is_brought_by_the_setting(tmp_path: Path) -> None:
    project = f"{PROJECT}[project.optional-dependencies]\ntest = ['pytest']\n"
    files = {"pyproject.toml": project, "poetry.lock": LOCK.format("pytest"), "test_a.py": TEST}
    assert fixes(make(tmp_path, files)) == []
    plan = make(tmp_path, {**files, "devops/config.yaml": "extras: []\n"})
    assert "so no test can run" in plan.notices[0].text
    assert fixes(plan)[0] == "write  extras: [test]  in devops/config.yaml"


def test_notebooks_get_a_test_that_runs_them_and_what_it_needs(tmp_path: Path) -> None:
    write_notebooks(tmp_path)
    made = texts(make(tmp_path, {}, add_tests=True))
    assert made["requirements_dev.txt"].splitlines()[1:] == ["pytest", "nbclient", "ipykernel"]
    compile(made["tests/test_notebooks.py"], "", "exec")
    assert "testpaths = tests" in made["pytest.ini"].splitlines()


def test_notebooks_without_any_requirements_are_locked(tmp_path: Path) -> None:
    plan = make(tmp_path, {"a.ipynb": "{}"}, add_tests=True)
    assert texts(plan)["requirements.in"].splitlines()[2:] == ["pytest", "nbclient", "ipykernel"]
    assert plan.to_lock


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"src/a/__init__.py": "", "src/c/__init__.py": ""}, "tests/test_import.py", '"a", "c"'),
        ({"my_lib.py": "", "pyproject.toml": PROJECT}, "tests/test_import.py", '"my_lib"'),
        ({"run.py": "", "conftest.py": ""}, "tests/test_scripts.py", '["run.py"]'),
    ],
)  # fmt: skip
def test_a_directory_without_tests_gets_one_about_what_it_has(
    tmp_path: Path, files: dict[str, str], name: str, said: str
) -> None:
    made = texts(make(tmp_path, files, add_tests=True))
    assert said in made[name]
    compile(made[name], "", "exec")


def test_tests_that_are_there_are_enough(tmp_path: Path) -> None:
    made = texts(make(tmp_path, {"a/__init__.py": "", "a/check_test.py": TEST}, add_tests=True))
    assert not [name for name in made if "test_" in name]


def test_no_tests_are_no_pass(tmp_path: Path) -> None:
    plan = make(tmp_path, {"a/__init__.py": ""})
    assert plan.notices[0].text == "it has no tests, so it cannot pass"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("pytest.ini", "[pytest]\r\n# c\r\n", "[pytest]\r\npythonpath = src\r\n# c\r\n"),
        ("tox.ini", "[tox]\n[pytest]", "[tox]\n[pytest]\npythonpath = src\n"),
        ("setup.cfg", "[tool:pytest]\na = b\n", "[tool:pytest]\npythonpath = src\na = b\n"),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options] # c\naddopts = '-q'\n",
            "[tool.pytest.ini_options] # c\npythonpath = [\"src\"]\naddopts = '-q'\n",
        ),
        ("pyproject.toml", "[tool.pytest]\n", '[tool.pytest]\npythonpath = ["src"]\n'),
    ],
)  # fmt: skip
def test_settings_of_pytest_learn_where_packages_are_and_keep_the_rest(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    plan = make(tmp_path, {"src/a/__init__.py": "", name: before})
    assert texts(plan)[name] == after


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npythonpath = lib\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = 'lib'\n"),
        ("pyproject.toml", "[tool]\npytest = {ini_options = {addopts = '-q'}}\n"),
    ],
)
def test_settings_that_cannot_be_added_to_are_left_to_the_user(
    tmp_path: Path, name: str, text: str
) -> None:
    plan = make(tmp_path, {"src/a/__init__.py": "", name: text})
    assert name not in texts(plan)
    assert fixes(plan)[0] == f"add src to pythonpath in {name}"


def test_new_settings_leave_out_what_is_asked_for(tmp_path: Path) -> None:
    wanted = replace(request(tmp_path), left_out=("the tools",))
    ini = texts(plan_existing(wanted))["pytest.ini"]
    assert "addopts = '--ignore=the tools'" in ini.splitlines()
    write_files(tmp_path, {"pyproject.toml": ""})
    project = tomllib.loads(texts(plan_existing(wanted))["pyproject.toml"])
    assert project["tool"]["pytest"]["ini_options"]["addopts"] == ["--ignore=the tools"]


def test_settings_that_know_where_packages_are_stay(tmp_path: Path) -> None:
    settings = "[pytest]\npythonpath = 'a b' src\n"
    plan = make(tmp_path, {"src/a/__init__.py": "", "pytest.ini": settings})
    assert "pytest.ini" not in texts(plan)
    assert len(plan.notices) == 1


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        ({"src/a/__init__.py": ""}, ("src",)),
        ({"src/__init__.py": "", "src/a.py": ""}, ()),
        ({"src/a.py": "", "tests/test_a.py": "from src.a import b\n"}, ()),
        (
            {
                "pyproject.toml": f"{PROJECT}[tool.setuptools.packages.find]\nwhere = ['lib']\n",
                "lib/a/__init__.py": "",
            },
            ("lib",),
        ),
        (
            {
                "pyproject.toml": f"{PROJECT}[tool.setuptools.package-dir]\n'' = './py'\n",
                "py/a/__init__.py": "",
            },
            ("py",),
        ),
        (
            {
                "pyproject.toml": f"{POETRY}[[tool.poetry.packages]]\nfrom = 'code'\n",
                "code/a/__init__.py": "",
            },
            ("code",),
        ),
    ],
)  # fmt: skip
def test_where_packages_are_imported_from(
    tmp_path: Path, files: dict[str, str], folders: tuple[str, ...]
) -> None:
    write_files(tmp_path, files)
    assert describe_project(tmp_path).import_folders == folders


def test_what_is_of_others_is_not_looked_at(tmp_path: Path) -> None:
    files = {
        "sub/.git": "gitdir: ../.git/modules/sub\n",
        "sub/test_a.py": TEST,
        "env/pyvenv.cfg": "",
        "env/test_a.py": TEST,
        ".hidden/test_a.py": TEST,
        "node_modules/test_a.py": TEST,
        "other/changelog.txt": "",
        "other/devops/os_packages.txt": "",
        "other/test_a.py": TEST,
        "tests/material/pyproject.toml": PROJECT,
        "apps/b/pyproject.toml": PROJECT,
        "apps/b/test_b.py": TEST,
        "apps/c/requirements.txt": "pytest==8.0\n",
        "apps/c/tests/test_c.py": TEST,
        "tests/requirements.txt": "pytest==8.0\n",
        "tests/test_own.py": TEST,
    }
    write_files(tmp_path, files)
    found = describe_project(tmp_path)
    assert found.tests == ("tests/test_own.py",)
    plan = make(tmp_path, {})
    assert [notice.text for notice in plan.notices] == [
        f"apps/{name} is a project of its own, whose tests need another image" for name in "bc"
    ]
    assert fixes(plan) == [
        "i runnable_dir_create --dir apps/b --from-pyproject",
        "i runnable_dir_create --dir apps/c --from-requirements requirements.txt",
    ]
    assert "testpaths = tests\n" in texts(plan)["pytest.ini"]


def test_code_that_asks_for_nothing_gets_the_requirements_that_are_named(tmp_path: Path) -> None:
    files = {"hello.py": "def hello() -> str: ...\n", "tests/test_hello.py": TEST}
    assert creating_option(tmp_path) == "--from-requirements requirements.in"
    plan = make(tmp_path, files, requirements="requirements.in")
    assert {"requirements.in", "requirements.txt", "pytest.ini"} <= set(texts(plan))
    assert not plan.to_lock
    for missing in ("pyproject.toml", "needs.txt"):
        with pytest.raises(HelpersError) as caught:
            plan_existing(request(tmp_path / "tests", requirements=missing))
        assert "--from-requirements requirements.in" in caught.value.fix


def test_code_that_must_be_installed_is_named(tmp_path: Path) -> None:
    text = 'from importlib.metadata import version\n__version__ = version("My_Lib")\n'
    files = {"pyproject.toml": PROJECT, "my_lib/__init__.py": text, "test_a.py": TEST}
    plan = make(tmp_path, files)
    assert plan.notices[0].text.startswith("my_lib/__init__.py asks for the version")
    caught = f"from importlib.metadata import PackageNotFoundError\n{text}"
    assert make(tmp_path, {"my_lib/__init__.py": caught}).notices == ()
    # What its container has as if installed, it may ask for.
    built = (
        f'{PROJECT}[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    )
    again = {"pyproject.toml": built, "my_lib/__init__.py": text}
    assert make(tmp_path, again).notices == ()


def test_a_changelog_of_another_kind_is_not_overwritten(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/changelog.txt": "2020: first release\n"})
    with pytest.raises(HelpersError, match="holds no versions of an image") as caught:
        plan_existing(request(tmp_path, below="a"))
    assert caught.value.fix.startswith("mv a/changelog.txt a/HISTORY.txt")


@pytest.mark.parametrize(
    ("files", "fix"),
    [
        ({"poetry.lock": LOCK}, "git checkout HEAD -- pyproject.toml"),
        ({"poetry.lock": LOCK, "uv.lock": "", "pyproject.toml": POETRY}, "git rm the one"),
        ({"pyproject.toml": "[project"}, "correct that line"),
    ],
)
def test_files_that_leave_open_what_counts_are_an_error(
    tmp_path: Path, files: dict[str, str], fix: str
) -> None:
    write_files(tmp_path, files)
    with pytest.raises(HelpersError) as caught:
        plan_existing(request(tmp_path))
    assert caught.value.fix.startswith(fix)


def test_devops_of_another_kind_is_said(tmp_path: Path) -> None:
    write_files(tmp_path, {"devops": "notes\n"})
    with pytest.raises(HelpersError, match="devops is a file"):
        plan_existing(request(tmp_path))


def test_a_dockerfile_that_is_there_decides_and_that_is_said(tmp_path: Path) -> None:
    plan = make(tmp_path, {"devops/Dockerfile": "FROM scratch\n"})
    assert "the image is built from it" in plan.notices[0].text


def test_a_name_that_no_image_can_have_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        plan_existing(replace(request(tmp_path), image_name="Bad Name"))
    assert "changelog.txt" in caught.value.where


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"poetry.lock": "", "requirements.txt": ""}, Kind.POETRY),
        ({"pyproject.toml": f"{PROJECT}[tool.uv]\n", "requirements.txt": ""}, Kind.REQUIREMENTS),
        ({"pyproject.toml": "[tool.uv.workspace]\nmembers = []\n"}, Kind.UV),
        ({"pyproject.toml": "[tool.uv]\n"}, Kind.PLAIN),
        ({"pyproject.toml": PROJECT}, Kind.PROJECT),
    ],
)
def test_what_decides_about_packages(tmp_path: Path, files: dict[str, str], kind: Kind) -> None:
    write_files(tmp_path, files)
    assert describe_project(tmp_path).kind is kind


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write_scripts(folder: Path) -> None:
    write_files(folder, {"a.py": "", "b.ipynb": "{}"})


def write_nothing(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize(
    "write",
    [
        write_nothing,
        write_scripts,
        write_notebooks,
        write_poetry_application,
        write_uv_workspace,
        write_setuptools_library,
    ],
)
def test_what_was_interrupted_at_any_step_ends_as_if_it_was_not(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "whole")
    wanted = request(tmp_path / "whole", add_tests=True)
    whole = plan_existing(wanted)
    apply_changes(wanted.folder, whole.changes)
    for number in range(len(whole.changes)):
        folder = tmp_path / str(number)
        write(folder)
        apply_changes(folder, whole.changes[:number])
        again = plan_existing(replace(wanted, folder=folder))
        apply_changes(folder, again.changes)
        assert tree(folder) == tree(wanted.folder)
        assert again.to_lock == whole.to_lock
