"""One release at a time: the lock of an image, in a registry in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpers.model.images.name import ImageName, Stage
from helpers.registry import settling
from helpers.release.lock import Lock, LockedError, UnfinishedError, locked_tag
from helpers.release.owner import Owner
from helpers.release.targets import ReleaseTarget
from tests.memory_registry import MemoryRepository

ANN, BOB = Owner("k1", "ann@here"), Owner("k2", "bob@there")
WHAT = "app prod-1.1.0"


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> ReleaseTarget:
    monkeypatch.setattr(MemoryRepository, "every", {})
    monkeypatch.setattr(settling, "wait_for_rivals", lambda *_: None)
    repository: Any = MemoryRepository("r.example/team/app")
    return ReleaseTarget("default", ImageName("app", "r.example/team"), repository, "apps/app")


def test_while_it_is_held_another_release_is_refused_with_who_and_what(
    target: ReleaseTarget,
) -> None:
    with Lock(target, Stage.PROD, ANN, WHAT) as held:
        held.confirm()
        with pytest.raises(LockedError, match=f"ann@here is releasing it: {WHAT}") as caught:
            Lock(target, Stage.PROD, BOB, WHAT).check_free()
        assert caught.value.fix.endswith("look with i docker_history --dir apps/app")
        assert locked_tag(target.repository, Stage.PROD) == "prod-1.1.0"
        Lock(target, Stage.DEV, BOB, WHAT).check_free()  # another stage has a lock of its own
    Lock(target, Stage.PROD, BOB, WHAT).check_free()
    assert locked_tag(target.repository, Stage.PROD) == ""


def test_a_release_that_died_is_resumed_from_its_checkout_and_stops_others_for_a_while(
    target: ReleaseTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = Lock(target, Stage.PROD, ANN, WHAT)
    died._write()
    Lock(target, Stage.PROD, ANN, WHAT).check_free()
    with pytest.raises(LockedError):
        Lock(target, Stage.PROD, BOB, WHAT).check_free()
    later = datetime.now(UTC) + timedelta(minutes=16)
    monkeypatch.setattr(MemoryRepository, "now", lambda _: later)
    Lock(target, Stage.PROD, BOB, WHAT).check_free()


def test_the_slower_of_two_that_found_it_free_is_refused(target: ReleaseTarget) -> None:
    with Lock(target, Stage.PROD, ANN, WHAT) as slower:
        Lock(target, Stage.PROD, BOB, WHAT)._write()
        with pytest.raises(LockedError, match="bob@there"):
            slower.confirm()
    # What the other holds is not ended by the slower one.
    assert target.repository.note("prod.claim")["org.helpers.claim.key"] == "k2"


def test_what_published_something_and_was_not_ended_is_told_to_a_release_of_another_commit(
    target: ReleaseTarget,
) -> None:
    what = "app v1.1.0"
    died = Lock(target, Stage.PROD, ANN, what, "a" * 40)
    died._write()
    Lock(target, Stage.PROD, ANN, what, "b" * 40).check_free()  # nothing was published yet
    died.confirm()
    Lock(target, Stage.PROD, ANN, what, "a" * 40).check_free()
    assert locked_tag(target.repository, Stage.PROD) == "v1.1.0"
    with pytest.raises(UnfinishedError) as caught:
        Lock(target, Stage.PROD, ANN, "app v1.2.0", "b" * 40).check_free()
    ends, gives_up = caught.value.fix.splitlines()
    assert ends.startswith(f"git switch --detach {'a' * 12} && i release --dir apps/app ")
    assert gives_up.startswith("or i release --dir apps/app --version 1.2.0 ")
    # What fails after that is not ended, either.
    with (
        pytest.raises(ValueError, match="the index is down"),
        Lock(target, Stage.PROD, ANN, what, "a" * 40),
    ):
        raise ValueError("the index is down")
    with pytest.raises(UnfinishedError):
        Lock(target, Stage.PROD, ANN, what, "b" * 40).check_free()
    with Lock(target, Stage.PROD, ANN, what, "a" * 40) as held:
        held.confirm()
    Lock(target, Stage.PROD, ANN, what, "b" * 40).check_free()


def test_what_was_not_ended_may_hinder_nobody(target: ReleaseTarget) -> None:
    def _is_over(tag: str) -> bool:
        return tag == "v1.1.0"

    died = Lock(target, Stage.PROD, ANN, "app v1.1.0", "a" * 40)
    died._write()
    died.confirm()
    with Lock(target, Stage.PROD, ANN, "app v1.1.1", "b" * 40, is_over=_is_over) as held:
        held.confirm()
    Lock(target, Stage.PROD, ANN, "app v1.2.0", "c" * 40).check_free()


@pytest.mark.parametrize("until", ["soon", "", "2999-01-01", "2999-01-01T00:00:00"])
def test_a_lock_that_nobody_can_read_is_over(target: ReleaseTarget, until: str) -> None:
    said = {"org.helpers.claim.key": "k3", "org.helpers.claim.until": until}
    target.repository.put_note("", said, "prod.claim")
    Lock(target, Stage.PROD, BOB, WHAT).check_free()
