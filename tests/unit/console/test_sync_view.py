"""How shared files stand, as a table, and what to type for each."""

import re
import shlex

import pytest

from helpers.console.sync_view import print_applied, print_checkouts, print_standings
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing

_CHANGE = FileChange("it's a.txt", "a\n", "b\n")


def _standing(
    drift: Drift,
    mode: Mode = Mode.WHOLE,
    *,
    change: FileChange | None = None,
    conflicts: tuple[str, ...] = (),
    detail: str = "",
) -> Standing:
    return Standing(ManagedFile("it's a.txt", "s", "team", mode), drift, detail, change, conflicts)


@pytest.mark.parametrize(
    ("drift", "fix"),
    [
        (Drift.IN_STEP, ""),
        (Drift.OPTED_OUT, ""),
        (Drift.ABSENT, ""),
        (Drift.NEW, "fix: i sync_apply\n"),
        (Drift.UPSTREAM, "fix: i sync_apply\n"),
        (Drift.BOTH, "fix: i sync_apply\n"),
        (Drift.HERE, "change it in the toolchain instead; or take the shared one: i sync_apply"),
        (Drift.GONE, "bring it back: i sync_apply --take shared"),
        (Drift.CONFLICT, "or take one side of all conflicts: i sync_apply --take own"),
    ],
)
def test_each_state_says_what_to_type(
    capsys: pytest.CaptureFixture[str], drift: Drift, fix: str
) -> None:
    print_standings([_standing(drift, detail="why")] * 2)
    said = capsys.readouterr().out
    assert said.count("fix: ") == bool(fix)
    assert fix in said
    assert ("opt_out:" in said) is (drift in (Drift.HERE, Drift.GONE))


@pytest.mark.parametrize("drift", [Drift.HERE, Drift.GONE, Drift.CONFLICT])
@pytest.mark.parametrize("mode", list(Mode))
def test_a_command_names_the_file_as_one_word(
    capsys: pytest.CaptureFixture[str], drift: Drift, mode: Mode
) -> None:
    print_standings([_standing(drift, mode, conflicts=("lines",))])
    commands = re.findall(r"i sync_apply (--take \w+ --path .*?)(?:,|;|$)", capsys.readouterr().out)
    assert commands
    for command in commands:
        assert shlex.split(command)[2:] == ["--path", "it's a.txt"]


@pytest.mark.parametrize(
    ("standing", "line"),
    [
        (_standing(Drift.NEW, change=_CHANGE), "written: it's a.txt"),
        (
            _standing(Drift.BOTH, change=_CHANGE, conflicts=("lines",)),
            "written, with conflicts between <<<<<<< and >>>>>>>: it's a.txt",
        ),
        (
            _standing(Drift.BOTH, Mode.KEYS, change=_CHANGE, conflicts=("a.b",)),
            "conflict: it's a.txt: a.b: stays as it is here",
        ),
        (_standing(Drift.HERE, detail="why"), "left as it is: it's a.txt: changed here: why"),
        (_standing(Drift.GONE), "left as it is: it's a.txt: gone here"),
    ],
)
def test_what_was_written_left_or_must_be_decided_is_told(
    capsys: pytest.CaptureFixture[str], standing: Standing, line: str
) -> None:
    print_applied([standing])
    assert line in capsys.readouterr().out.splitlines()
    print_applied([standing], dry_run=True)
    assert not [one for one in capsys.readouterr().out.splitlines() if one.startswith("written")]


def test_of_many_repos_those_out_of_step_are_named_and_errors_stand_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        ("one", [_standing(Drift.IN_STEP)], None),
        ("two", [_standing(Drift.IN_STEP), _standing(Drift.OPTED_OUT, detail="ours")], None),
        ("three", [_standing(Drift.HERE)], None),
        ("four", None, HelpersError("no such directory", fix="correct the list")),
    ]
    print_checkouts(rows)
    said = capsys.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()] == [
        "repo", "one", "two", "three", "four",
    ]  # fmt: skip
    assert "it's a.txt  changed here" in said.out
    assert "four:" in said.err
    assert "correct the list" in said.err
