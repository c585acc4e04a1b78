"""What the toolchain takes for granted of py-rattler. Run by a Python that has it, in a folder.

usage: conda_contract.py CHANNEL IN_BUILD

CHANNEL is a folder that gets packages, IN_BUILD that of the programs that call rattler.
"""

import asyncio
import contextlib
import dataclasses
import hashlib
import http.server
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conda_packing import PLATFORMS, pack_compiled  # type: ignore[import-not-found]
from rattler.index import index_fs

_PLATFORM = PLATFORMS[0]
_TOKEN = "tk-secret"


def fails(call: Callable[[], object], *told: str) -> None:
    """The call ends with an error that a person reads, which has those texts."""
    found: Any = None
    try:
        call()
    except Exception as error:
        found = error
    assert type(found).__name__ == "CondaError", f"{found!r} instead of {told}"
    whole = "\n".join(found.told.values())
    assert _TOKEN not in whole, whole
    assert all(text in whole for text in told), whole


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder to whoever knows its token; its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def translate_path(self, path: str) -> str:
            return super().translate_path(path.removeprefix(f"/t/{_TOKEN}"))

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/t/{_TOKEN}"
        server.shutdown()


def check(channel: Path, rattler: Any) -> None:
    """Each thing that is asked of it; `rattler` is the module that asks."""
    ask = rattler.Channels([str(channel)])
    records = ask.solve(_PLATFORM, ["geo <1.1", "linky"], "")
    assert {one.name.normalized: str(one.version) for one in records} == {
        "geo": "1.0",
        "linky": "1.0",
    }
    newer = ask.solve(_PLATFORM, ["geo"], "")
    assert [str(one.version) for one in newer] == ["1.1"]
    assert [str(one.version) for one in ask.solve(_PLATFORM, ["geo"], "", kept=records)] == ["1.0"]
    assert ask.newest(_PLATFORM, ["geo", "none-such"]) == {"geo": "1.1"}
    assert [one.name.normalized for one in ask.solve(_PLATFORM, ["gpu"], "12.4")] == ["gpu"]
    fails(lambda: ask.solve(_PLATFORM, ["gpu"], ""), "__cuda >=12, for which no candidates")
    fails(lambda: ask.solve(_PLATFORM, ["geo >>1"], ""), "is no package")
    elsewhere = rattler.Channels([str(channel / "none")])
    fails(lambda: elsewhere.solve(_PLATFORM, ["geo"], ""), "a channel cannot be read")

    wheel = rattler.Wheel(
        "tomli-w", "1.2.0", "https://h.example.org/t-1.2.0-py3-none-any.whl", "0" * 64
    )
    locked = rattler.Locked(tuple(records), (wheel,))
    have = {_PLATFORM: rattler.virtual_packages("12.4")}
    text = rattler.write_lock(
        Path("pixi.lock").resolve(), ask.channels, have, {"default": {_PLATFORM: locked}}
    )
    assert str(Path.cwd()) not in text
    read = rattler.read_lock(text)["default"][_PLATFORM]
    assert read.pypi == (wheel,)
    assert sorted(map(_said, read.conda)) == sorted(map(_said, records))
    again = rattler.write_lock(
        Path("pixi.lock").resolve(), ask.channels, have, {"default": {_PLATFORM: read}}
    )
    assert again == text
    fails(lambda: rattler.read_lock("version: x\n"), "pixi.lock cannot be read")
    assert rattler.needed(read.conda, ["geo"]) == {"geo"}

    prefix = Path("prefix").resolve()
    ask.link(read.conda, prefix, _PLATFORM)
    assert (prefix / "bin" / "geo-info").is_file()
    assert (prefix / "conda-meta" / "geo-1.0-0.json").is_file()
    assert not (prefix / "share" / "linked.txt").exists()
    assert "activate.d/geo.sh" in rattler.activation_script(prefix, _PLATFORM)

    file = channel / _PLATFORM / "geo-1.0-0.conda"
    said: dict[str, Any] = {
        "name": "geo", "version": "1.0", "build": "0", "url": f"./{file.name}", "sha256": "",
        "md5": hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest(), "depends": [],
    }  # fmt: skip
    other = rattler.locked_of({"conda": [said], "pypi": []}, lambda _: str(file))
    ask.link(other.conda, Path("other").resolve(), _PLATFORM)
    with served(channel) as address:
        far = {**said, "url": f"{address}/{_PLATFORM}/{file.name}"}
        fetched = rattler.locked_of({"conda": [far], "pypi": []}, str)
        ask.link(fetched.conda, Path("fetched").resolve(), _PLATFORM)
        gone = {**far, "url": f"{address}/{_PLATFORM}/none-1.0-0.conda", "md5": "1" * 32}
        missing = rattler.locked_of({"conda": [gone], "pypi": []}, str)
        there = Path("missing").resolve()
        fails(lambda: ask.link(missing.conda, there, _PLATFORM), "cannot be fetched", "404")
        none = rattler.Channels([f"{address}/none"])
        fails(lambda: none.solve(_PLATFORM, ["geo"], ""), "/t/********/none")
    meta = json.loads(next(Path("fetched/conda-meta").glob("*.json")).read_text())
    assert meta["url"] == far["url"]
    # From the cache: nobody serves it any more.
    again = rattler.locked_of({"conda": [far], "pypi": []}, str)
    ask.link(again.conda, Path("again").resolve(), _PLATFORM)
    closed = rattler.Channels([f"{address}/closed"])
    fails(lambda: closed.solve(_PLATFORM, ["geo"], ""), "/t/********/closed")
    changed = {**said, "md5": "0" * 32}
    wrong = rattler.locked_of({"conda": [changed], "pypi": []}, lambda _: str(file))
    link = Path("wrong").resolve()
    fails(lambda: ask.link(wrong.conda, link, _PLATFORM), "another hash", said["md5"], "0" * 32)
    assert dataclasses.is_dataclass(read)


def _said(record: Any) -> tuple[Any, ...]:
    path = record.url.removeprefix("file://")
    return path, record.sha256, record.depends, record.build, str(record.version)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    os.environ["RATTLER_CACHE_DIR"] = str(Path("cache").resolve())
    sys.path.insert(0, sys.argv[2])
    for name in (*PLATFORMS, "noarch"):
        (folder / name).mkdir(parents=True)
    pack_compiled(folder, folder / "none")
    asyncio.run(index_fs(folder))
    import conda_rattler

    status = 1
    try:
        check(folder, conda_rattler)
        status = 0
    finally:
        sys.stdout.flush()
        # Threads of rattler's may still run, and now and then kill a Python that ends as usual.
        if not status:
            os._exit(0)
