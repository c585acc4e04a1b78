import json
from typing import cast

import pytest

from helpers.model import labels
from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST, digest_of
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.registry.repository import Repository
from helpers.release.published_versions import RELEASE_AGAIN, read_versions
from tests.memory_registry import MemoryRepository


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> MemoryRepository:
    monkeypatch.setattr(MemoryRepository, "every", {})
    return MemoryRepository("r.example/team/app")


def _add(there: MemoryRepository, *sizes: int) -> list[str]:
    """A version with an image of each size; the digests of their manifests and settings."""
    found, entries = [], []
    for size in sizes:
        config = json.dumps({"config": {"Labels": {labels.COMMIT: f"c{size}"}}}).encode()
        settings = there.put_manifest(config, OCI_MANIFEST)
        layers = [{"digest": "sha256:0", "size": size}]
        content = json.dumps({"config": {"digest": settings}, "layers": layers}).encode()
        digest = there.put_manifest(content, OCI_MANIFEST)
        platform = {"os": "linux", "architecture": f"cpu{size}"}
        entries.append(
            {"mediaType": OCI_MANIFEST, "digest": digest, "size": 1, "platform": platform}
        )
        found += [digest, settings]
    index = json.dumps({"manifests": entries}).encode()
    there.put_manifest(index, OCI_INDEX, "dev-1.0.0")
    return [digest_of(index), *found]


def test_each_manifest_of_a_version_is_read_once(there: MemoryRepository) -> None:
    ids = _add(there, 10, 20)
    (version,) = read_versions(cast("Repository", there), [Stage.DEV])
    assert (version.size, version.commit) == (10, "c10")
    assert version.platforms == ("linux/cpu10", "linux/cpu20")
    assert version.ids == frozenset(ids)
    assert sorted(there.read) == sorted(["dev-1.0.0", ids[1], ids[3]])


def test_an_image_that_the_registry_lost_is_told(there: MemoryRepository) -> None:
    ids = _add(there, 10)
    del there.manifests[ids[1]]
    with pytest.raises(HelpersError, match="lacks an image") as caught:
        read_versions(cast("Repository", there), [Stage.DEV])
    assert caught.value.fix == RELEASE_AGAIN
