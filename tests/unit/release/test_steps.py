"""The steps of a plan, no more and no less, are carried out; registries are in memory."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.model.descriptor import OCI_INDEX, Descriptor, digest_of
from helpers.model.errors import HelpersError
from helpers.model.events import Event, ReleaseStep
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.registry import settling
from helpers.registry.errors import RegistryError
from helpers.release import release, targets
from helpers.release.engine_steps import change_engine
from helpers.release.index import Index
from helpers.release.moves import read_moves
from helpers.release.owner import Releaser
from helpers.release.plan import ReleaseOptions, TagsPlan, plan_release
from helpers.release.release import carry_out, check
from helpers.release.rollback import RollbackPlan, plan_rollback
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir
from tests.memory_registry import MemoryRepository

CONFIG = "name: demo\nregistry: r.example/team\nregistries: {public: p.example/us}\n"
BOTH = ("default", "public")
HERE, THERE = "r.example/team/app", "p.example/us/app"


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr(targets, "Repository", MemoryRepository)
    monkeypatch.setattr(settling, "wait_for_rivals", lambda *_: None)


class Told(list[str]):
    """The steps that were told."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, ReleaseStep):
            self.append(event.text)


def _index(version: str) -> bytes:
    return json.dumps({"manifests": [], "annotations": {"version": version}}).encode()


def _released(*names: str, current: str = "1.1.0") -> None:
    """Registries with two versions."""
    for name in names:
        there = MemoryRepository(name)
        for version in ("1.0.0", "1.1.0"):
            there.put_manifest(_index(version), OCI_INDEX, f"prod-{version}")
        there.put_manifest(_index(current), OCI_INDEX, "prod")
        there.written.clear()


def _repo(tmp_path: Path) -> Repo:
    repo = make_repo(tmp_path / "repo", config=CONFIG)
    files = {
        "requirements.txt": "",
        "svc.py": "",
        "devops/config.yaml": "entrypoint: [python, -m, svc]\n",
    }
    make_runnable_dir(repo, "app", files, image_name="app", versions=("1.2.0",))
    commit_all(repo.root)
    return repo


def _rollback(tmp_path: Path, *names: str) -> tuple[Releaser, RollbackPlan, Told]:
    repo, told, nothing = _repo(tmp_path), Told(), Any
    releaser = Releaser(nothing, repo, make_host(repo.root), told)  # type: ignore[arg-type]
    app = repo.runnable_dir("app")
    return releaser, plan_rollback(releaser, app, Stage.PROD, "1.0.0", names), told


def _code_rollback(tmp_path: Path) -> tuple[Releaser, RollbackPlan, Told]:
    """Two releases of code, of which the newest is current by two tags of other names."""
    repo, told, nothing = _repo(tmp_path), Told(), Any
    config = repo.root / "app" / "devops" / "config.yaml"
    config.write_text(f"{config.read_text()}release: {{floating: [newest, good]}}\n")
    there = MemoryRepository(HERE)
    for version in ("0.1.0", "0.2.0"):
        there.put_manifest(_index(version), OCI_INDEX, f"v{version}")
    for tag in ("newest", "good"):
        there.put_manifest(_index("0.2.0"), OCI_INDEX, tag)
    there.written.clear()
    releaser = Releaser(nothing, repo, make_host(repo.root), told)  # type: ignore[arg-type]
    app = repo.runnable_dir("app")
    return releaser, plan_rollback(releaser, app, Stage.PROD, "0.1.0", ()), told


def test_a_rollback_of_code_moves_the_tags_that_float_and_is_noted_once(tmp_path: Path) -> None:
    releaser, plan, told = _code_rollback(tmp_path)
    carry_out(releaser, plan)
    assert told == _first_lines(plan)
    there = MemoryRepository(HERE)
    assert there.written == ["prod.claim", "prod.history", "newest", "good", "prod.claim"]
    assert there.named["newest"] == there.named["good"] == there.named["v0.1.0"]
    (move,) = read_moves(there, Stage.PROD)  # type: ignore[arg-type]
    assert (move.before, move.after) == ("v0.2.0", "v0.1.0")
    before, after = (digest_of(_index(one))[:19] for one in ("0.2.0", "0.1.0"))
    assert plan.moves[0].done == f"moved {HERE}:newest from v0.2.0 ({before}) to v0.1.0 ({after})"
    assert plan.done.endswith("to get this one: i docker_pull --dir app --stage prod")


