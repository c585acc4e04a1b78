"""What a single command tells of a dir."""

import pytest

from helpers.console.notices import tell
from helpers.model.events import BuildStarted, Notice, Warned


def test_the_root_is_called_by_the_repos_name_and_other_dirs_by_their_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    events = (
        Notice("one", "."),
        Warned("two", ".", fix="three"),
        BuildStarted(".", "image"),
        Notice("four", "apps/x"),
        Notice("five"),
    )
    for event in events:
        tell(event, "demo")
    assert capsys.readouterr().err.splitlines() == [
        "demo: one",
        "demo: warning: two",
        "demo:   fix: three",
        "demo: building image",
        "apps/x: four",
        "five",
    ]
