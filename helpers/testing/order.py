"""A dir's tests as an order of plain values, which another machine carries out, and its answer.

An order has no client and no callback: whoever carries it out has an engine of its own, and runs
the dir by the very function that runs one here.
"""

import base64
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from helpers.engine.containers import TextFile
from helpers.images.installed.ensure import Installed
from helpers.model.dataclass import dataclass
from helpers.model.events import DirStateChanged, Event, Notice, TestEnded, TestsCollected, Warned
from helpers.model.plain import as_plain, from_plain
from helpers.model.results.results import DirResult, DirState, RunResult, TestCase
from helpers.model.runnable_dir import RunnableDir
from helpers.testing.request import TestRequest

# What a dir tells while its tests run; images are built before.
_TOLD = {one.__name__: one for one in (DirStateChanged, Notice, TestEnded, TestsCollected, Warned)}
_WORDS = {one.__name__: one for one in (DirResult, DirState, RunResult, TestCase)}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done for one dir.

    Attributes:
        run: the run's id.
        attempt: from 1; an answer counts for the attempt that it names alone.
        tree: git's id of the sources.
        image: the id of the image to test in, on the driver's engine; others know it by `digests`,
            those of its manifest and of its settings.
        size: the bytes that the image takes where nothing of it is yet.
        services: the images of its services that the driver has: as they are offered, by name.
        installed: what its code has as if installed, as `plain_installed` makes it.
        needs: what it uses of a host while it runs.
    """

    run: str
    attempt: int
    dir: str
    tree: str
    image: str
    digests: tuple[str, ...]
    installed: Mapping[str, Any]
    needs: Mapping[str, int]
    size: int = 0
    services: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an order.

    Attributes:
        host: who carried it out.
        recordable: the result may be recorded as a pass, as far as its host can tell.
        size: of an archive with the files of the dir's results, which are asked for by parts.
    """

    run: str
    attempt: int
    host: str
    result: DirResult
    recordable: bool
    size: int


def plain_request(request: TestRequest) -> dict[str, Any]:
    """What is asked of a run, without its dirs' places."""
    plain: dict[str, Any] = as_plain(request)
    return plain | {"dirs": [item.name for item in request.dirs], "every_dir": [], "images": {}}


def read_request(plain: dict[str, Any], every_dir: tuple[RunnableDir, ...]) -> TestRequest:
    """What is asked of a run, of the dirs as they are here."""
    wanted = set(plain["dirs"])
    dirs = [as_plain(item) for item in every_dir if item.name in wanted]
    every = [as_plain(item) for item in every_dir]
    return from_plain(TestRequest, {**plain, "dirs": dirs, "every_dir": every})


def plain_installed(installed: Installed) -> dict[str, Any]:
    """What a container gets as if installed, as plain values."""
    files = [
        [one.path, base64.b64encode(one.content).decode(), one.mode] for one in installed.files
    ]
    return {"files": files, "python": list(installed.python), "complete": installed.complete}


def read_installed(plain: Mapping[str, Any]) -> Installed:
    """What a container gets as if installed."""
    files = (TextFile(path, base64.b64decode(text), mode) for path, text, mode in plain["files"])
    return Installed(tuple(files), tuple(plain["python"]), complete=plain["complete"])


def plain_event(event: Event) -> dict[str, Any] | None:
    """What a dir tells; None: nobody elsewhere need know."""
    name = type(event).__name__
    return {"event": name, **as_plain(event)} if name in _TOLD else None


def read_event(plain: dict[str, Any]) -> Event:
    """What a dir told."""
    said = dict(plain)
    return from_plain(_TOLD[said.pop("event")], said, _WORDS)  # type: ignore[return-value]
