"""An engine that others use too: it has 200 of their images and 50 of their containers."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_IMAGES, _CONTAINERS = 200, 50
_NAME = "helpers-bench-others"
# An archive without files.
_EMPTY = bytes(10240)


@contextmanager
def busy_engine() -> Iterator[None]:
    """The engine in use, with images and containers of others for as long as the context lasts."""
    _remove()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(_import, range(_IMAGES)))
            list(pool.map(_create, range(_CONTAINERS)))
        yield
    finally:
        _remove()


def _import(number: int) -> None:
    # The label makes each an image of its own.
    label = f"LABEL number={number}"
    _docker("image", "import", "--change", label, "-", f"{_NAME}:{number}", given=_EMPTY)


def _create(number: int) -> None:
    _docker("create", "--name", f"{_NAME}-{number}", f"{_NAME}:{number}", "true")


def _remove() -> None:
    for kind, names in (
        ("container", [f"{_NAME}-{number}" for number in range(_CONTAINERS)]),
        ("image", [f"{_NAME}:{number}" for number in range(_IMAGES)]),
    ):
        subprocess.run(["docker", kind, "rm", "--force", *names], capture_output=True, check=False)


def _docker(*args: str, given: bytes = b"") -> None:
    subprocess.run(["docker", *args], input=given, capture_output=True, check=True)
