"""Shared files of many checkouts: which are listed, and what is told of each."""

from pathlib import Path

import pytest

from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.repos.open_repos import open_repos
from helpers.sync.shared_files import Look
from helpers.sync.sync_checkouts import (
    SyncedCheckout,
    SyncOutcome,
    SyncRequest,
    act_on_all,
    look_at_all,
)
from helpers.sync.synced_checkout import SyncPlace
from helpers.vcs.listed_repos import ListedRepo
from tests.builders import make_repo

_RECORD = FileChange(".helpers_sync.yaml", None, None)


def _standing(path: str, drift: Drift, *, changes: bool, conflict: str = "") -> Standing:
    change = FileChange(path, None, "new\n") if changes else None
    conflicts = (conflict,) if conflict else ()
    return Standing(ManagedFile(path, path, "ci", Mode.WHOLE), drift, "", change, conflicts)


def _checkout(root: Path, *standings: Standing) -> SyncedCheckout:
    place = SyncPlace(root, "tools", "a" * 40)
    return SyncedCheckout("shop", root, Look(place, standings, _RECORD))


def test_what_cannot_be_looked_at_says_so_of_itself(tmp_path: Path) -> None:
    plain = make_repo(tmp_path / "plain").root
    repos = [ListedRepo("gone", tmp_path / "gone"), ListedRepo("plain", plain)]
    gone, other = look_at_all(open_repos(repos, lambda _: None), SyncRequest())
    assert (gone.found, other.found) == (None, None)
    assert gone.error is not None
    assert gone.error.what == "there is no directory gone"
    assert other.error is not None
    assert other.error.what == "the repo does not have the toolchain as a submodule"
    assert [one.error for one in act_on_all([gone, other], SyncRequest(), dry_run=False)] == [
        gone.error,
        other.error,
    ]


@pytest.mark.parametrize(
    ("standings", "text"),
    [
        ((), "nothing to do"),
        ((_standing("a", Drift.IN_STEP, changes=False),), "nothing to do"),
        ((_standing("a", Drift.NEW, changes=True),), "1 file would be written"),
        (
            (
                _standing("a", Drift.NEW, changes=True),
                _standing("b", Drift.UPSTREAM, changes=True),
                _standing("c", Drift.HERE, changes=False),
                _standing("d", Drift.GONE, changes=False),
            ),
            "2 files would be written; left: c, d",
        ),
    ],
)
def test_a_dry_run_says_what_would_be_written(
    tmp_path: Path, standings: tuple[Standing, ...], text: str
) -> None:
    found = act_on_all([_checkout(tmp_path, *standings)], SyncRequest(), dry_run=True)
    assert found == [SyncOutcome("shop", text)]
    assert not list(tmp_path.iterdir())


def test_where_somebody_must_decide_nothing_is_written(tmp_path: Path) -> None:
    checkout = _checkout(
        tmp_path,
        _standing("a", Drift.NEW, changes=True),
        _standing("b", Drift.BOTH, changes=True, conflict="lines"),
    )
    (found,) = act_on_all([checkout], SyncRequest(), dry_run=False)
    assert found == SyncOutcome("shop", "conflict, nothing was written: b", decide=True)
    assert not list(tmp_path.iterdir())


def test_what_is_in_step_then_is_counted(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path, _standing("ci/a", Drift.NEW, changes=True))
    (found,) = act_on_all([checkout], SyncRequest(), dry_run=False)
    assert found == SyncOutcome("shop", "1 file written")
    assert (tmp_path / "ci" / "a").read_text() == "new\n"


def test_a_file_that_changed_meanwhile_fails_its_checkout_alone(tmp_path: Path) -> None:
    roots = [tmp_path / name for name in ("one", "two")]
    for root in roots:
        root.mkdir()
    (roots[0] / "a").write_text("mine\n")
    checkouts = [_checkout(root, _standing("a", Drift.NEW, changes=True)) for root in roots]
    failed, done = act_on_all(checkouts, SyncRequest(), dry_run=False)
    assert failed.error is not None
    assert "changed while" in failed.error.what
    assert done.text == "1 file written"
    assert (roots[0] / "a").read_text() == "mine\n"
