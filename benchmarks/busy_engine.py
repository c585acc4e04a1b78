"""An engine that others use too: it has 200 of their images and 50 of their containers."""

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_IMAGES, _CONTAINERS = 200, 50
_NAME = "helpers-bench-others"
# An archive without files.
_LAYER = bytes(10240)


@contextmanager
def busy_engine() -> Iterator[None]:
    """The engine in use, with images and containers of others for as long as the context lasts."""
    _remove()
    try:
        _docker("load", given=_archive())
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(_create, range(_CONTAINERS)))
        yield
    finally:
        _remove()


def _archive() -> bytes:
    """The images as `docker load` takes them: each has a label of its own, all have one layer.

    At once, since an engine needs longer for each image the more it has.
    """
    configs = [
        json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"Labels": {_NAME: str(number)}},
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(_LAYER)}"]},
            }
        ).encode()
        for number in range(_IMAGES)
    ]
    manifest = [
        {
            "Config": f"{_digest(config)}.json",
            "RepoTags": [f"{_NAME}:{number}"],
            "Layers": ["layer.tar"],
        }
        for number, config in enumerate(configs)
    ]
    files = {f"{_digest(config)}.json": config for config in configs}
    files |= {"layer.tar": _LAYER, "manifest.json": json.dumps(manifest).encode()}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _create(number: int) -> None:
    _docker("create", "--name", f"{_NAME}-{number}", f"{_NAME}:{number}", "true")


def _remove() -> None:
    names = [f"{_NAME}-{number}" for number in range(_CONTAINERS)]
    subprocess.run(["docker", "rm", "--force", *names], capture_output=True, check=False)
    _docker("image", "prune", "--all", "--force", "--filter", f"label={_NAME}")


def _docker(*args: str, given: bytes = b"") -> None:
    subprocess.run(["docker", *args], input=given, capture_output=True, check=True)
