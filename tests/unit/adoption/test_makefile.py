"""A dir's `Makefile`: five targets for the five verbs, and nothing of anybody's is lost."""

import os
from pathlib import Path

import pytest

from helpers.adoption.makefile import NAME, makefile_text, plan_makefile
from helpers.model.errors import HelpersError
from helpers.system.process import run
from helpers.tasks.namespace import namespace

_TARGETS = ["dep", "build", "test", "run", "clean"]


def _make(folder: Path, *words: str, path: str) -> list[str]:
    (folder / NAME).write_text(makefile_text())
    done = run(["make", "-C", str(folder), *words], env={"PATH": path}, check=False)
    return [
        line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make")
    ]


def test_each_target_calls_its_verb_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "i"
    program.write_text('#!/bin/sh\necho "i $*"\n')
    program.chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    typed = [*_TARGETS, "ARGS=--once 3"]
    assert _make(tmp_path, *typed, path=path) == [
        "i dependency_install",
        "i docker_build_prod_image",
        "i run_tests",
        "i docker_run -- --once 3",
        "i docker_remove_image --version current",
    ]


def test_without_the_toolchain_make_says_what_to_type(tmp_path: Path) -> None:
    (said,) = _make(tmp_path, "dep", path="/usr/bin:/bin")
    assert "there is no i on PATH; fix: source setenv.sh" in said


def test_its_targets_are_the_verbs_that_i_lists() -> None:
    verbs = {item.verb for item in namespace.tasks.values() if getattr(item, "verb", "")}
    assert verbs == set(_TARGETS)


@pytest.mark.parametrize(("asked", "written"), [(True, True), (False, False), (None, False)])
def test_it_is_written_for_who_asks(tmp_path: Path, asked: bool | None, written: bool) -> None:
    changes = plan_makefile(tmp_path, "app", asked=asked)
    assert [change.path for change in changes] == ["app/Makefile"] * written


def test_one_that_is_ours_is_left_and_taken_out_again(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(makefile_text())
    assert plan_makefile(tmp_path, "app", asked=None) == []
    (gone,) = plan_makefile(tmp_path, "app", asked=False)
    assert gone.after is None


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    ("text", "says"),
    [("test:\n\tpytest\n", "is your own"), (makefile_text() + "own:\n", "was edited since")],
)
def test_one_that_is_somebodys_own_is_never_touched(
    tmp_path: Path, text: str, says: str, asked: bool
) -> None:
    (tmp_path / NAME).write_text(text)
    assert plan_makefile(tmp_path, "app", asked=None) == []
    with pytest.raises(HelpersError, match=says):
        plan_makefile(tmp_path, "app", asked=asked)
