import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from helpers.system.lease import Lease, is_held


def _hold_until_killed(repo: Path, ready: Connection) -> None:
    Lease(repo, "name")
    ready.send("held")
    signal.pause()


def test_a_lease_ends_with_its_process_however_that_dies(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_hold_until_killed, args=(tmp_path, theirs)
    )
    process.start()
    assert ours.recv() == "held"
    assert is_held(tmp_path, "name")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not is_held(tmp_path, "name")


def test_a_lease_that_was_never_taken_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path, "name")


def test_of_several_that_share_only_the_last_one_is_last(tmp_path: Path) -> None:
    first, second = Lease(tmp_path, "name", shared=True), Lease(tmp_path, "name", shared=True)
    assert not first.is_last()
    first.release()
    assert second.is_last()


def test_a_lease_is_refused_while_another_holds_it(tmp_path: Path) -> None:
    with Lease(tmp_path, "name"), pytest.raises(BlockingIOError):
        Lease(tmp_path, "name", wait=False)


def test_git_does_not_see_the_folder(tmp_path: Path) -> None:
    Lease(tmp_path, "name").release()
    assert (tmp_path / "tmp.helpers" / ".gitignore").read_text() == "*\n"


def test_a_lease_whose_name_is_taken_once_leaves_no_file(tmp_path: Path) -> None:
    with Lease(tmp_path, "once", passing=True):
        assert is_held(tmp_path, "once")
    assert list((tmp_path / "tmp.helpers" / "leases").iterdir()) == []
    assert not is_held(tmp_path, "once")
