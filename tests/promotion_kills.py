"""Promotions that end at each of their requests by `kill -9`, and the same command after it.

python -m tests.promotion_kills FOLDER REGISTRY SECOND: a process of its own, since it forks.
Writes how many requests each of them takes.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from helpers.registry import settling
from helpers.registry.transport import RegistryAnswer, RegistryRequest, Transport
from tests.promotions import Shop, make_shop
from tests.registries import Registry

_SETTINGS = """\
registries:
  second: {second}/team
environments: [{{name: far, registry: second}}]
"""
_MOST = 60


def killed_at(request: int, work: Callable[[], object]) -> bool:
    """Do work in a process that is killed before it sends its nth request; False: it ended well."""
    child = os.fork()
    if not child:
        _work_until(request, work)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _work_until(request: int, work: Callable[[], object]) -> None:
    real, asked = Transport.exchange, 0

    def exchange(self: Transport, one: RegistryRequest, authorization: str = "") -> RegistryAnswer:
        nonlocal asked
        asked += 1
        if asked == request:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, one, authorization)

    Transport.exchange = exchange  # type: ignore[assignment, method-assign]
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def promotions(shop: Shop) -> int:
    """A promotion within one registry."""
    digests = [_accepted(shop, f"prod-1.{number}.0") for number in range(2)]
    shop.promote("staging", digest=digests[0])
    for request in range(1, _MOST):
        before, moves = shop.runs("staging"), shop.moves("staging")
        wanted = digests[request % 2]

        def promote(wanted: str = wanted) -> None:
            shop.promote("staging", digest=wanted)

        killed = killed_at(request, promote)
        assert shop.runs("staging") in (before, wanted)
        promote()
        assert shop.runs("staging") == wanted
        assert shop.moves("staging") == [*moves, (wanted, False)]
        if not killed:
            return request - 1
    raise AssertionError("it never ends")


def ways_back(shop: Shop) -> int:
    """The way back: it goes one back, and not two, whenever it was killed."""
    (first, second), _ = zip(*shop.moves("staging")[-2:], strict=True)
    for request in range(1, _MOST):
        moves = shop.moves("staging")

        def back() -> None:
            shop.back("staging")

        killed = killed_at(request, back)
        if killed:
            back()
        assert shop.runs("staging") == first
        assert shop.moves("staging") == [*moves, (first, True)]
        shop.promote("staging", digest=second)
        if not killed:
            return request - 1
    raise AssertionError("it never ends")


def copies(shop: Shop, second: Registry) -> int:
    """A promotion to another registry, each time of another image."""
    far = shop.repository(registry=second)
    for request in range(1, _MOST):
        wanted, before = shop.release(f"prod-2.{request}.0"), shop.runs("far", far)

        def promote(wanted: str = wanted) -> None:
            shop.promote("far", digest=wanted)

        killed = killed_at(request, promote)
        assert shop.runs("far", far) in (before, wanted)
        promote()
        assert shop.runs("far", far) == wanted
        assert len(shop.moves("far")) == request
        if not killed:
            return request - 1
    raise AssertionError("it never ends")


def _accepted(shop: Shop, tag: str) -> str:
    digest = shop.release(tag)
    shop.promote("integration", digest=digest)
    shop.accept("integration")
    return digest


def main(folder: str, registry: str, second: str) -> None:
    """Kill each of them everywhere."""
    settling.wait_for_rivals = lambda *_: None
    settling.is_late = lambda *_: False
    # Reading the certificates of the system takes longer than all requests of a promotion.
    Transport._answers_tls = lambda *_: False  # type: ignore[method-assign]
    own, other = (Registry(address, Path(folder)) for address in (registry, second))
    shop = make_shop(Path(folder) / "repo", own)
    distant = make_shop(Path(folder) / "distant", own, _SETTINGS.format(second=second))
    counts = promotions(shop), ways_back(shop), copies(distant, other)
    sys.stdout.write(" ".join(map(str, counts)))


if __name__ == "__main__":
    main(*sys.argv[1:])
