"""A session whose image another build replaces while its container is made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.containers import enter
from helpers.engine.containers import ImageGoneError
from tests.builders import make_host, make_repo


def test_a_session_is_opened_again_where_its_image_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    closed: list[str] = []

    @contextmanager
    def opened(*_: object) -> Iterator[str]:
        asked.append(len(asked))
        if len(asked) == 1:
            raise ImageGoneError("gone", status=404)
        yield "ready"
        closed.append("ready")

    monkeypatch.setattr(enter, "_open_session", opened)
    repo, host = make_repo(tmp_path / "repo"), make_host(tmp_path)
    client = cast(Any, None)
    item = repo.runnable_dir("app")
    with enter.open_session(client, repo, item, host, enter.Request(), print) as session:
        assert (cast(Any, session), asked, closed) == ("ready", [0, 1], [])
    assert closed == ["ready"]
