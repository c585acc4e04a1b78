"""What decides whether a recorded pass stands for a run: all that the tests' container is given."""

import shutil
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from helpers.containers.inputs_view import View
from helpers.containers.plan import Given, Role, Surroundings, plan_container
from helpers.engine.containers import Image
from helpers.images.resolve import Chosen
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.model.settings.config import DirConfig
from helpers.model.settings.data_config import DataSet
from helpers.model.settings.resources import GPU, MEMORY
from helpers.system.host import Host, User
from helpers.testing.dir_job import DirJob
from helpers.testing.parts import Part
from helpers.testing.pool import TestContainer
from helpers.testing.pytest_session import PytestSession
from helpers.testing.request import TestRequest
from helpers.testing.reuse.passes import Passes, pass_key, plain_options
from helpers.testing.reuse.store import open_results
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files

_CHOSEN = Chosen(Image("sha256:1", (), {}, "", 0), "app:local-ann-1.0.0", Stage.LOCAL, "1.0.0")
_AROUND = Surroundings(socket="/run/docker.sock", socket_group=998, git_folders=())
# Of what a container is given, this alone is in no key: what it is called and whose it is.
_NOT_SEEN = {"Labels"}
# What a session adds to that: the key has what decides about it, or it is the same in every run.
_OF_THE_REQUEST = {"HELPERS_SUITE", "HELPERS_WORKERS", "HELPERS_COVERAGE_SOURCE"}
# What the dir's settings say, which are among its inputs.
_OF_THE_INPUTS = {"HELPERS_OFFLINE"}
_ALWAYS_THE_SAME = {
    "PYTHONPATH",
    "HELPERS_RECORDS",
    "HELPERS_COVERAGE_DATA",
    "HELPERS_COVERAGE_PACKAGE",
}


def _repo(root: Path) -> Repo:
    repo = make_repo(root, config="name: demo\nenvironment: [MODE]\n")
    make_runnable_dir(repo, "app", {"test_it.py": "def test_a(): pass\n"})
    commit_all(root)
    return repo


def _key(
    repo: Repo,
    host: Host,
    chosen: Chosen = _CHOSEN,
    around: Surroundings = _AROUND,
    config: DirConfig = DirConfig(),  # noqa: B008 - it is frozen
    services: str = "",
    suite: str = "fast",
) -> str:
    inputs = read_repo_inputs(repo)
    passes = Passes(repo, host, TestRequest(suite=suite), inputs, open_results(repo.root), around)
    return pass_key("app", passes.parts(repo.runnable_dir("app"), config, chosen, services))


_Change = Callable[[Host, Chosen], dict[str, Any]]
_CHANGES: dict[str, _Change] = {
    "a user": lambda host, _: {"host": replace(host, user=User("tester", 1235, 1234))},
    "a group": lambda host, _: {"host": replace(host, user=User("tester", 1234, 1235))},
    "a user's name": lambda host, _: {"host": replace(host, user=User("other", 1234, 1234))},
    "a variable": lambda host, _: {"host": replace(host, environment={"MODE": "fast"})},
    "an image": lambda _, c: {"chosen": replace(c, image=replace(c.image, id="sha256:2"))},
    "a path": lambda _, c: {"chosen": replace(c, image=replace(c.image, python_path="/x"))},
    "a name": lambda _, c: {"chosen": replace(c, reference="app:local-bob-1.0.0")},
    "a stage": lambda _, c: {"chosen": replace(c, stage=Stage.DEV)},
    "a version": lambda _, c: {"chosen": replace(c, version="1.0.1")},
    "memory": lambda *_: {"config": DirConfig(resources={MEMORY: 1 << 30})},
    "GPUs": lambda *_: {"config": DirConfig(resources={GPU: 1})},
    "services": lambda *_: {"services": "sha256:3"},
}


@pytest.mark.parametrize("what", _CHANGES)
def test_whatever_the_container_is_given_is_in_the_key(tmp_path: Path, what: str) -> None:
    repo, host = _repo(tmp_path), make_host(tmp_path)
    before = _key(repo, host)
    assert _key(repo, host) == before
    given: dict[str, Any] = {"host": host} | _CHANGES[what](host, _CHOSEN)
    assert _key(repo, **given) != before


def test_certificates_count_by_their_content(tmp_path: Path) -> None:
    repo, host = _repo(tmp_path / "repo"), make_host(tmp_path)
    bundle = tmp_path / "bundle.pem"
    keys = {_key(repo, host)}
    for content in ("one", "two"):
        bundle.write_text(content)
        keys.add(_key(repo, host, around=replace(_AROUND, certificates=bundle)))
    assert len(keys) == 3