def test_when_one_floating_tag_cannot_be_moved_the_other_goes_back(tmp_path: Path) -> None:
    releaser, plan, _ = _code_rollback(tmp_path)
    there = MemoryRepository(HERE)
    there.refused = "good"
    with pytest.raises(RegistryError, match="refused"):
        carry_out(releaser, plan)
    assert there.named["newest"] == there.named["good"] == there.named["v0.2.0"]
    assert read_moves(there, Stage.PROD) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("floating", "version", "what", "fix"),
    [
        ("[]", "0.1.0", "there is nothing to roll back", "run v0.1.0 by its tag"),
        # Not the version that is current.
        ("[newest]", "0.3.0", f"{HERE} has no v0.3.0", "--version 0.1.0 "),
        ("[]", "0.3.0", f"{HERE} has no v0.3.0", "--version 0.2.0 "),
        ("[newest]", "1.x", "'1.x' is not a version", "write <major>"),
    ],
)
def test_a_rollback_of_code_that_cannot_be_is_refused(
    tmp_path: Path, floating: str, version: str, what: str, fix: str
) -> None:
    releaser, plan, _ = _code_rollback(tmp_path)
    config = plan.runnable_dir.config
    config.write_text(config.read_text().replace("[newest, good]", floating))
    with pytest.raises(HelpersError) as caught:
        plan_rollback(releaser, plan.runnable_dir, Stage.PROD, version, ())
    assert what in caught.value.what
    assert caught.value.fix.startswith(fix)


def test_a_tag_of_code_is_no_way_back_for_a_dir_whose_code_is_not_released(tmp_path: Path) -> None:
    releaser, plan, _ = _code_rollback(tmp_path)
    plan.runnable_dir.config.write_text("entrypoint: [python, -m, svc]\n")
    with pytest.raises(HelpersError, match="nothing to roll back") as caught:
        plan_rollback(releaser, plan.runnable_dir, Stage.PROD, "v0.1.0", ())
    assert caught.value.where == f"{HERE}: its dir has no `release:`"


def _first_lines(plan: TagsPlan) -> list[str]:
    return [str(step).partition("\n")[0] for step in plan.steps]


def test_a_rollback_carries_out_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    _released(HERE, THERE)
    releaser, plan, told = _rollback(tmp_path, *BOTH)
    before, after = (digest_of(_index(one))[:19] for one in ("1.1.0", "1.0.0"))
    move = f"move {HERE}:prod from 1.1.0 ({before}) to 1.0.0 ({after}), read it back"
    assert move in _first_lines(plan)
    check(releaser, plan)
    assert [one.written for one in MemoryRepository.every.values()] == [[], []]
    told.clear()
    carry_out(releaser, plan)
    assert told == _first_lines(plan)
    for there in MemoryRepository.every.values():
        # The lock is taken first and given back last.
        assert there.written == ["prod.claim", "prod.history", "prod", "prod.claim"]
        assert there.named["prod"] == there.named["prod-1.0.0"]


def test_where_the_tag_names_the_version_already_the_plan_says_so_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    _released(HERE, current="1.0.0")
    releaser, plan, told = _rollback(tmp_path)
    named = f"1.0.0 ({digest_of(_index('1.0.0'))[:19]})"
    assert _first_lines(plan) == [f"{HERE}:prod: nothing moved, it names {named} already"]
    carry_out(releaser, plan)
    # The command prints it as its result: it is not told as well.
    assert (told, MemoryRepository(HERE).written) == ([], [])


