from collections.abc import Callable

import pytest

from helpers.managed_files.blocks import put_block
from helpers.managed_files.repo_record import Applied
from helpers.managed_files.three_way import FileToPlan, Here, WantedText, plan_file
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing, Take

_OLD, _NEW, _COMMIT = "a" * 40, "b" * 40, "c" * 40


def _ask(
    mode: Mode,
    here: str | None,
    shared: str,
    base: str | None,
    *,
    link: str = "",
    take: Take = Take.NEITHER,
    asked: Callable[[], str] | None = None,
) -> Standing:
    """How a file stands; `base` is what was last applied."""
    path = "a.toml" if mode is Mode.KEYS else "a.cfg"
    applied = Applied(mode, _NEW if base == shared else _OLD, _COMMIT) if base is not None else None
    return plan_file(
        FileToPlan(
            ManagedFile(path, f"shared/{path}", "x", mode),
            WantedText(shared, _NEW, _COMMIT),
            Here(here, link),
            applied,
            asked or (lambda: base or ""),
            take,
            target=f"../tools/shared/{path}",
            names=("here", "shared"),
        )
    )


_LINES = "1\n2\n3\n4\n5\n6\n7\n8\n9\n"
_OURS, _THEIRS = _LINES.replace("1", "ours"), _LINES.replace("9", "theirs")
_FIGHT = _LINES.replace("9", "ours")


@pytest.mark.parametrize("mode", [Mode.WHOLE, Mode.BLOCK])
@pytest.mark.parametrize(
    ("here", "shared", "base", "state", "after"),
    [
        (None, _LINES, None, Drift.NEW, _LINES),
        (_LINES, _LINES, None, Drift.IN_STEP, None),
        (_LINES, _LINES, _LINES, Drift.IN_STEP, None),
        (_LINES, _THEIRS, _LINES, Drift.UPSTREAM, _THEIRS),
        (_OURS, _LINES, _LINES, Drift.HERE, None),
        (_OURS, _THEIRS, _LINES, Drift.BOTH, _OURS.replace("9", "theirs")),
        (_THEIRS, _THEIRS, _LINES, Drift.IN_STEP, None),
        (None, _LINES, _LINES, Drift.GONE, None),
    ],
)
def test_texts(
    mode: Mode,
    here: str | None,
    shared: str,
    base: str | None,
    state: Drift,
    after: str | None,
) -> None:
    if mode is Mode.BLOCK and here is not None:
        here = put_block("mine\n", "a.cfg", here)
    found = _ask(mode, here, shared, base)
    assert (found.drift, found.conflicts) == (state, ())
    if mode is Mode.BLOCK and after is not None:
        after = put_block("mine\n" if here else None, "a.cfg", after)
    assert (found.change.after if found.change else None) == after


@pytest.mark.parametrize(
    ("take", "after"),
    [
        (Take.NEITHER, f"{_LINES[:-2]}<<<<<<< here\nours\n=======\ntheirs\n>>>>>>> shared\n"),
        (Take.OWN, _FIGHT),
        (Take.SHARED, _THEIRS),
    ],
)
def test_a_conflict_of_texts(take: Take, after: str) -> None:
    found = _ask(Mode.WHOLE, _FIGHT, _THEIRS, _LINES, take=take)
    assert bool(found.conflicts) == (take is Take.NEITHER)
    assert (found.change.after if found.change else _FIGHT) == after
    assert found.record.startswith(f"identical {_NEW}")


def test_markers_of_a_conflict_are_found_and_resolved() -> None:
    marked = _ask(Mode.WHOLE, _FIGHT, _THEIRS, _LINES).change
    assert marked is not None
    found = _ask(Mode.WHOLE, marked.after, _THEIRS, _THEIRS)
    assert (found.drift, found.change, bool(found.conflicts)) == (Drift.CONFLICT, None, True)
    for take, text in ((Take.OWN, _FIGHT), (Take.SHARED, _THEIRS)):
        resolved = _ask(Mode.WHOLE, marked.after, _THEIRS, _THEIRS, take=take)
        assert resolved.change is not None
        assert (resolved.change.after, resolved.resolves) == (text, True)


def test_what_was_taken_out_and_changed_upstream_is_a_conflict() -> None:
    found = _ask(Mode.WHOLE, None, _THEIRS, _LINES)
    assert (found.drift, found.conflicts, found.change) == (
        Drift.GONE,
        ("the whole file",),
        None,
    )
    assert found.record == ""


def test_the_base_is_asked_for_only_when_it_is_needed() -> None:
    def fail() -> str:
        raise HelpersError("it is not in the history")

    for mode in (Mode.WHOLE, Mode.BLOCK):
        same = put_block(None, "a.cfg", _LINES) if mode is Mode.BLOCK else _LINES
        assert _ask(mode, same, _LINES, _OURS, asked=fail).drift is Drift.IN_STEP
    with pytest.raises(HelpersError, match="not in the history"):
        _ask(Mode.WHOLE, _OURS, _THEIRS, _LINES, asked=fail)


