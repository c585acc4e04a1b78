"""The images of floating tags are compared with the tags of git; the registry is in memory."""

import json
from typing import Any

import pytest

from helpers.model import labels
from helpers.model.code_version import CodeTag, NextVersion
from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST
from helpers.model.events import Event
from helpers.model.images.name import ImageName, Stage
from helpers.model.images.published import TagMove
from helpers.model.times import moment
from helpers.model.version import Version
from helpers.registry.errors import RegistryError
from helpers.release.check_images import check_images
from helpers.release.moves import add_move
from helpers.release.targets import ReleaseTarget
from tests.memory_registry import MemoryRepository

_DIR, _IMAGE = "apps/shop", "r.example/shop"
_LAST = CodeTag("shop-v1.2.3", "a" * 40, Version(1, 2, 3))


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRepository, "every", {})


def _image(label: str, *tags: str) -> None:
    """An image that says a version of its code, or none."""
    there = MemoryRepository(_IMAGE)
    said = {labels.RELEASE_VERSION: label} if label else {}
    config = json.dumps({"config": {"Labels": said}}).encode()
    content = {"config": {"digest": there.put_manifest(config, OCI_MANIFEST)}, "layers": []}
    digest = there.put_manifest(json.dumps(content).encode(), OCI_MANIFEST)
    index = {"manifests": [{"mediaType": OCI_MANIFEST, "digest": digest, "size": 1}]}
    for tag in tags:
        there.put_manifest(json.dumps(index).encode(), OCI_INDEX, tag)


def _check(last: CodeTag | None = _LAST, told: list[Event] | None = None) -> list[tuple[str, str]]:
    repository: Any = MemoryRepository(_IMAGE)
    image = ImageName("shop", "r.example")
    target = ReleaseTarget("default", image, repository, _DIR, floating=("latest", "stable"))
    found = {_DIR: NextVersion(_DIR, "shop", "shop-v", last, None)}
    wrong = check_images([target], found, (told if told is not None else []).append)
    return [(error.what, error.fix) for error in wrong.get(_DIR, ())]


def test_an_image_of_the_newest_tag_agrees_and_so_does_a_dir_without_images() -> None:
    assert _check() == _check(None) == []
    _image("1.2.3", "v1.2.3", "latest", "stable")
    assert _check() == []


@pytest.mark.parametrize("label", ["1.2.2", "1.2.3.dev0-g0123456789ab", "of nobody", ""])
def test_an_older_image_is_told_with_both_values_and_the_command_that_moves_the_tag(
    label: str,
) -> None:
    _image("1.2.3", "v1.2.3", "stable")
    _image(label, "latest")
    says = f"is of {label}" if label else "says no version of its code"
    assert _check() == [
        (
            f"{_IMAGE}:latest {says}, and the newest tag is shop-v1.2.3",
            f"git switch --detach shop-v1.2.3 && i release --dir {_DIR}",
        )
    ]


def test_who_rolled_back_is_told_and_a_new_release_comes_first() -> None:
    _image("1.2.3", "v1.2.3", "stable")
    _image("1.2.2", "v1.2.2", "latest")
    repository: Any = MemoryRepository(_IMAGE)
    when = "2026-03-01T10:00:00+00:00"
    add_move(repository, TagMove(Stage.PROD, when, "ann@laptop", "v1.2.3", "v1.2.2"))
    ((what, fix),) = _check()
    assert what == (
        f"{_IMAGE}:latest is of 1.2.2, and the newest tag is shop-v1.2.3;"
        f" ann@laptop rolled it back, {moment(when)}"
    )
    assert [line.partition("   (")[0] for line in fix.splitlines()] == [
        f"i release --dir {_DIR}",
        f"or git switch --detach shop-v1.2.3 && i release --dir {_DIR}",
    ]
    # Another rollback than the one that decides says nothing of this tag.
    add_move(repository, TagMove(Stage.PROD, when, "ann@laptop", "v1.2.2", "v1.2.1"))
    assert [what for what, _ in _check()] == [
        f"{_IMAGE}:latest is of 1.2.2, and the newest tag is shop-v1.2.3"
    ]


def test_a_tag_that_names_nothing_is_told_once_there_was_a_release() -> None:
    _image("1.2.3", "v1.2.3", "stable")
    assert [what for what, _ in _check()] == [
        f"{_IMAGE}:latest names nothing, and the newest tag is shop-v1.2.3"
    ]


def test_a_newer_image_is_told_with_the_command_that_brings_its_tag() -> None:
    _image("1.3.0", "v1.3.0", "latest", "stable")
    (what, fix), _ = _check()
    assert what == f"{_IMAGE}:latest is of 1.3.0, and the newest tag is shop-v1.2.3"
    assert fix.startswith("git fetch --tags ")
    assert [what for what, _ in _check(None)] == [
        f"{_IMAGE}:{tag} is of 1.3.0, and no tag is here" for tag in ("latest", "stable")
    ]


def test_where_the_newest_version_has_no_image_the_next_one_is_released() -> None:
    _image("1.2.2", "v1.2.2", "latest", "stable")
    assert {fix for _, fix in _check()} == {f"i release --dir {_DIR} --version 1.2.4"}


def test_a_registry_that_does_not_answer_is_told_and_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: str) -> None:
        raise RegistryError("r.example does not answer")

    monkeypatch.setattr(MemoryRepository(_IMAGE), "manifest", refuse)
    told: list[Event] = []
    assert _check(told=told) == []
    assert "r.example does not answer; images there are not compared" in str(told)
