"""Which tags of an image are its versions; registries are in memory."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST
from helpers.model.errors import HelpersError
from helpers.model.events import Event, Notice
from helpers.model.images.name import ImageName, Stage
from helpers.release import targets
from helpers.release.beside_code import refuse_beside_code, without_code
from helpers.release.owner import Releaser
from helpers.release.pull import plan_pull
from helpers.release.targets import ReleaseTarget
from helpers.release.verify import verify
from helpers.release.version_tags import find_tag, not_there, read_released_version
from tests.builders import make_host, make_repo, make_runnable_dir
from tests.memory_registry import MemoryRepository

FLOATING = ("latest", "stable")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> ReleaseTarget:
    """The image of a dir whose code is released."""
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr(targets, "Repository", MemoryRepository)
    repository: Any = MemoryRepository("r.example/team/app")
    image = ImageName("app", "r.example/team")
    return ReleaseTarget("default", image, repository, "my app", FLOATING)


def _put(*tags: str) -> None:
    for tag in tags:
        MemoryRepository("r.example/team/app").put_manifest(b"{}", OCI_INDEX, tag)


@pytest.mark.parametrize(
    ("stage", "asked", "of_code", "of_container"),
    [
        (Stage.PROD, "", "latest", "prod"),
        (Stage.PROD, "1.2.0", "v1.2.0", "prod-1.2.0"),
        (Stage.PROD, "v1.2.0", "v1.2.0", "v1.2.0"),
        (Stage.PROD, "prod-1.2.0", "prod-1.2.0", "prod-1.2.0"),
        (Stage.DEV, "", "dev", "dev"),
        (Stage.DEV, "1.2.0", "dev-1.2.0", "dev-1.2.0"),
        (Stage.DEV, "dev-1.2.0", "dev-1.2.0", "dev-1.2.0"),
    ],
)
def test_a_version_means_the_tag_of_a_release(
    target: ReleaseTarget, stage: Stage, asked: str, of_code: str, of_container: str
) -> None:
    assert find_tag(target, stage, asked) == of_code
    assert find_tag(replace(target, floating=None), stage, asked) == of_container


def test_where_nothing_floats_the_newest_release_of_code_is_current(target: ReleaseTarget) -> None:
    target = replace(target, floating=())
    with pytest.raises(HelpersError, match="no code of app was released") as caught:
        find_tag(target, Stage.PROD)
    assert caught.value.fix == "i release --dir 'my app'   (nothing was released yet)"
    _put("v0.9.0", "v0.10.0", "prod-1.0.0")
    assert find_tag(target, Stage.PROD) == "v0.10.0"


@pytest.mark.parametrize(
    ("stage", "asked"),
    [
        (Stage.DEV, "v1.2.0"),
        (Stage.DEV, "prod-1.2.0"),
        (Stage.PROD, "dev-1.2.0"),
        (Stage.PROD, "prod-v1.2.0"),
        (Stage.PROD, "latest"),
        (Stage.PROD, ""),
    ],
)
def test_what_is_no_version_of_the_stage_is_refused(stage: Stage, asked: str) -> None:
    with pytest.raises(HelpersError, match="is not a version"):
        read_released_version(asked, stage)


_SHOWS = "(i docker_history --dir 'my app' shows all)"


@pytest.mark.parametrize(
    ("tag", "there", "has", "fix"),
    [
        ("v0.3.0", (), "none", "i release --dir 'my app'   (nothing was released yet)"),
        ("latest", (), "none", "i release --dir 'my app'   (nothing was released yet)"),
        (
            "v0.3.0",
            ("v0.1.0", "v0.2.0", "latest", "prod-1.0.0", "dev-1.0.0"),
            "v0.2.0, v0.1.0, prod-1.0.0, dev-1.0.0",
            f"--version 0.2.0   {_SHOWS}",
        ),
        # Released before its dir got `release:`.
        ("latest", ("prod-1.0.0",), "prod-1.0.0", f"--version prod-1.0.0   {_SHOWS}"),
        ("prod-1.0.0", ("v0.1.0",), "v0.1.0", f"--version 0.1.0   {_SHOWS}"),
        (
            "latest",
            ("dev-1.0.0",),
            "dev-1.0.0",
            "i release --dir 'my app'   (nothing was released for prod yet, only for dev)",
        ),
        (
            "dev",
            ("v0.1.0",),
            "v0.1.0",
            "i docker_release_dev_image --dir 'my app'"
            "   (nothing was released for dev yet, only for prod)",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is_and_the_task_of_the_dir(
    target: ReleaseTarget, tag: str, there: tuple[str, ...], has: str, fix: str
) -> None:
    _put(*there)
    error = not_there(target, tag)
    assert error.what == f"r.example/team/app has no {tag}"
    assert (error.where, error.fix) == (f"it has: {has}", fix)


def test_of_a_dir_without_release_a_tag_of_code_can_still_be_named(target: ReleaseTarget) -> None:
    _put("v0.1.0")
    error = not_there(replace(target, floating=None), "prod")
    assert error.fix.startswith("--version v0.1.0 ")


def _image(*tags: str, version: str) -> None:
    """An image of a container 1.0.0 with a version of code."""
    there = MemoryRepository("r.example/team/app")
    said = {labels.VERSION: "1.0.0", labels.RELEASE_VERSION: version}
    settings = there.put_manifest(json.dumps({"config": {"Labels": said}}).encode(), OCI_MANIFEST)
    manifest = json.dumps({"config": {"digest": settings}, "layers": []}).encode()
    digest = there.put_manifest(manifest, OCI_MANIFEST)
    platform = {"os": "linux", "architecture": "amd64"}
    entry = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 1, "platform": platform}
    for tag in tags:
        there.put_manifest(json.dumps({"manifests": [entry]}).encode(), OCI_INDEX, tag)


@pytest.mark.parametrize(
    ("asked", "shown", "names"),
    [
        ("", "latest", ("latest", "prod", "v0.2.0")),
        ("0.1.0", "v0.1.0", ("v0.1.0",)),
        ("v0.1.0", "v0.1.0", ("v0.1.0",)),
    ],
)
def test_a_release_of_code_is_pulled_under_the_names_that_it_has(
    target: ReleaseTarget, tmp_path: Path, asked: str, shown: str, names: tuple[str, ...]
) -> None:
    _image("v0.1.0", version="0.1.0")
    _image("v0.2.0", *FLOATING, version="0.2.0")
    repo = make_repo(tmp_path, config="name: demo\nregistry: r.example/team\n", commit=False)
    host = make_host(tmp_path)
    plan = plan_pull(repo, host, target, Stage.PROD, asked, "linux/amd64")
    assert plan.shown == f"r.example/team/app:{shown}"
    ending = "" if host.platform == "linux/amd64" else "-amd64"
    assert plan.names == tuple(f"r.example/team/app:{one}{ending}" for one in names)


def test_an_image_of_a_release_of_code_that_is_not_there_is_not_verified(
    target: ReleaseTarget,
) -> None:
    _image("v0.1.0", version="0.1.0")
    with pytest.raises(HelpersError, match=r"has no v0\.3\.0"):
        verify(target, find_tag(target, Stage.PROD, "0.3.0"))


@pytest.mark.usefixtures("target")
def test_no_production_image_is_put_beside_releases_of_code(tmp_path: Path) -> None:
    config = "name: demo\nregistry: r.example/team\n"
    repo = make_repo(tmp_path, config=config, commit=False)
    code = make_runnable_dir(repo, "app", {"devops/config.yaml": "release: {}\n"}, image_name="app")
    other = make_runnable_dir(repo, "other")
    told: list[Event] = []
    nothing: Any = None
    releaser = Releaser(nothing, repo, make_host(tmp_path), told.append)
    # One that just got `release:` goes on as before, until its code is released.
    refuse_beside_code(releaser, code, Stage.PROD, ())
    assert without_code(releaser, [code, other], Stage.PROD, ()) == [code, other]
    _put("v0.1.0")
    refuse_beside_code(releaser, code, Stage.DEV, ())
    with pytest.raises(HelpersError, match="is a part of the release of its code") as caught:
        refuse_beside_code(releaser, code, Stage.PROD, ())
    assert caught.value.fix == "i release --dir app"
    assert told == []
    other.changelog.write_text("malformed\n")  # which its own release says
    assert without_code(releaser, [code, other], Stage.PROD, ()) == [other]
    (notice,) = told
    assert isinstance(notice, Notice)
    assert notice.text.endswith("(i release --dir app)")
