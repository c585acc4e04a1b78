#!/usr/bin/env python3
"""`i promote` beside `docker pull`, `docker tag` and `docker push` of the same image.

usage: <thin environment's python> benchmarks/promotion.py [--megabytes N] [--repeats N]
    [--megabits N]

Needs a Docker Engine and the program `docker-registry`, and a machine that does nothing else. The
image has random content, in layers of 100 MB. Before each pull the engine forgets it. The registry
is on this machine; a second time the engine reaches it as over a network of 1 Gbit/s. Goals: at
most 8 requests, and 0.1 of the time over that network.
"""

import argparse
import contextlib
import gzip
import io
import json
import os
import secrets
import shutil
import socket
import statistics
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from helpers.model.descriptor import (  # noqa: E402 - the path comes first
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    digest_of,
)
from helpers.model.settings.file_names import CONFIG_FILE_NAME  # noqa: E402
from helpers.registry.repository import Repository  # noqa: E402
from helpers.system.lease import working_folder  # noqa: E402
from helpers.system.process import run  # noqa: E402
from tests.promotions import DIR, Shop, make_shop  # noqa: E402
from tests.registries import FaultyProxy, serve_registry  # noqa: E402
from tests.servers import LOOPBACK, Relay  # noqa: E402

_TIME_GOAL, _REQUESTS_GOAL = 0.1, 8
_LAYER = 100
_BLOCK = 256 * 1024


def push_image(repository: Repository, tag: str, megabytes: int) -> None:
    """Push an image of random content that no engine has seen."""
    layers, ids = [], []
    for number in range(megabytes // _LAYER):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as archive:
            entry = tarfile.TarInfo(f"layer{number}")
            entry.size = _LAYER * 10**6
            archive.addfile(entry, io.BytesIO(os.urandom(entry.size)))
        ids.append(digest_of(made.getvalue()))
        packed = gzip.compress(made.getvalue(), compresslevel=1)
        layer = Descriptor(OCI_LAYER_GZIP, repository.upload_bytes(packed), len(packed))
        layers.append(layer.as_json())
    root = {"type": "layers", "diff_ids": ids}
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": root}).encode()
    described = Descriptor(OCI_CONFIG, repository.upload_bytes(config), len(config)).as_json()
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described}
    content = json.dumps({**manifest, "layers": layers}).encode()
    repository.put_manifest(content, OCI_MANIFEST, tag)


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def by_hand(name: str) -> None:
    """What people type where nothing promotes."""
    run(["docker", "pull", "--quiet", f"{name}:integration"])
    run(["docker", "tag", f"{name}:integration", f"{name}:by-hand"])
    run(["docker", "push", "--quiet", f"{name}:by-hand"])


def forget(name: str) -> None:
    """Take the image away from the engine."""
    run(["docker", "rmi", "--force", f"{name}:integration", f"{name}:by-hand"], check=False)


def promoter(shop: Shop) -> Callable[[], object]:
    """`i promote --to staging`, as typed."""
    thin = run([sys.executable, "-I", ROOT / "dev_scripts/thin_env.py", "ensure"]).stdout.strip()
    start = str(ROOT / "helpers" / "tasks" / "start.py")  # as `i` does
    program = [f"{thin}/bin/python", "-I", start, "--search-root", str(ROOT)]
    return lambda: run([*program, "promote", "--to", "staging", "--dir", DIR], cwd=shop.repo.root)


class Link(Relay):
    """A way to a registry that lets so many bytes a second through, in all."""

    def __init__(self, target: tuple[str, int], rate: float) -> None:
        super().__init__((LOOPBACK, 0), target)
        self._rate, self._free, self._lock = rate, 0.0, threading.Lock()

    def copy(self, source: socket.socket, target: socket.socket) -> None:
        """Copy until the source ends."""
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                with self._lock:
                    now = time.monotonic()
                    self._free = max(now, self._free) + len(block) / self._rate
                time.sleep(self._free - now)
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)


def main() -> int:
    """Print both times, their ratio and the requests; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--megabits", type=int, default=1000)
    options = parser.parse_args()
    folder = working_folder(ROOT) / "benchmark" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    own: list[float] = []
    by_way: dict[str, list[float]] = {"on this machine": [], f"{options.megabits} Mbit/s": []}
    requests = 0
    try:
        with serve_registry(folder / "registry") as registry, FaultyProxy(registry) as proxy:
            port = int(registry.address.rpartition(":")[2])
            with Link((LOOPBACK, port), options.megabits * 1e6 / 8) as link:
                # As by hand; the proxy, which counts, takes longer for a request than a registry.
                linked = f"{LOOPBACK}:{link.port}"
                shop = make_shop(folder / "repo", registry, address=linked)
                promote = promoter(shop)
                shop.promote("integration", digest=shop.release("prod-0.9.0"))
                shop.accept("integration")
                promote()
                push_image(shop.repository(), "prod-1.0.0", options.megabytes)
                shop.promote("integration", version="1.0.0")
                shop.accept("integration")
                ways = dict(zip(by_way, (registry.address, linked), strict=True))
                for _ in range(options.repeats):
                    own.append(timed(promote))
                    shop.back("staging")
                    for way, address in ways.items():
                        name = f"{address}/team/forecast"
                        by_way[way].append(timed(partial(by_hand, name)))
                        forget(name)
                settings = shop.repo.root / CONFIG_FILE_NAME
                settings.write_text(settings.read_text().replace(linked, proxy.address))
                promote()
                requests = len(proxy.asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{options.megabytes} MB; load {os.getloadavg()[0]:.1f}")
    mine = statistics.median(own)
    print(f"i promote: {mine:.2f} s, {requests} requests (goal {_REQUESTS_GOAL})")
    for way, times in by_way.items():
        raw = statistics.median(times)
        ratio = mine / raw
        print(f"pull, tag, push, {way}: {raw:.2f} s; ratio {ratio:.3f} (goal {_TIME_GOAL})")
    return int(ratio > _TIME_GOAL or requests > _REQUESTS_GOAL)


if __name__ == "__main__":
    sys.exit(main())
