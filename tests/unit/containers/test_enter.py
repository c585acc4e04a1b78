"""A session whose image another build replaces while its container is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from helpers.containers import enter
from helpers.engine.containers import ImageGoneError


def test_a_session_is_opened_again_where_its_image_went() -> None:
    asked: list[int] = []
    closed: list[str] = []

    @enter.again_while_the_image_goes
    @contextmanager
    def opened() -> Iterator[Any]:
        asked.append(len(asked))
        if len(asked) == 1:
            raise ImageGoneError("gone", status=404)
        yield "ready"
        closed.append("ready")

    with opened() as session:
        assert (cast(Any, session), asked, closed) == ("ready", [0, 1], [])
    assert closed == ["ready"]
