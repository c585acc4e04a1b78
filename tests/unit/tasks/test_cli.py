"""The edge of tasks: what is asked, and how a job ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.system.host import Host
from helpers.tasks import cli
from tests.builders import make_host


def _person(tmp_path: Path) -> Host:
    return replace(make_host(tmp_path), is_terminal=True)


def _raise(error: BaseException) -> Callable[[Host], int]:
    def job(_: Host) -> int:
        raise error

    return job


@pytest.mark.parametrize(
    ("answer", "does", "out"),
    [("y", True, ""), (" YES ", True, ""), ("n", False, "left\n"), ("", False, "left\n")],
)
def test_only_yes_is_yes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    does: bool,
    out: str,
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert cli.agreed(_person(tmp_path), "do it?", "left", yes=False) is does
    assert capsys.readouterr().out == out


def test_the_end_of_the_input_is_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", end)
    assert not cli.agreed(_person(tmp_path), "do it?", "left", yes=False)
    assert capsys.readouterr().out == "\nleft\n"


def test_without_a_terminal_only_yes_in_advance_counts(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    assert cli.agreed(host, "do it?", "left", yes=True)
    with pytest.raises(HelpersError, match="cannot ask without a terminal") as caught:
        cli.agreed(host, "do it?", "left", yes=False, where="apps/a")
    assert caught.value.where == "apps/a"
    assert caught.value.fix == "add --yes, or --dry-run to look first"


def test_a_job_says_its_status() -> None:
    assert cli.status_of(lambda _: None, debug=False) == 0
    assert cli.status_of(lambda _: 3, debug=False) == 3


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (HelpersError("it is wrong", fix="i doctor"), "error: it is wrong\n  fix:   i doctor\n"),
        (OSError(28, "No space left on device"), "error: the system refused: No space left"),
    ],
)
def test_an_error_is_printed_without_a_traceback_and_ends_with_2(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.status_of(_raise(error), debug=False) == 2
    assert capsys.readouterr().err.startswith(said)
    with pytest.raises(type(error)):
        cli.status_of(_raise(error), debug=True)
    assert capsys.readouterr().err.startswith(said)


def test_an_interrupted_job_says_what_it_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.status_of(_raise(KeyboardInterrupt("nothing changed")), debug=False) == 130
    assert capsys.readouterr().err == "interrupted: nothing changed\n"
    assert cli.status_of(_raise(KeyboardInterrupt()), debug=False, interrupted=2) == 2
    assert capsys.readouterr().err == "interrupted\n"