def test_the_place_of_the_checkout_counts_since_tests_see_it(tmp_path: Path) -> None:
    repo, host = _repo(tmp_path / "one"), make_host(tmp_path)
    before = _key(repo, host)
    shutil.copytree(tmp_path / "one", tmp_path / "two", symlinks=True)
    assert _key(replace(repo, root=tmp_path / "two"), host) != before
    shutil.rmtree(tmp_path / "one")
    shutil.copytree(tmp_path / "two", tmp_path / "one", symlinks=True)
    assert _key(repo, host) == before, "another clone at the same place"


def test_each_suite_has_passes_of_its_own_and_data_counts_by_its_version_file(
    tmp_path: Path,
) -> None:
    repo, host = _repo(tmp_path), make_host(tmp_path)
    data = {"p": DataSet("p", "${DATA_DIR}/p", "data/p.version", 1)}
    config = DirConfig(suites={"unit": "tests"}, offline=("unit",), data=data)
    keys = {_key(repo, host, config=config, suite=suite) for suite in ("fast", "all", "unit")}
    assert len(keys) == 3
    # Where the folder is decides nothing, and it need not be there for a pass to be found.
    assert _key(repo, host, config=replace(config, data={}), suite="unit") in keys
    write_files(repo.root, {"app/data/p.version": "files: 1\n"})
    assert _key(repo, host, config=config, suite="unit") not in keys


def test_nothing_that_a_container_is_given_is_left_out_of_the_key(tmp_path: Path) -> None:
    repo, host = _repo(tmp_path), make_host(tmp_path)
    given = Given(host, plain_options(DirConfig(), TestRequest()), _AROUND)
    plan = plan_container(repo, repo.runnable_dir("app"), _CHOSEN, given, Role.TEST)
    assert plan.body.keys() - plan.seen.keys() == _NOT_SEEN
    # What else there is comes from the body, or has a part of the key of its own.
    of_plan = {field.name for field in fields(plan)}
    assert of_plan == {"name", "key", "role", "body", "user", "directory", "env", "installed"} | {
        "more_networks"  # of services, whose digest is in the key
    }
    of_host = {field.name for field in fields(_AROUND)} - {"inodes"}  # only whether one may wait
    assert of_host == {"socket", "socket_group", "git_folders", "certificates", "installed"}


def test_what_a_session_adds_is_known(tmp_path: Path) -> None:
    repo, host = _repo(tmp_path), make_host(tmp_path)
    given = Given(host, plain_options(DirConfig(), TestRequest()), _AROUND)
    item = repo.runnable_dir("app")
    plan = plan_container(repo, item, _CHOSEN, given, Role.TEST)
    request = TestRequest((), (), workers="2", coverage=True)
    folder = SimpleNamespace(of_dir=lambda _: tmp_path)
    run = SimpleNamespace(repo=repo, request=request, folder=folder)
    config = DirConfig(suites={"unit": "tests"}, offline=("unit",))
    job = SimpleNamespace(run=run, runnable_dir=item, name="app", ignored=(), config=config)
    container = TestContainer("1", plan, reused=False, view=View(tmp_path / "view"))
    session = PytestSession(cast(DirJob, job), container, Part(), 1, emptied=False, deadline=0)
    added = {line.partition("=")[0] for line in session._command().env} - plan.env.keys()
    assert added == _OF_THE_REQUEST | _OF_THE_INPUTS | _ALWAYS_THE_SAME


def test_the_last_pass_of_a_dir_is_known_by_what_decided_it(tmp_path: Path) -> None:
    repo, host = _repo(tmp_path), make_host(tmp_path)
    item = repo.runnable_dir("app")

    def passes() -> Passes:
        results = open_results(repo.root)
        return Passes(repo, host, TestRequest(), read_repo_inputs(repo), results, _AROUND)

    parts = passes().parts(item, DirConfig(), _CHOSEN, "")
    assert passes().last("app") == {}
    passed = DirResult(
        "app", DirState.PASSED, tests=(TestCase("t.py::a", TestOutcome.PASSED, 0.1),)
    )
    passes().keep(parts, passed, "run")
    assert passes().last("app") == parts
    assert passes().find(parts, "app") is not None
    (tmp_path / "app" / "new.txt").touch()
    now = passes().parts(item, DirConfig(), _CHOSEN, "")
    assert {name for name in now if now[name] != parts[name]} == {"inputs"}
    assert passes().find(now, "app") is None


def test_what_is_no_pass_is_not_the_last_one(tmp_path: Path) -> None:
    repo = _repo(tmp_path)
    passes = Passes(
        repo, make_host(tmp_path), TestRequest(), read_repo_inputs(repo),
        open_results(repo.root), _AROUND,
    )  # fmt: skip
    passes.keep({"inputs": "1"}, DirResult("app", DirState.FAILED), "run")
    assert passes.last("app") == {}
