"""One release at a time: the lock of an image, in a registry in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpers.model.images.name import ImageName, Stage
from helpers.registry import settling
from helpers.release.lock import Lock, LockedError, locked_tag
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


@pytest.mark.parametrize("until", ["soon", "", "2999-01-01", "2999-01-01T00:00:00"])
def test_a_lock_that_nobody_can_read_is_over(target: ReleaseTarget, until: str) -> None:
    said = {"org.helpers.claim.key": "k3", "org.helpers.claim.until": until}
    target.repository.put_note("", said, "prod.claim")
    Lock(target, Stage.PROD, BOB, WHAT).check_free()
