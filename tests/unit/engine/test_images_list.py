"""The engine's list of images while others remove some."""

from typing import Any

import pytest

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import list_images
from helpers.engine.endpoint import Endpoint


class _Refusing(Client):
    """An engine that refuses some times with the words that a removed image gives it."""

    def __init__(self, times: int, what: str) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))
        self.times, self.what = times, what

    def call(self, *_: str, **__: Any) -> Any:
        self.times -= 1
        if self.times >= 0:
            raise EngineError(self.what, status=404)
        return [{"Id": "sha256:1", "RepoTags": None, "Labels": None}]


_GONE = "failed to calculate size of image x: content digest sha256:c0: not found"


def test_an_image_that_goes_while_the_engine_counts_it_is_no_fault() -> None:
    assert [image.id for image in list_images(_Refusing(2, _GONE), {})] == ["sha256:1"]


@pytest.mark.parametrize(("times", "what"), [(1, "no room left"), (99, _GONE)])
def test_what_stays_refused_is_told(times: int, what: str) -> None:
    with pytest.raises(EngineError, match=what):
        list_images(_Refusing(times, what), {})
