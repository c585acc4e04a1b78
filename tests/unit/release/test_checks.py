"""Whether a registry takes a version; the registry is in memory."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.release import targets
from helpers.release.checks import released_before
from helpers.release.plan import ReleaseOptions, ReleasePlan, plan_release
from helpers.release.targets import ReleaseTarget, targets_of
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir
from tests.memory_registry import MemoryRepository


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ReleasePlan, ReleaseTarget]:
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr(targets, "Repository", MemoryRepository)
    repo = make_repo(tmp_path, config="name: demo\nregistry: r.example/team\n")
    app = make_runnable_dir(repo, "app", {"requirements.txt": ""}, versions=("1.2.0",))
    commit_all(repo.root)
    access: Any = None
    (target,) = targets_of(repo, access, app)
    return plan_release(repo, app, make_host(repo.root), ReleaseOptions(Stage.DEV)), target


def _release(target: ReleaseTarget, commit: str, *tags: str) -> str:
    there = target.repository
    config = json.dumps({"config": {"Labels": {labels.COMMIT: commit}}}).encode()
    content = {"config": {"digest": there.put_manifest(config, OCI_MANIFEST)}, "layers": []}
    digest = there.put_manifest(json.dumps(content).encode(), OCI_MANIFEST)
    entry = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 1}
    said = {"org.helpers.released-by": "ann", labels.OCI_CREATED: "2026-01-01"}
    index = json.dumps({"manifests": [entry], "annotations": said}).encode()
    found = ""
    for tag in tags:
        found = there.put_manifest(index, OCI_INDEX, tag)
    return found


def test_a_version_that_no_registry_has_is_free(planned: tuple[ReleasePlan, ReleaseTarget]) -> None:
    plan, target = planned
    _release(target, "c", "dev-1.1.0", "dev", "prod-2.0.0")
    assert released_before(plan, target) == ""


def test_the_same_release_is_known_once_its_floating_tag_names_it(
    planned: tuple[ReleasePlan, ReleaseTarget],
) -> None:
    plan, target = planned
    _release(target, plan.published.commit, "dev-1.2.0")
    assert released_before(plan, target) == ""
    digest = _release(target, plan.published.commit, "dev-1.2.0", "dev")
    assert released_before(plan, target) == digest


def test_a_version_of_another_commit_is_taken(planned: tuple[ReleasePlan, ReleaseTarget]) -> None:
    plan, target = planned
    _release(target, "another", "dev-1.2.0")
    with pytest.raises(
        HelpersError, match=r"dev-1\.2\.0 is taken: ann .* \(2026-01-01 00:00\)"
    ) as error:
        released_before(plan, target)
    assert error.value.fix.startswith("i docker_build_local_image --dir app --bump patch")


@pytest.mark.parametrize(
    ("tags", "fix"),
    [
        (["dev-1.3.0"], "git pull, or put an entry above 1.3.0"),
        (["dev-1.3.0", "dev-1.2.0"], "i docker_rollback_dev_image --dir app --version 1.2.0"),
    ],
)
def test_a_version_below_the_newest_is_refused_with_the_way_to_it(
    planned: tuple[ReleasePlan, ReleaseTarget], tags: list[str], fix: str
) -> None:
    plan, target = planned
    _release(target, "c", *tags)
    with pytest.raises(HelpersError, match=r"1\.2\.0 is older than 1\.3\.0") as error:
        released_before(plan, target)
    assert error.value.fix.startswith(fix)