def test_what_was_applied_in_another_mode_is_no_base() -> None:
    question = FileToPlan(
        ManagedFile("a.cfg", "s", "x", Mode.WHOLE),
        WantedText(_LINES, _NEW, _COMMIT),
        Here(_OURS),
        Applied(Mode.BLOCK, _NEW, _COMMIT),
        lambda: "",
    )
    assert plan_file(question).drift is Drift.NEW


_LINK = "../tools/shared/a.cfg"


@pytest.mark.parametrize(
    ("text", "link", "base", "state", "writes", "decide_it"),
    [
        (None, "", None, Drift.NEW, True, False),
        (None, _LINK, None, Drift.IN_STEP, False, False),
        (None, "../tools/old/a.cfg", _LINES, Drift.UPSTREAM, True, False),
        (None, "../elsewhere", _LINES, Drift.HERE, False, False),
        (None, "../elsewhere", None, Drift.NEW, False, True),
        (_LINES, "", None, Drift.NEW, True, False),
        (_OURS, "", None, Drift.NEW, False, True),
        (_OURS, "", _LINES, Drift.HERE, False, False),
        (None, "", _LINES, Drift.GONE, False, False),
    ],
)
def test_links(
    text: str | None, link: str, base: str | None, state: Drift, writes: bool, decide_it: bool
) -> None:
    found = _ask(Mode.LINK, text, _LINES, base, link=link)
    assert (found.drift, bool(found.conflicts)) == (state, decide_it)
    assert (found.change.after if found.change else None) == (_LINK if writes else None)
    taken = _ask(Mode.LINK, text, _LINES, base, link=link, take=Take.SHARED)
    assert (taken.change is None) == (link == _LINK)


def test_a_link_in_the_place_of_a_file_is_an_error() -> None:
    with pytest.raises(HelpersError, match="is a link, and is shared as a file") as caught:
        _ask(Mode.WHOLE, None, _LINES, None, link="../x")
    assert caught.value.fix.startswith("rm a.cfg && i sync_apply")


@pytest.mark.parametrize(
    ("here", "shared", "base", "state", "after", "conflicts"),
    [
        (None, "a = 1\n", None, Drift.NEW, "a = 1\n", ()),
        ("b = 1\n", "a = 1\n", None, Drift.NEW, "b = 1\na = 1\n", ()),
        ("a = 2\n", "a = 1\n", None, Drift.NEW, None, ("a",)),
        ("a = 1\n", "a = 1\n", None, Drift.IN_STEP, None, ()),
        ("a = 1\n", "a = 2\n", "a = 1\n", Drift.UPSTREAM, "a = 2\n", ()),
        ("a = 1\nb = 1\n", "b = 1\n", "a = 1\nb = 1\n", Drift.UPSTREAM, "b = 1\n", ()),
        ("a = 3\n", "a = 1\n", "a = 1\n", Drift.HERE, None, ()),
        ("a = 3\n", "a = 2\n", "a = 1\n", Drift.BOTH, None, ("a",)),
        ("a = 3\n", "a = 1\nb = 1\n", "a = 1\n", Drift.BOTH, "a = 3\nb = 1\n", ()),
        (None, "a = 1\n", "a = 1\n", Drift.GONE, None, ()),
    ],
)
def test_keys(
    here: str | None,
    shared: str,
    base: str | None,
    state: Drift,
    after: str | None,
    conflicts: tuple[str, ...],
) -> None:
    found = _ask(Mode.KEYS, here, shared, base)
    assert (found.drift, found.conflicts) == (state, conflicts)
    assert (found.change.after if found.change else None) == after


def test_a_file_that_concerns_only_who_has_it_is_not_made() -> None:
    question = FileToPlan(
        ManagedFile("a.toml", "s.toml", "x", Mode.KEYS, where_present=True),
        WantedText("a = 1\n", _NEW, _COMMIT),
        Here(None),
        None,
        lambda: "",
    )
    found = plan_file(question)
    assert (found.drift, found.change, found.in_step) == (Drift.ABSENT, None, True)


@pytest.mark.parametrize("mode", [Mode.WHOLE, Mode.BLOCK])
def test_how_lines_end_is_the_repos(mode: Mode) -> None:
    here = put_block("mine\n", "a.cfg", _LINES) if mode is Mode.BLOCK else _LINES
    windows = here.replace("\n", "\r\n")
    assert _ask(mode, windows, _LINES, _LINES).drift is Drift.IN_STEP
    change = _ask(mode, windows, _THEIRS, _LINES).change
    assert change is not None
    assert (change.before, change.after) == (windows, windows.replace("9", "theirs"))
