from pathlib import Path

import pytest

from helpers.model.events import BuildEnded, Event, FilesWritten
from helpers.tasks.builds import shown_builds
from tests.builders import make_host


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], "nothing changed"),
        ([BuildEnded("a", "one/a:1", 1, failed=True)], "nothing changed"),
        ([BuildEnded("a", "one/a:1", 1, changed=False)], "nothing changed"),
        ([BuildEnded("a", "one/a:1", 1)], "one/a:1 was built, and nothing else was"),
        (
            [FilesWritten("a", ("poetry.lock", "pyproject.toml"))],
            "poetry.lock of a was written, pyproject.toml of a was written, and nothing else was",
        ),
        ([FilesWritten(".", ("uv.lock",))], "uv.lock of one was written, and nothing else was"),
    ],
)
def test_an_interrupt_says_what_was_done_before_it(events: list[Event], said: str) -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        _interrupted_after(events)
    assert str(raised.value) == said


def _interrupted_after(events: list[Event]) -> None:
    with shown_builds(make_host(Path("/")), "one") as listen:
        for event in events:
            listen(event)
        raise KeyboardInterrupt
