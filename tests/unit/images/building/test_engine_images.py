from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.engine.builds import BuildError
from helpers.images.building import engine_images
from helpers.images.building.engine_images import ensure_inner_engine_image
from tests.builders import make_host, make_repo

_TAKEN = 'ERROR: failed to solve: image "docker.io/library/helpers-inner-engine:1": already exists'


def _failing(line: str) -> Callable[..., None]:
    def build(*_: object) -> None:
        raise BuildError("the build failed with status 1", step="", lines=(line,))

    return build


@pytest.mark.parametrize(
    ("line", "there", "works"),
    [(_TAKEN, True, True), (_TAKEN, False, False), ("ERROR: no space", True, False)],
)
def test_an_engine_that_another_repo_built_meanwhile_is_as_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, there: bool, works: bool
) -> None:
    repo, host = make_repo(tmp_path), make_host(tmp_path)
    found = iter([None, object() if there else None])
    monkeypatch.setattr(engine_images, "find_image", lambda *_: next(found))
    monkeypatch.setattr(engine_images, "_build", _failing(line))
    if works:
        made = ensure_inner_engine_image(repo, host, lambda _: None)
        assert made.startswith("helpers-inner-engine:")
    else:
        with pytest.raises(BuildError):
            ensure_inner_engine_image(repo, host, lambda _: None)
