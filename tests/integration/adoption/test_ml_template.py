"""What the template of model projects gives, for each lock tool and storage; no engine."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.adoption.from_template.create import CreateRequest, Creation, plan_create
from helpers.adoption.from_template.source import FOLDER
from helpers.lockers.all_lockers import read_locked
from helpers.lockers.conda_files import read_asked
from helpers.managed_files.written import apply_changes
from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_dir_config
from helpers.model.settings.train_config import parse_train_config
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.repo_files import load_repo
from tests.builders import make_repo

pytestmark = pytest.mark.slow

_LOCKS = {
    "poetry": {"poetry.lock"},
    "uv": set[str](),
    "pip": {"requirements.txt", "requirements_dev.txt"}
    | {f"requirements/{name}.{end}" for name in ("default", "dev") for end in ("in", "txt")},
    "conda": {"environment.yml", "environment_dev.yml"},
}
# Each storage stands with some lock tool: they have nothing to do with each other.
_STORAGES = {"poetry": "sql", "uv": "csv", "pip": "sql", "conda": "csv"}


def _create(folder: Path, **data: str) -> Creation:
    repo = load_repo(make_repo(folder).root, TOOLCHAIN_ROOT)
    request = CreateRequest(repo.runnable_dir("apps/churn"), "ml", data, ask=False)
    return plan_create(repo, request, lambda _: None)


@pytest.fixture(scope="module", params=list(_STORAGES.items()), ids=list(_STORAGES))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, str, Creation, Path]:
    """Lock tool, storage, what is made, and where it was written."""
    lock, storage = request.param
    folder = tmp_path_factory.mktemp("made")
    creation = _create(folder, lock=lock, storage=storage)
    apply_changes(folder, creation.changes)
    return lock, storage, creation, folder / "apps" / "churn"


def test_a_project_has_what_its_tools_read(made: tuple[str, str, Creation, Path]) -> None:
    lock, storage, creation, root = made
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    every = set[str]().union(*_LOCKS.values())
    assert files & every == _LOCKS[lock]
    assert creation.to_lock == (lock in ("uv", "conda"))
    if not creation.to_lock:
        locked = read_locked(root)
        assert locked.locker == lock
        assert "scikit-learn" in locked.content
    assert f'_PREFERRED = "{storage}"' in (root / "src/churn/data_loaders/finding.py").read_text()
    notebook = json.loads((root / "notebooks/model_poc.ipynb").read_text())
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    assert len((root / "notebooks/dummy_data/customers.csv").read_text().splitlines()) == 201
    settings = parse_dir_config((root / "devops/config.yaml").read_text(), "config.yaml")
    assert settings.health_check


def test_what_may_be_trained_is_what_the_models_say(
    made: tuple[str, str, Creation, Path],
) -> None:
    root = made[3]
    text = (root / "devops/train.yaml").read_text()
    config = parse_train_config(text, "train.yaml")
    models = set()
    parameters: dict[str, tuple[float, float, float, bool]] = {}
    for path in (root / "src/churn/models").glob("*/**/[a-z]*.py"):
        tree = ast.parse(path.read_text())
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        values = {ast.unparse(node.targets[0]): node.value for node in names}
        if "MODEL" in values:
            models.add(ast.literal_eval(values["_NAME"]))
            parameters |= dict(_parameters(tree))
    assert set(config.models) == models
    found = {
        name: (one.default, float(one.low), float(one.high), one.kind == "integer")
        for name, one in config.parameters.items()
    }
    assert found == parameters


def _parameters(tree: ast.Module) -> Iterator[tuple[str, tuple[float, float, float, bool]]]:
    """Name, and default, range and kind of each parameter that a module declares."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Parameter":
            said = {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
            numbers = said["default"], said["low"], said["high"]
            yield ast.literal_eval(node.args[0]), (*numbers, "whole" in said)


def test_a_package_that_hides_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="would hide the module of pandas"):
        _create(tmp_path, package="pandas")


def test_a_lock_tool_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HelpersError) as caught:
        _create(tmp_path, lock="npm")
    assert "lock" in caught.value.where


def test_with_conda_the_same_packages_are_asked_for_of_the_channel_that_is_named(
    tmp_path: Path,
) -> None:
    creation = _create(tmp_path, lock="conda", channel="../chan: nel", python="3.12")
    apply_changes(tmp_path, creation.changes)
    asked = read_asked(tmp_path / "apps/churn")
    assert asked.channels == ("../chan: nel",)
    main, dev = (asked.needs[name]["linux-64"].conda for name in ("default", "dev"))
    assert main[0] == "python =3.12"
    lines = (TOOLCHAIN_ROOT / FOLDER / "ml/requirements/default.in").read_text().splitlines()
    assert {one.replace(" ", "") for one in main[1:]} == {one for one in lines if one[0] != "#"}
    assert [one.partition(" ")[0] for one in dev[len(main) :]] == ["pytest", "pytest-cov"]


def test_an_answer_that_counts_for_conda_alone_is_refused_without_it(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match=r"channel=.*is not asked") as caught:
        _create(tmp_path, channel="conda-forge")
    assert "--data lock=conda" in caught.value.fix
