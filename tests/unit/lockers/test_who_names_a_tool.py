"""Adding a locker touches `lockers/` and its table: who else names one has a reason."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.console.file_changes import _LOCK_FILES
from helpers.lockers.named import Kind
from helpers.lockers.project_lockers import LOCKERS, PROJECT_LOCKERS
from helpers.model.changelog.history_rules import image_file_owner
from helpers.model.packages.locked import EVERY_LOCK_FILE, LOCK_FILES
from helpers.system.locate import TOOLCHAIN_ROOT

_TOOL = re.compile(r"(?<![A-Za-z0-9])(poetry|uv|conda|rattler)(?![A-Za-z0-9])", re.IGNORECASE)
# Names of tasks, whichever tool locks a dir.
_TASKS = re.compile(r"poetry_(lock|update|add|remove|show_outdated)")
_MESSAGE = "a message that names the settings or the command that a person types"
_FILES_OF_PROJECTS = "what an existing project's files say is read as its tool writes it"
_BACKENDS = "how projects are built, whatever locks them"
_WORKSPACES = "workspaces, which uv alone has"
_ITS_METADATA = "packages of channels are known by what their installer wrote"
_ITS_FILES = "which files ask for packages, among others"
_OWN_ENVIRONMENT = "its packages are no wheels: an environment of its own in the Dockerfile"
_ALLOWED = {
    "images/building/build.py": _OWN_ENVIRONMENT,
    "images/building/conda_environment.py": _OWN_ENVIRONMENT,
    "images/building/prod_code.py": _ITS_FILES,
    "images/dependencies/builder_image.py": _OWN_ENVIRONMENT,
    "images/dependencies/changed_locks.py": _ITS_FILES,
    "images/installing/conda_settings.py": "how it is told of the machine's channels",
    "model/settings/config_keys.py": _MESSAGE,
    "wheels/pins.py": "what a lock holds is read as its tool writes it",
    "system/own_environment.py": _MESSAGE,
    "adoption/existing/conda_packages.py": _FILES_OF_PROJECTS,
    "adoption/existing/notices.py": f"{_WORKSPACES}; {_MESSAGE}",
    "adoption/existing/packages.py": _FILES_OF_PROJECTS,
    "adoption/existing/files.py": _FILES_OF_PROJECTS,
    "adoption/existing/creating_option.py": _FILES_OF_PROJECTS,
    "adoption/existing/layout.py": _FILES_OF_PROJECTS,
    "adoption/from_template/create.py": "the templates' own lock file",
    "adoption/from_template/update.py": "the templates' own lock file",
    "console/runs/state.py": "a folder of the images' own",
    "images/building/ci_image.py": "jobs of CI have uv, whatever locks a dir",
    "images/building/plan.py": "the scripts of the shared Dockerfile, which installs by uv for all",
    "console/audit_view.py": _MESSAGE,
    "images/contents/audit.py": _ITS_METADATA,
    "images/contents/packages.py": _ITS_METADATA,
    "images/dependencies/asked.py": "only conda is told what is asked for; others read it",
    "images/dependencies/machine_places.py": "which settings of the machine a lock may name",
    "model/packages/installed.py": _ITS_METADATA,
    "images/dependencies/install.py": "what installs on the host, whatever locks a dir",
    "images/installing/install_settings.py": "how each tool is told of the machine's indexes",
    "images/installed/key.py": _BACKENDS,
    "images/installed/projects.py": _BACKENDS,
    "images/contents/pip_audit.py": _MESSAGE,
    "model/packages/locked.py": "the table, which also those read that may not import lockers",
    "new_repo/plan.py": "who may lock a new repo, the default first",
    "new_repo/ahead.py": "a repo's root of conda packages has a Python of its own",
    "release/pyproject_version.py": _FILES_OF_PROJECTS,
    "tasks/dependencies.py": _MESSAGE,
    "tasks/runnable_dirs.py": _MESSAGE,
    "training/tree.py": "variables of the machine that name its indexes, for each tool",
    "wheels/builder.py": "uv calls all backends, whatever locks a dir",
    "wheels/declared.py": _BACKENDS,
    "wheels/plan.py": _BACKENDS,
    "wheels/refusals.py": _BACKENDS,
    "wheels/requirements.py": _BACKENDS,
    "wheels/stage.py": _BACKENDS,
    "wheels/verify.py": "uv installs what is published, whatever locks a dir",
}


def _said(tree: ast.Module) -> Iterator[str]:
    """Every name and every text of a module but its docstrings."""
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    documentation = {node.value for node in texts if isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if node not in documentation:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ImportFrom(module=str(name)):
                yield name


def test_modules_that_name_a_tool_are_known() -> None:
    package = TOOLCHAIN_ROOT / "helpers"
    found = set()
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        said = _said(ast.parse(path.read_text()))
        if any(_TOOL.search(_TASKS.sub("", one)) for one in said):
            found.add(name)
    assert {name for name in found if not name.startswith("lockers/")} == set(_ALLOWED)


def test_the_table_has_just_the_lockers_that_there_are() -> None:
    assert {one.NAME: one.LOCK_FILE for one in PROJECT_LOCKERS} == LOCK_FILES


@pytest.mark.parametrize("name", LOCKERS)
def test_what_cannot_import_a_locker_knows_its_lock_file(name: str) -> None:
    lock_file = LOCKERS[name].LOCK_FILE
    assert image_file_owner(f"app/{lock_file}", {"app"}) == "app"
    assert lock_file in _LOCK_FILES
    assert Kind(name).has_locker
    others = {one for group in LOCKERS[name].OTHER_LOCKS for one in group}
    assert others <= set(_LOCK_FILES)
    assert others <= set(EVERY_LOCK_FILE)


@pytest.mark.parametrize("name", LOCKERS)
def test_the_shared_dockerfile_installs_what_a_locker_locks(name: str) -> None:
    text = Path(TOOLCHAIN_ROOT, "devops", "Dockerfile").read_text()
    for stage in ("dev", "prod"):
        assert re.search(rf"^FROM .+ AS {stage}_requirements_{name}$", text, re.MULTILINE)


def test_one_module_asks_rattler() -> None:
    asking = re.compile(r"^\s*(?:import|from) rattler\b", re.MULTILINE)
    folders = (TOOLCHAIN_ROOT / name for name in ("helpers", "devops", "dev_scripts"))
    files = (path for one in folders for path in one.rglob("*.py"))
    found = {path.name for path in files if asking.search(path.read_text())}
    assert found == {"conda_rattler.py"}
