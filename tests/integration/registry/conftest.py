"""What tests with registries share."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.model.descriptor import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.registry.retry_budget import RetryBudget
from tests.builders import make_host
from tests.integration.conftest import StartRegistry
from tests.registries import Registry

MakeRepository = Callable[..., Repository]
# Its end comes soon where answers are bad; a busy machine has long to give one.
QUICK = RetryBudget(total=0.5, first=0.005, longest=0.05, connect=30, read=30)


@pytest.fixture
def start_registry(start_registry: StartRegistry) -> StartRegistry:
    """Starts registries, of which no engine hears."""
    return functools.partial(start_registry, for_engine=False)


@pytest.fixture
def told() -> list[str]:
    """What was said of each new attempt."""
    return []


@pytest.fixture
def make_repository(tmp_path: Path, told: list[str]) -> MakeRepository:
    """Makes repositories in a registry, reached with its login, or as `address` otherwise."""

    def make(
        registry: Registry,
        path: str = "team/app",
        *,
        address: str = "",
        budget: RetryBudget = QUICK,
        trusted: bool = True,
    ) -> Repository:
        environment = {"DOCKER_CONFIG": str(tmp_path / "no settings")}
        if registry.username:
            environment["DOCKER_CONFIG"] = str(registry.docker_settings(tmp_path / "settings"))
        certificates = registry.certificates if trusted else None
        host = make_host(tmp_path, environment)
        access = Access(host, certificates, budget=budget, on_retry=told.append)
        return Repository(f"{address or registry.address}/{path}", access)

    return make


def push_image(repository: Repository, tag: str, content: bytes = b"a layer") -> str:
    """Push an image of one layer, which is none that could run; return its digest."""
    config, layer = repository.upload_bytes(b"{}"), repository.upload_bytes(content)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": Descriptor(OCI_CONFIG, config, 2).as_json(),
        "layers": [Descriptor(OCI_LAYER_GZIP, layer, len(content)).as_json()],
    }
    return repository.put_manifest(json.dumps(manifest).encode(), OCI_MANIFEST, tag)
