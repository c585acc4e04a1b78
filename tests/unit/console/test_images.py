"""Tables of images: both numbers of each."""

import pytest

from helpers.console.images import print_history, print_images
from helpers.model.images.name import Stage
from helpers.model.images.published import ListedImage, PublishedVersion
from helpers.model.version import Version

_SHOWN = {"container": "1.0.1", "release": "0.10.0"}


def _columns(said: str) -> dict[str, str]:
    """The cells of the only row below their heads."""
    head, row = said.splitlines()[:2]
    return {name: row[head.index(name) :].split("  ")[0] for name in _SHOWN}


def test_images_are_shown_with_both_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    nothing: frozenset[str] = frozenset()
    here, tags = ("here",), frozenset({"v0.10.0"})
    image = ListedImage("apps/a", nothing, tags, here, here, "1.0.1", "0.10.0", 7, nothing, "")
    print_images([image])
    assert _columns(capsys.readouterr().out) == _SHOWN


def test_releases_are_shown_with_both_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    release = PublishedVersion(
        stage=Stage.PROD,
        version=Version(1, 0, 1),
        release="0.10.0",
        tag="v0.10.0",
        digest="sha256:ab",
        current=True,
        released="2026-01-01T10:00:00",
        owner="ann",
        commit="c0ffee",
        forced="the house burns",
        platforms=("linux/arm64",),
        size=7,
        ids=frozenset(),
    )
    print_history([("r.example/a", release)])
    said = capsys.readouterr().out
    assert _columns(said) == _SHOWN
    assert said.endswith("r.example/a:v0.10.0 was forced: the house burns\n")
