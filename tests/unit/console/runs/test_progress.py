"""What is shown while a run goes on."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from helpers.console.build_view import _BuildTable
from helpers.console.notices import tell_all
from helpers.console.runs import terminal as terminal_run_view
from helpers.console.runs.plain import PlainRunView
from helpers.console.runs.state import RunState, short_step
from helpers.console.runs.terminal import TerminalRunView
from helpers.console.tables import fitted
from helpers.engine.builds import readable_step
from helpers.model.events import (
    BuildEnded,
    BuildStarted,
    BuildStep,
    DirEnded,
    DirStateChanged,
    Event,
    Notice,
    ReleaseEnded,
    ReleaseStep,
    RunEnded,
    RunStarted,
    TestEnded,
    TestsCollected,
    Warned,
)
from helpers.model.results.results import DirResult, DirState, RunResult, TestCase, TestOutcome
from helpers.system.locate import TOOLCHAIN_ROOT

# What a step in words begins with.
_VERBS = ("install ", "make ", "compile ", "export ", "read ", "gather ", "copy ", "add ")
_LONG = "RUN pip install --no-cache-dir --requirement requirements.txt && python -m compileall /app"
_DIRS = (("apps/a", "a-1.0.0"), ("apps/b", "b-1.0.0"), (".", "shop-1.0.0"))


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _plain() -> tuple[PlainRunView, io.StringIO, _Clock]:
    stream, clock = io.StringIO(), _Clock()
    return PlainRunView(stream, "shop", clock), stream, clock


def _terminal(width: int, *events: Event) -> str:
    """The table as a terminal of that width shows it."""
    view = TerminalRunView(io.StringIO(), root_name="shop")
    view._console = Console(width=width, file=io.StringIO(), force_terminal=True, no_color=True)
    for event in events:
        view(event)
    console = Console(width=width, file=io.StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(view._render())
    return captured.get()


def _started(*events: Event) -> list[Event]:
    return [RunStarted("id", "tmp/id", _DIRS), *events]


def test_without_a_terminal_a_line_every_ten_seconds_says_what_runs() -> None:
    view, stream, clock = _plain()
    for event in _started(
        DirStateChanged("apps/a", DirState.BUILDING),
        BuildStep("apps/a", "RUN one", number="1"),
        DirStateChanged(".", DirState.TESTING),
        TestsCollected(".", 20),
        TestEnded(".", TestCase("t.py::a", TestOutcome.PASSED, 0.1)),
    ):
        view(event)
    stream.truncate(0)
    for second in range(1, 26):
        clock.now = float(second)
        view.tick()
    lines = stream.getvalue().replace("\0", "").splitlines()
    assert lines == [
        "[  10.0] apps/a building: RUN one (10 s); shop testing: 1 of 20 tests; 1 dir waiting",
        "[  20.0] apps/a building: RUN one (20 s); shop testing: 1 of 20 tests; 1 dir waiting",
    ]


def test_when_nothing_runs_no_line_says_so() -> None:
    view, stream, clock = _plain()
    for event in _started(DirEnded(DirResult("apps/a", DirState.PASSED))):
        view(event)
    before = stream.getvalue()
    clock.now = 60
    view.tick()
    assert stream.getvalue() == before


def test_a_release_says_which_step_takes_long() -> None:
    state = RunState()
    state.take(ReleaseStep("app", "push app:dev by its digest"), 1.0)
    assert state.going_on(31.0) == "app releasing: push app:dev by its digest (30 s)"


def test_what_is_no_dirs_own_is_shown_too() -> None:
    state = RunState()
    state.take(BuildStep("", "pulling debian:12"), 1.0)
    assert state.going_on(4.0) == "all: pulling debian:12 (3 s)"
    state.take(BuildStep("", "pulling debian:12", ended=True), 5.0)
    assert state.going_on(6.0) == ""


def test_equal_notices_are_one_line_with_their_dirs() -> None:
    stream = io.StringIO()
    with PlainRunView(stream, "shop") as view:
        for event in _started():
            view(event)
        for name in ("apps/a", "apps/b", ".", "libs/c"):
            view(Notice("starting services", name))
        for name in ("apps/a", "apps/b"):
            view(Warned("it is old", name, fix="build it"))
        view(RunEnded(RunResult("id", "tmp/id", (), 1.0)))
    lines = [line.partition("] ")[2] for line in stream.getvalue().splitlines()]
    assert lines.count("4 dirs (apps/a, apps/b, shop, libs/c): starting services") == 1
    assert lines.count("2 dirs (apps/a, apps/b): warning: it is old (fix: build it)") == 1
    assert stream.getvalue().count("starting services") == 1


def test_a_notice_that_comes_again_later_is_told_once_more_at_the_end() -> None:
    stream, clock = io.StringIO(), _Clock()
    with PlainRunView(stream, clock=clock) as view:
        view(Notice("starting services", "a"))
        clock.now = 2.0
        view.tick()
        for name in ("b", "c"):
            view(Notice("starting services", name))
            clock.now += 2.0
            view.tick()
    assert [line.partition("] ")[2] for line in stream.getvalue().splitlines()] == [
        "a: starting services",
        "2 dirs (b, c): starting services",
    ]


def test_equal_notices_of_one_command_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    tell_all([Notice("no tests", name) for name in "abcdef"] + [Notice("try again")] * 3)
    assert capsys.readouterr().err.splitlines() == [
        "6 dirs (a, b, c, d, ...): no tests",
        "try again (3 times)",
    ]


def test_equal_hints_are_one_line_of_the_summary() -> None:
    dirs = tuple(DirResult(name, DirState.PASSED, hints=("look here",)) for name in "abcd")
    view, stream, _ = _plain()
    view(RunEnded(RunResult("id", "tmp/id", dirs, 1.0)))
    assert "4 dirs (a, b, c, d): note: look here\n" in stream.getvalue()


def test_why_dirs_ran_again_is_told_once() -> None:
    why = "its inputs changed since its last pass"
    ran = [DirResult(name, DirState.PASSED, ran_because=why) for name in "ab"]
    empty = DirResult("c", DirState.NO_TESTS, ran_because="no pass is recorded")
    view, stream, _ = _plain()
    view(RunEnded(RunResult("id", "tmp/id", (*ran, DirResult("d", DirState.PASSED), empty), 1.0)))
    assert f"2 dirs (a, b): ran because {why}\n" in stream.getvalue()
    assert stream.getvalue().count("ran because") == 1


def test_the_step_that_runs_is_shown_and_not_the_one_that_ended() -> None:
    shown = _terminal(
        140,
        *_started(
            DirStateChanged("apps/a", DirState.BUILDING),
            BuildStep("apps/a", "RUN one", number="1"),
            BuildStep("apps/a", "RUN two", number="2"),
            BuildStep("apps/a", "RUN one", ended=True, number="1"),
        ),
    )
    assert "RUN two" in shown
    assert "RUN one" not in shown


def test_what_a_dir_waits_for_while_it_starts_is_its_step() -> None:
    events = _started(
        DirStateChanged("apps/a", DirState.STARTING),
        Notice("starting services", "apps/a"),
        Notice("installing apps/a as its build backend says", "apps/a"),
    )
    shown = _terminal(160, *events)
    assert "installing apps/a as its build backend says" in shown
    assert "starting services" not in shown
    testing = DirStateChanged("apps/a", DirState.TESTING)
    again = _terminal(160, *events, testing, Notice("trying again", "apps/a"))
    assert "installing" not in again
    assert "trying again" not in again


def test_a_state_of_two_words_is_one_state() -> None:
    shown = _terminal(140, *_started(DirEnded(DirResult("apps/a", DirState.NO_TESTS))))
    (row,) = [line for line in shown.splitlines() if "apps/a" in line]
    assert row.count("tests") == 1


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_keeps_its_states_and_shrinks_the_step(width: int) -> None:
    shown = _terminal(
        width,
        *_started(
            DirStateChanged("apps/a", DirState.BUILDING),
            BuildStep("apps/a", _LONG),
            DirEnded(DirResult("apps/b", DirState.NO_TESTS)),
        ),
    )
    lines = shown.splitlines()
    assert max(map(len, lines)) <= width
    assert any("apps/a" in line and "building" in line and "RUN pip" in line for line in lines)
    assert any("apps/b" in line and "no tests" in line for line in lines)
    assert any("shop" in line and "shop-1.0.0" in line and "waiting" in line for line in lines)


def _build_lines() -> list[str]:
    """The lines of the live table of a build whose names are long, at 80 columns."""
    table = _BuildTable(print, "shop")
    table(BuildStarted(".", "registry.example/some/long/name/shop:local-ann-1.0.0"))
    table(BuildStep(".", _LONG))
    console = Console(width=80, file=io.StringIO(), color_system=None)
    with console.capture() as captured:
        console.print(table.render(80))
    return captured.get().splitlines()


def test_the_table_of_builds_keeps_its_states_at_80_columns() -> None:
    row = _build_lines()[1]
    assert row.startswith("shop ")
    assert " building " in row
    assert len(row) <= 80


def _steps_of_the_dockerfile() -> list[str]:
    """The commands of the shared Dockerfile, as events name them."""
    text = (TOOLCHAIN_ROOT / "devops" / "Dockerfile").read_text().replace("\\\n", " ")
    return [readable_step(line) for line in text.splitlines() if line.startswith("RUN ")]


@pytest.mark.parametrize("step", _steps_of_the_dockerfile())
def test_each_step_of_the_shared_dockerfile_is_shown_in_words(step: str) -> None:
    shown = short_step(step)
    assert shown.startswith(_VERBS)
    assert "/" not in shown


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        (
            "RUN sh /run/in_build/with_settings.sh sh /run/in_build/install_packages.sh dot jq"
            " < /dev/null",
            "install dot jq",
        ),
        # As a dir's own Dockerfile has it.
        ("RUN A=1 /opt/mine/bin/make < /dev/null", "RUN A=1 /opt/mine/bin/make < /dev/null"),
        ("RUN poetry export > all.txt", "RUN poetry export > all.txt"),
        ("COPY --from=a /made/layer/ /", "COPY --from=a /made/layer/ /"),
    ],
)
def test_a_step_says_what_is_a_dirs_own(step: str, shown: str) -> None:
    assert short_step(step) == shown


def test_a_live_table_leaves_room_for_what_ctrl_c_writes_behind_it() -> None:
    rows = [
        *_build_lines(),
        *_terminal(
            80, *_started(DirStateChanged("apps/a", DirState.BUILDING), BuildStep("apps/a", _LONG))
        ).splitlines(),
    ]
    assert max(map(len, rows)) <= 80 - len("^C")


def test_columns_give_way_in_their_order() -> None:
    assert fitted([10, 20, 30], 60, [(2, 5), (1, 5)]) == [10, 20, 30]
    assert fitted([10, 20, 30], 45, [(2, 5), (1, 5)]) == [10, 20, 15]
    assert fitted([10, 20, 30], 30, [(2, 5), (1, 5)]) == [10, 15, 5]
    assert fitted([10, 3, 30], 10, [(1, 5)]) == [10, 3, 30]


def test_the_root_is_called_by_the_repos_name_and_commands_take_its_path() -> None:
    test = TestCase("tests/t.py::b", TestOutcome.FAILED, 0.1, "1 != 2", file="tests/t.py", line=3)
    root = DirResult(".", DirState.FAILED, tests=(test,), root_name="shop")
    view, stream, _ = _plain()
    for event in _started(
        DirStateChanged(".", DirState.TESTING), TestEnded(".", test), Notice("look", "."),
        DirEnded(root), RunEnded(RunResult("id", "tmp/id", (root,), 1.0)),
    ):  # fmt: skip
        view(event)
    shown = stream.getvalue()
    for line in ("shop: testing", "shop: failed tests/t.py::b", "shop: look", "=== shop: 1 failed"):
        assert line in shown
    assert "./main_pytest.py --dir . --suite all -- tests/t.py::b" in shown
    assert "  at: tests/t.py:3" in shown
    assert " .: " not in shown


def _ended(terminal: bool, repo: Path | None, monkeypatch: pytest.MonkeyPatch) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=terminal, color_system="standard" if terminal else None,
        width=120,
    )  # fmt: skip
    monkeypatch.setattr(terminal_run_view, "Console", lambda **_: console)
    test = TestCase("t.py::b", TestOutcome.FAILED, 0.1, "m", "trace", "t.py", 7,
                    raised_in="t.py", raised_at=9)  # fmt: skip
    item = DirResult("my apps", DirState.FAILED, tests=(test,))
    with TerminalRunView(stream, repo) as view:
        view(RunEnded(RunResult("id", "tmp/id", (item,), 1.0)))
    return stream.getvalue()


def test_where_a_test_failed_is_a_link_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _ended(True, Path("/repo"), monkeypatch)
    assert ";file:///repo/my%20apps/t.py#9\x1b\\my apps/t.py:9" in shown
    assert ";file:///repo/tmp/id/report.html\x1b\\tmp/id/report.html" in shown


@pytest.mark.parametrize(("terminal", "repo"), [(False, Path("/repo")), (True, None)])
def test_without_links_it_is_plain_text(
    terminal: bool, repo: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _ended(terminal, repo, monkeypatch)
    assert "my apps/t.py:9" in shown
    assert "\x1b]8" not in shown


def test_what_a_release_is_done_with_is_not_said_to_run() -> None:
    state = RunState("shop")
    state.take(ReleaseStep("apps/a", "check that 1.0.0 is free"), 1)
    state.take(BuildStarted("apps/a", "a:1.0.0"), 2)
    assert state.going_on(4) == "apps/a releasing (3 s)"
    state.take(BuildEnded("apps/a", "a:1.0.0", 3.0), 5)
    state.take(ReleaseStep("apps/a", "test in a:1.0.0"), 5)
    state.take(RunStarted("1", "tmp", (("apps/a", "a:1.0.0"),)), 6)
    state.take(DirStateChanged("apps/a", DirState.TESTING), 7)
    assert state.going_on(9) == "apps/a testing (2 s)"
    state.take(DirEnded(DirResult("apps/a", DirState.PASSED)), 10)
    state.take(ReleaseStep("apps/a", "push it"), 10)
    assert state.going_on(12) == "apps/a releasing: push it (2 s)"
    state.take(ReleaseEnded("apps/a"), 13)
    assert state.going_on(14) == ""
