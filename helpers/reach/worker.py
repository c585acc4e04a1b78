"""The worker on a host: takes orders from the scheduler until that is silent. It knows Dask.

It runs in a container of the host, by the toolchain that came with the sources.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

from distributed import Worker, get_worker
from distributed.security import Security

from helpers.model.plain import as_plain, from_plain
from helpers.reach.on_host import HostRun, open_host_run
from helpers.testing.order import Order

_SILENT_SECONDS = 15


class HostWorker(Worker):  # type: ignore[misc]
    """A worker with the run whose dirs it tests; it opens no port but its own."""

    def __init__(self, *args: Any, host_run: HostRun, **options: Any) -> None:
        super().__init__(*args, **options)
        self.host_run = host_run

    def start_http_server(self, *_: Any, **__: Any) -> None:
        """Nobody looks at pages of it."""
        self.http_server = _NoServer()

    async def heartbeat(self) -> None:
        """Tell the scheduler of us; one that is silent for long is gone."""
        try:
            await asyncio.wait_for(super().heartbeat(), _SILENT_SECONDS)
        except TimeoutError:
            await self.close(reason="the scheduler is silent")


class _NoServer:
    """Stands for a server of pages that there is not."""

    def stop(self) -> None:
        """There is nothing to stop."""


def serve(given: Mapping[str, Any]) -> None:
    """Work until the scheduler ends us or is gone; then end what tests left."""
    with open_host_run(given) as run:
        asyncio.run(_work(given, run))
    # Threads of tasks may wait for containers that are gone.
    os._exit(0)


async def _work(given: Mapping[str, Any], run: HostRun) -> None:
    tls = given["tls"]
    security = Security(
        require_encryption=True,
        tls_ca_file=tls["authority"],
        tls_worker_cert=tls["certificate"],
        tls_worker_key=tls["key"],
    )
    worker = await HostWorker(
        f"tls://127.0.0.1:{given['scheduler']}",
        host="127.0.0.1",
        port=given["port"],
        protocol="tls",
        security=security,
        name=given["name"],
        nthreads=given["threads"],
        resources=given["resources"],
        death_timeout=_SILENT_SECONDS,
        dashboard=False,
        host_run=run,
    )
    loop = asyncio.get_running_loop()
    threading.Thread(target=_end_with_driver, args=(worker, loop), daemon=True).start()
    await worker.finished()


def _end_with_driver(worker: HostWorker, loop: asyncio.AbstractEventLoop) -> None:
    """End when the driver lets go of our standard input, or is gone."""
    sys.stdin.buffer.read()
    worker.host_run.stop()
    asyncio.run_coroutine_threadsafe(worker.close(), loop)


def carry_out(order: dict[str, Any]) -> str:
    """Carry an order out; the answer as JSON."""
    worker = get_worker()

    def tell(event: dict[str, Any]) -> None:
        worker.log_event(order["run"], {"attempt": order["attempt"], "event": event})

    host_run = worker.host_run
    answer = json.dumps(as_plain(host_run.carry_out(from_plain(Order, order), tell)))
    # Places of files are told as the driver will have them.
    return answer.replace(host_run.run.folder.run, order["run"])


def part_of_results(dir: str, part: int, dask_worker: HostWorker | None = None) -> bytes:
    """A part of the archive with the files of a dir's results."""
    assert dask_worker is not None, "Dask gives it"
    return dask_worker.host_run.part(dir, part)


def end_tests(dask_worker: HostWorker | None = None) -> None:
    """End the tests that run; their orders are answered."""
    assert dask_worker is not None, "Dask gives it"
    threading.Thread(target=dask_worker.host_run.stop, daemon=True).start()
