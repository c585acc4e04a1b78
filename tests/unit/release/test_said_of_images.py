"""What registries keep beside images: rollbacks, attestations; and who released them from where."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.model.descriptor import OCI_MANIFEST, Descriptor, digest_of
from helpers.model.errors import HelpersError
from helpers.model.images.name import ImageName, Stage
from helpers.model.images.published import TagMove
from helpers.release.attestations import CYCLONEDX, PROVENANCE, attest
from helpers.release.index import make_index
from helpers.release.moves import add_move, drop_move, read_moves
from helpers.release.owner import read_owner
from helpers.release.targets import ReleaseTarget, registries
from helpers.release.verify import verify
from tests.builders import make_host, make_repo
from tests.memory_registry import MemoryRepository

_IMAGE = Descriptor(OCI_MANIFEST, digest_of(b"image"), 5, "linux/amd64")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> ReleaseTarget:
    monkeypatch.setattr(MemoryRepository, "every", {})
    repository: Any = MemoryRepository("r.example/team/app")
    return ReleaseTarget("default", ImageName("app", "r.example/team"), repository, "my app")


def _move(number: int, stage: Stage = Stage.PROD, *, when: str = "then") -> TagMove:
    return TagMove(stage, when, "änn@h", f"1.{number}.0", f"1.{number - 1}.0")


def test_rollbacks_are_kept_in_their_order_by_stage(target: ReleaseTarget) -> None:
    moves = [_move(3), _move(2), _move(1)]
    for move in (*moves, _move(9, Stage.DEV)):
        add_move(target.repository, move)
    assert read_moves(target.repository, Stage.PROD) == moves
    assert read_moves(target.repository, Stage.DEV) == [_move(9, Stage.DEV)]
    drop_move(target.repository, moves[1])
    drop_move(target.repository, _move(7))
    assert read_moves(target.repository, Stage.PROD) == [moves[0], moves[2]]


def test_one_that_was_begun_twice_is_one(target: ReleaseTarget) -> None:
    add_move(target.repository, _move(3, when="first"))
    add_move(target.repository, _move(3, when="again"))
    assert read_moves(target.repository, Stage.PROD) == [_move(3, when="again")]
    add_move(target.repository, _move(2))
    add_move(target.repository, _move(3))
    assert len(read_moves(target.repository, Stage.PROD)) == 3


def test_so_many_are_kept_that_a_registry_takes_them(
    target: ReleaseTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helpers.release.moves._MOST", 3)
    for number in range(5):
        add_move(target.repository, _move(number))
    assert read_moves(target.repository, Stage.PROD) == [_move(2), _move(3), _move(4)]


@pytest.mark.parametrize("said", ["", "{", "5", "[1]", '[["a"]]', '[["a","b","c","d","e"]]'])
def test_a_history_that_cannot_be_read_is_named(target: ReleaseTarget, said: str) -> None:
    target.repository.put_note("", {"org.helpers.history.moves": said}, "prod.history")
    with pytest.raises(HelpersError, match="history of rollbacks cannot be read") as caught:
        read_moves(target.repository, Stage.PROD)
    assert caught.value.where == "r.example/team/app:prod.history"


def _release(
    target: ReleaseTarget, *images: Descriptor, about: Descriptor | None = None, broken: Any = None
) -> None:
    """Put an index under `prod-1.0.0`, with attestations of its images, or of another one."""
    memory: Any = target.repository
    attested = []
    for image in images:
        made = attest(about or image, "app", {CYCLONEDX: {"bom": 1}, PROVENANCE: {"by": "ann"}})
        blobs = dict(made.blobs)
        if broken is not None:
            blobs = dict.fromkeys(blobs, json.dumps(broken).encode() if broken else b"{")
        memory.manifests |= {made.descriptor.digest: made.content, **blobs}
        if about:
            note = {**made.descriptor.annotations, "vnd.docker.reference.digest": image.digest}
            entry = Descriptor(OCI_MANIFEST, made.descriptor.digest, 1, "", note)
            made = type(made)(entry, made.content, made.blobs)
        attested.append(made)
    memory.put_manifest(make_index(images, attested, {}).content, "", "prod-1.0.0")


def test_what_is_attached_to_each_image_is_read(target: ReleaseTarget) -> None:
    other = Descriptor(OCI_MANIFEST, digest_of(b"other"), 5, "linux/arm64")
    _release(target, _IMAGE, other)
    index, found = verify(target, "prod-1.0.0")
    assert index.images == (_IMAGE, other)
    assert [one.platform for one in found] == ["linux/amd64", "linux/arm64"]
    assert all((one.sbom, one.provenance) == ({"bom": 1}, {"by": "ann"}) for one in found)


def test_what_is_about_another_image_is_not_trusted(target: ReleaseTarget) -> None:
    _release(target, _IMAGE, about=Descriptor(OCI_MANIFEST, digest_of(b"other"), 5))
    with pytest.raises(HelpersError, match="are about another image") as caught:
        verify(target, "prod-1.0.0")
    assert caught.value.where.endswith(f"@{_IMAGE.digest}")


@pytest.mark.parametrize(
    "broken", [{}, [], 5, {"subject": 5}, {"subject": [{}]}, {"subject": [{"digest": []}]}]
)
def test_what_somebody_else_attached_in_another_form_is_refused(
    target: ReleaseTarget, broken: Any
) -> None:
    _release(target, _IMAGE, broken=broken)
    with pytest.raises(HelpersError, match="attestations of this image cannot be read"):
        verify(target, "prod-1.0.0")


def test_an_image_without_attestations_is_nobodys(target: ReleaseTarget) -> None:
    memory: Any = target.repository
    memory.put_manifest(make_index([_IMAGE], [], {}).content, "", "prod-1.0.0")
    with pytest.raises(HelpersError, match="did not release it"):
        verify(target, "prod-1.0.0")


@pytest.mark.parametrize(
    ("tags", "fix"),
    [
        ([], "i docker_release_prod_image --dir 'my app'   (nothing was released yet)"),
        (["dev-1.0.0"], "(nothing was released for prod yet, only for dev)"),
        (["prod-1.9.0", "prod-1.10.0"], "--version 1.10.0   (i docker_history --dir 'my app'"),
    ],
)
def test_a_version_that_is_not_there_is_told_with_those_that_are(
    target: ReleaseTarget, tags: list[str], fix: str
) -> None:
    memory: Any = target.repository
    for tag in tags:
        memory.put_manifest(b"{}", "", tag)
    with pytest.raises(HelpersError, match=r"has no prod-1\.0\.0") as caught:
        verify(target, "prod-1.0.0")
    assert fix in caught.value.fix


def test_a_checkout_keeps_its_key_and_no_other_has_it(tmp_path: Path) -> None:
    first, other = (make_repo(tmp_path / name, commit=False) for name in ("a b", "c"))
    host = make_host(tmp_path)
    unkept = read_owner(first, host, keep=False)
    assert unkept.key != read_owner(first, host, keep=False).key
    kept = read_owner(first, host)
    assert read_owner(first, host) == read_owner(first, host, keep=False) == kept
    assert kept.key != read_owner(other, host).key
    assert kept.name.startswith("tester@")
    (first.root / "tmp.helpers" / "identity").write_text("\n")
    assert read_owner(first, host).key not in ("", kept.key)


_TWO = "name: demo\nregistry: r.example/team\nregistries: {public: p.example/us}\n"


@pytest.mark.parametrize(
    ("config", "names", "found"),
    [
        (_TWO, (), ["r.example/team"]),
        (_TWO, ("public",), ["p.example/us"]),
        (_TWO, ("public", "default", "public"), ["p.example/us", "r.example/team"]),
    ],
)
def test_a_command_means_the_first_registry_or_those_that_are_named(
    tmp_path: Path, config: str, names: tuple[str, ...], found: list[str]
) -> None:
    repo = make_repo(tmp_path, config=config, commit=False)
    assert list(registries(repo, names).values()) == found


@pytest.mark.parametrize(
    ("config", "names", "fix"),
    [
        ("name: demo\n", (), "add a line such as  registry:"),
        (_TWO, ("publc",), "--registry public"),
    ],
)
def test_a_registry_that_nobody_named_is_refused(
    tmp_path: Path, config: str, names: tuple[str, ...], fix: str
) -> None:
    repo = make_repo(tmp_path, config=config, commit=False)
    with pytest.raises(HelpersError, match="regist") as caught:
        registries(repo, names)
    assert caught.value.fix.startswith(fix)
    assert caught.value.where == "repo_config.yaml"