def test_of_two_registries_only_that_is_moved_which_must_be(tmp_path: Path) -> None:
    _released(HERE)
    _released(THERE, current="1.0.0")
    releaser, plan, _ = _rollback(tmp_path, *BOTH)
    carry_out(releaser, plan)
    assert "prod" in MemoryRepository(HERE).written
    assert "prod" not in MemoryRepository(THERE).written


def test_when_a_step_fails_what_was_done_before_is_taken_back(tmp_path: Path) -> None:
    _released(HERE, THERE)
    releaser, plan, _ = _rollback(tmp_path, *BOTH)
    MemoryRepository(THERE).refused = "prod"
    with pytest.raises(RegistryError, match="refused"):
        carry_out(releaser, plan)
    there = MemoryRepository(HERE)
    assert there.named["prod"] == there.named["prod-1.1.0"]
    assert there.note("prod.history") == {"org.helpers.history.moves": "[]"}


def test_a_tag_that_somebody_moved_after_the_plan_was_made_is_left_alone(tmp_path: Path) -> None:
    _released(HERE)
    releaser, plan, _ = _rollback(tmp_path)
    there = MemoryRepository(HERE)
    there.put_manifest(_index("1.2.0"), OCI_INDEX, "prod")
    with pytest.raises(HelpersError, match="in the meantime") as caught:
        carry_out(releaser, plan)
    assert caught.value.fix.startswith("i docker_history --dir app")
    assert there.named["prod"] == digest_of(_index("1.2.0"))


def test_a_dry_run_of_a_rollback_is_refused_as_the_rollback_is(tmp_path: Path) -> None:
    _released(HERE)
    MemoryRepository(HERE).refused = "push"
    releaser, plan, _ = _rollback(tmp_path)
    for act in (check, carry_out):
        with pytest.raises(RegistryError, match="no login"):
            act(releaser, plan)
    del MemoryRepository(HERE).named["prod-1.0.0"]
    with pytest.raises(HelpersError, match=r"has no prod-1\.0\.0"):
        _rollback(tmp_path)


def _engine(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An engine that notes what is asked of it; the statements are made from its images."""
    asked: list[str] = []

    def noted(name: str, result: object = None) -> Callable[..., Any]:
        def act(*_: object) -> object:
            asked.append(name)
            return result

        return act

    content = _index("1.2.0")
    index = Index(Descriptor(OCI_INDEX, digest_of(content), len(content)), content)
    monkeypatch.setattr(release, "build_planned", noted("build"))
    monkeypatch.setattr(release, "check_same", noted("compare"))
    monkeypatch.setattr(release, "run_in_image", noted("test"))
    saved = type("Saved", (), {"manifest": index.descriptor})
    monkeypatch.setattr(release, "push_image", noted("push", saved))
    monkeypatch.setattr(release, "index_of_release", noted("describe", (index, [])))
    monkeypatch.setattr(release, change_engine.__name__, noted("rename"))
    return asked


def test_a_release_carries_out_what_it_says_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, told, repo, nothing = _engine(monkeypatch), Told(), _repo(tmp_path), Any
    host = make_host(repo.root)
    releaser = Releaser(nothing, repo, host, told)  # type: ignore[arg-type]
    options = ReleaseOptions(Stage.PROD, registries=BOTH, forced="a test")
    plan = plan_release(repo, repo.runnable_dir("app"), host, options)
    assert check(releaser, plan) is None
    assert (asked, MemoryRepository(HERE).written) == ([], [])
    told.clear()
    done = carry_out(releaser, plan)
    assert told == _first_lines(plan)
    # Once to build, once more for what tests need; a name for the image, none for that of tests.
    engine = ["build", "build", "compare", "test", "push", "describe", "rename", "rename"]
    assert asked == engine
    for there in MemoryRepository.every.values():
        assert there.written == ["prod.claim", "", "prod-1.2.0", "prod", "prod.claim"]
        assert there.named["prod"] == done.digest
