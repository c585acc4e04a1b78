import json
from typing import Any
from urllib.parse import unquote

import pytest

from helpers.engine.client import Client, EngineError
from helpers.engine.endpoint import Endpoint
from helpers.model.errors import HelpersError
from helpers.reach.image_server import Offered
from helpers.reach.pull_image import Registry, ensure_pulled, pulled_names

OFFERED = Offered("sha256:" + "ab" * 32, "sha256:" + "cd" * 32, 542_000_000)
REGISTRY = Registry(4000, "secret", "build1", "shop-12ab")
KEPT = "helpers-hosted/shop-12ab/one:abababababab"
FORMER = "helpers-hosted/shop-12ab/one:000000000000"
OTHER = "helpers-hosted/shop-12ab/one-more:000000000000"


class Engine(Client):
    """One with images by their names, and a disk that is full."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__(Endpoint("unix:///nowhere", "a test"))
        self.names = names

    def read(self, method: str, path: str, **given: Any) -> bytes:
        query = given.get("query") or {}
        if path == "/images/json":
            listed = [{"Id": id, "RepoTags": [name]} for name, id in self.names.items()]
            return json.dumps(listed).encode()
        name = unquote(path).removeprefix("/images/").removesuffix("/json")
        if path == "/images/create":
            return b'{"error": "write: no space left on device: unknown"}'
        if path.endswith("/tag"):
            self.names[f"{query['repo']}:{query['tag']}"] = name.removesuffix("/tag")
        elif method == "DELETE":
            del self.names[name]
            return b'[{"Deleted": "it"}]'
        elif name in {*self.names, *self.names.values()}:
            return json.dumps({"Id": self.names.get(name, name)}).encode()
        elif path.endswith("/json"):
            raise EngineError("none", status=404)
        return b""


def _pulled(engine: Engine, free: int | None = None) -> str:
    return ensure_pulled(engine, REGISTRY, OFFERED, "one", lambda: free)


def test_an_image_has_the_name_of_its_dir_and_the_dirs_former_one_goes() -> None:
    pulled = "127.0.0.1:4000/helpers@" + OFFERED.manifest
    engine = Engine({pulled: OFFERED.manifest, FORMER: "sha256:0", OTHER: "sha256:1"})
    assert _pulled(engine) == OFFERED.manifest
    assert engine.names == {OTHER: "sha256:1", KEPT: OFFERED.manifest}


def test_what_runs_pulled_is_found_by_its_names_alone() -> None:
    names = [KEPT, "127.0.0.1:4000/helpers@sha256:12", "127.0.0.1:5000/shop:1", "helpers/shop:1"]
    assert pulled_names(Engine(dict.fromkeys(names, "sha256:1"))) == names[:2]


@pytest.mark.parametrize(
    ("free", "said"), [(105_000_000, "542 MB: 437 MB are missing"), (None, "image of 542 MB")]
)
def test_a_disk_that_is_too_small_is_told_with_what_is_missing(free: int | None, said: str) -> None:
    with pytest.raises(HelpersError) as caught:
        _pulled(Engine({}), free)
    assert caught.value.what.endswith(said)
    assert caught.value.fix == "i hosts_clean --hosts build1"
