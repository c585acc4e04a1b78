"""What registries have of a repo's dirs; they are in memory."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.registry.errors import RegistryError
from helpers.release import targets
from helpers.release.inventory import (
    find_half_moved,
    find_targets,
    list_remote_images,
    read_history,
    read_released,
    read_rollbacks,
)
from helpers.release.lock import LOCK_TAG
from helpers.release.moves import add_move
from helpers.release.targets import ReleaseTarget
from tests.builders import make_repo, make_runnable_dir, write_files
from tests.memory_registry import MemoryRepository

CONFIG = "name: demo\nregistry: r.example/team\nregistries: {public: p.example/us}\n"
ACCESS: Any = None


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr(targets, "Repository", MemoryRepository)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path, config=CONFIG, commit=False)
    for name in ("apps/a", "apps/b"):
        make_runnable_dir(made, name)
    return made


def _found(repo: Repo, *names: str, troubles: list[HelpersError]) -> list[ReleaseTarget]:
    dirs = [repo.runnable_dir(name) for name in ("apps/a", "apps/b")]
    return find_targets(repo, ACCESS, dirs, names, troubles.append)


def _release(name: str, *tags: str, of: str = "", says: Mapping[str, str] | None = None) -> None:
    """Put an image into a registry under tags, where one says what is in it; with its labels."""
    there = MemoryRepository(name)
    said = {"version": of or tags[0], "config": {"Labels": says or {}}}
    settings = there.put_manifest(json.dumps(said).encode(), OCI_MANIFEST)
    content = {"config": {"digest": settings}, "layers": [{"size": 7}]}
    digest = there.put_manifest(json.dumps(content).encode(), OCI_MANIFEST)
    platform = {"os": "linux", "architecture": "arm64"}
    entry = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 1, "platform": platform}
    index = json.dumps({"manifests": [entry]}).encode()
    for tag in tags:
        there.put_manifest(index, OCI_INDEX, tag)


def test_a_dir_whose_changelog_is_malformed_is_told_and_left_out(repo: Repo) -> None:
    repo.runnable_dir("apps/b").changelog.write_text("nothing\n")
    troubles: list[HelpersError] = []
    found = _found(repo, "default", "public", troubles=troubles)
    assert [str(one) for one in found] == ["r.example/team/a", "p.example/us/a"]
    assert [one.of_dir for one in found] == ["--dir apps/a"] * 2
    assert "apps/b/changelog.txt" in troubles[0].where


def test_a_registry_that_there_is_not_is_refused_before_any_dir_is_read(repo: Repo) -> None:
    troubles: list[HelpersError] = []
    with pytest.raises(HelpersError, match="have no registry 'pubic'"):
        _found(repo, "pubic", troubles=troubles)
    assert troubles == []


def test_released_images_are_listed_with_what_the_floating_tag_names(repo: Repo) -> None:
    _release("r.example/team/a", "dev-1.0.0")
    _release("r.example/team/a", "dev-1.1.0", "dev")
    troubles: list[HelpersError] = []
    listed = list_remote_images(_found(repo, troubles=troubles), troubles.append)
    assert troubles == []
    assert [(one.dir, set(one.tags), one.current, one.size) for one in listed] == [
        ("apps/a", {"dev-1.1.0"}, ("default",), 7),
        ("apps/a", {"dev-1.0.0"}, (), 7),
    ]
    assert listed[0].platforms == {"arm64"}


def test_a_registry_that_refuses_is_told_once_and_the_others_are_listed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> list[str]:
        raise RegistryError("no login")

    found = _found(repo, "default", "public", troubles=[])
    for name in ("r.example/team/a", "r.example/team/b"):
        monkeypatch.setattr(MemoryRepository(name), "tags", refuse)
    _release("p.example/us/b", "prod-1.0.0")
    troubles: list[HelpersError] = []
    (listed,) = list_remote_images(found, troubles.append)
    assert (listed.dir, listed.places) == ("apps/b", ("public",))
    assert [one.what for one in troubles] == ["no login"]


def test_history_has_releases_and_rollbacks_newest_first(repo: Repo) -> None:
    _release("r.example/team/a", "prod-1.0.0")
    _release("r.example/team/a", "prod-1.1.0", "prod")
    there: Any = MemoryRepository("r.example/team/a")
    first = TagMove(Stage.PROD, "2026-01-01", "ann", "1.1.0", "1.0.0")
    second = TagMove(Stage.PROD, "2026-01-02", "bob", "1.0.0", "1.1.0")
    for move in (first, second):
        add_move(there, move)
    found = _found(repo, troubles=[])[:1]
    history = read_history(found, [Stage.DEV, Stage.PROD])
    assert [str(one.version) for _, one in history] == ["1.1.0", "1.0.0"]
    assert [move for _, move in read_rollbacks(found, [Stage.PROD])] == [second, first]


def test_releases_of_code_are_listed_with_both_numbers(repo: Repo) -> None:
    write_files(repo.root, {"apps/a/devops/config.yaml": "release: {floating: [newest]}\n"})
    name = "r.example/team/a"
    says = {labels.VERSION: "1.0.0", labels.RELEASE_VERSION: "0.4.1"}
    _release(name, "v0.4.1", says=says)
    _release(name, "v0.10.0", "newest", says=says | {labels.RELEASE_VERSION: "0.10.0"})
    _release(name, "v9.9.9")  # somebody else's: it does not say what it is
    _release(name, "prod-1.0.0", "prod", says=says | {labels.RELEASE_VERSION: "0.4.0"})
    found = _found(repo, troubles=[])[:1]
    listed = list_remote_images(found, lambda _: None)
    assert [(*one.tags, one.current, one.version, one.release) for one in listed] == [
        ("v0.10.0", ("default",), "1.0.0", "0.10.0"),
        ("v0.4.1", (), "1.0.0", "0.4.1"),
        ("prod-1.0.0", ("default",), "1.0.0", "0.4.0"),
    ]
    history = read_history(found, [Stage.PROD])
    assert [(one.tag, str(one.version), one.release, one.current) for _, one in history] == [
        ("v0.10.0", "1.0.0", "0.10.0", True),
        ("v0.4.1", "1.0.0", "0.4.1", False),
        ("prod-1.0.0", "1.0.0", "0.4.0", True),
    ]
    assert read_history(found, [Stage.DEV]) == []


def _locked(name: str, tag: str) -> None:
    said = {"org.helpers.claim.key": "k", "org.helpers.claim.what": f"a {tag}"}
    MemoryRepository(name).put_note("", said, LOCK_TAG.format(stage="prod"))


def test_a_floating_tag_that_an_ended_release_left_is_found_with_the_way_on(repo: Repo) -> None:
    both = ("r.example/team/a", "p.example/us/a")
    for name in both:
        _release(name, "prod-1.0.0", "prod")
        _release(name, "prod-1.1.0")
        _locked(name, "prod-1.1.0")
    _release(both[0], "prod", of="prod-1.1.0")
    (half,) = find_half_moved(_found(repo, "default", "public", troubles=[]))
    assert (half.tag, half.names, half.wanted) == ("p.example/us/a:prod", "1.0.0", "1.1.0")
    assert half.fix == (
        "i docker_rollback_prod_image --dir apps/a --version 1.1.0"
        " --registry default --registry public"
    )


def test_of_code_a_rollback_that_was_cut_off_is_half_moved_and_a_release_is_not(
    repo: Repo,
) -> None:
    write_files(repo.root, {"apps/a/devops/config.yaml": "release: {floating: [newest, good]}\n"})
    name = "r.example/team/a"
    _release(name, "v0.1.0", "newest")
    _release(name, "v0.2.0", "good")
    _locked(name, "v0.1.0")
    assert find_half_moved(_found(repo, troubles=[])) == []
    there: Any = MemoryRepository(name)
    add_move(there, TagMove(Stage.PROD, "2026-01-01", "ann", "v0.2.0", "v0.1.0"))
    (half,) = find_half_moved(_found(repo, troubles=[]))
    assert (half.tag, half.names, half.wanted) == (f"{name}:good", "v0.2.0", "v0.1.0")
    rollback = "i docker_rollback_prod_image --dir apps/a --version 0.1.0 --registry default"
    assert half.fix == rollback


def test_before_the_version_is_in_all_registries_nothing_was_to_move(repo: Repo) -> None:
    _release("r.example/team/a", "prod-1.1.0")
    for name in ("r.example/team/a", "p.example/us/a"):
        _locked(name, "prod-1.1.0")
    assert find_half_moved(_found(repo, "default", "public", troubles=[])) == []


def test_released_versions_are_those_of_all_registries_by_image(repo: Repo) -> None:
    _release("r.example/team/a", "dev-1.0.0", "prod-1.0.0")
    _release("p.example/us/a", "dev-1.1.0", "prod", "prod.claim")
    dirs = [repo.runnable_dir(name) for name in ("apps/a", "apps/b")]
    found = read_released(repo, ACCESS, dirs, ("default", "public"))
    old, new = Version(1, 0, 0), Version(1, 1, 0)
    assert found == {
        "a": {Stage.DEV: {old, new}, Stage.PROD: {old}},
        "b": {Stage.DEV: frozenset(), Stage.PROD: frozenset()},
    }
