"""Look at the containers of a checkout: what they use, what they write."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.containers.inventory import OwnContainer, list_own
from helpers.engine.client import Client, EngineError
from helpers.engine.logs import read_logs
from helpers.engine.stats import read_usage
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.results.usage import Usage, cpu_share

# Name of a container -> the last look at it.
Looks = Mapping[str, Usage]
_AT_ONCE = 16
_NO_SUCH = 404


@dataclass(frozen=True, slots=True)
class Measured:
    """A container that runs and what it uses; `cpu` is None until it was looked at twice."""

    container: OwnContainer
    usage: Usage
    cpu: float | None


def measure_own(
    client: Client, repo: Repo, name: str = "", before: Looks | None = None, *, stack: str = ""
) -> list[Measured]:
    """The containers of a checkout, or of a dir, that run, with what they use.

    Args:
        stack: only those of the stack of this file.
        before: earlier looks: how much of a processor a container has shows between two.

    Raises:
        EngineError: the engine does not answer.
    """
    own = _of_dir(client, repo, name, stack)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        looks = list(pool.map(lambda item: read_usage(client, item.name), own))
    earlier = before or {}
    return [
        Measured(
            item, usage, cpu_share(earlier[item.name], usage) if item.name in earlier else None
        )
        for item, usage in zip(own, looks, strict=True)
        if usage is not None
    ]


def looks_of(measured: list[Measured]) -> Looks:
    """What to compare the next look with."""
    return {item.container.name: item.usage for item in measured}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose lines are shown, and which.

    Attributes:
        dir: whose containers are meant; empty: every dir's.
        stack: only those of the stack of this file.
        tail: only so many of the last lines of each.
        follow: until all of them end.
    """

    dir: str = ""
    stack: str = ""
    tail: int | None = None
    follow: bool = False


def show_logs(
    client: Client, repo: Repo, asked: Asked, write: Callable[[bool, bytes], None]
) -> int:
    """Pass on the lines that containers wrote; return how many containers there are.

    Of several, each line starts with the name of its container.

    Raises:
        EngineError: the engine does not answer.
    """
    own = _of_dir(client, repo, asked.dir, asked.stack)
    lock = threading.Lock()

    def show(item: OwnContainer) -> None:
        prefix = f"{item.name}: ".encode() if len(own) > 1 else b""
        lines = _Lines(prefix, write, lock)
        try:
            read_logs(client, item.name, lines.add, tail=asked.tail, follow=asked.follow)
        except EngineError as error:
            if error.status != _NO_SUCH:  # it is gone: it writes nothing more
                raise
        lines.end()

    if asked.follow and len(own) > 1:
        _side_by_side(show, own)
    else:
        for item in own:
            show(item)
    return len(own)


def _side_by_side(show: Callable[[OwnContainer], None], own: Sequence[OwnContainer]) -> None:
    errors: list[Exception] = []

    def show_one(item: OwnContainer) -> None:
        try:
            show(item)
        except (HelpersError, OSError) as error:
            errors.append(error)

    # Threads that an interrupt does not wait for: the process ends with them.
    threads = [threading.Thread(target=show_one, args=(item,), daemon=True) for item in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class _Lines:
    """Passes on whole lines, so that those of several containers never mix."""

    def __init__(
        self, prefix: bytes, write: Callable[[bool, bytes], None], lock: threading.Lock
    ) -> None:
        self._prefix = prefix
        self._write = write
        self._lock = lock
        self._rest = {False: b"", True: b""}

    def add(self, is_error: bool, data: bytes) -> None:
        """Pass on the lines that are complete now."""
        *lines, self._rest[is_error] = (self._rest[is_error] + data).split(b"\n")
        with self._lock:
            for line in lines:
                self._write(is_error, self._prefix + line + b"\n")

    def end(self) -> None:
        """Pass on the last line if it has no line end."""
        for is_error, rest in self._rest.items():
            if rest:
                self.add(is_error, b"\n")


def _of_dir(client: Client, repo: Repo, name: str, stack: str) -> list[OwnContainer]:
    own = (item for item in list_own(client, repo) if not name or item.dir == name)
    return [item for item in own if not stack or item.stack == stack]
