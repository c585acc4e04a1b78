"""Carry out a promotion: copy, note, make sure of it, move the tag."""

import time
from collections.abc import Callable
from datetime import timedelta

from helpers.model.environments import Record
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, ReleaseStep
from helpers.model.names import digest_of
from helpers.registry import settling
from helpers.release.index import put_tag
from helpers.release.promotion.places import Places
from helpers.release.promotion.plan import (
    ConfirmNote,
    CopyImage,
    EndNote,
    MoveEnvironment,
    NotePromotion,
    PromotionPlan,
    busy,
    named_digest,
)
from helpers.release.promotion.records import read_record, write_record
from helpers.release.step_kinds import KeepTag, Step
from helpers.system.lease import Lease

# More than a request takes, with its attempts.
_LASTS = timedelta(minutes=3)


def promote(places: Places, plan: Callable[[], PromotionPlan], listen: Listener) -> PromotionPlan:
    """Decide, and carry it out, while nobody else in this checkout does.

    Raises:
        HelpersError: it may not be, or a registry refuses; the same command goes on where this one
            ended.
    """
    name = f"promote-{digest_of(str(places.released), 12)}"
    try:
        held = Lease(places.repo.root, name, wait=False)
    except BlockingIOError:
        raise HelpersError(
            f"{places.item.name} is being promoted already from this checkout",
            where=str(places.repo.root),
            fix="wait until it is done",
        ) from None
    with held:
        made = plan()
        _Run(made, listen, places.item.name).carry_out()
        return made


class _Run:
    """A plan that is being carried out."""

    def __init__(self, plan: PromotionPlan, listen: Listener, dir: str) -> None:
        self._plan = plan
        self._listen = listen
        self._dir = dir
        self._record = Record(plan.moves)
        self._read_at = plan.read_at
        self._written_at = 0.0

    def carry_out(self) -> None:
        """Carry out all steps.

        Raises:
            HelpersError: one cannot be done.
        """
        for step in self._plan.steps:
            if not isinstance(step, KeepTag):  # that nothing moved is the result
                self._listen(ReleaseStep(self._dir, str(step)))
            self._take(step)

    def _take(self, step: Step) -> None:
        plan = self._plan
        place = plan.place
        match step:
            case CopyImage():
                # Imported here: few promotions copy, and this takes long to load.
                from helpers.release.promotion.copy_image import copy_image

                copy_image(plan.source.repository, place.repository, plan.index)
                self._look_again()
            case NotePromotion():
                until = (place.repository.now() + _LASTS).isoformat(timespec="seconds")
                self._record = Record().with_move(plan.moves, plan.owner.key, until)
                write_record(place, self._record, again=plan.again)
                self._written_at = time.monotonic()
            case ConfirmNote():
                self._confirm()
            case MoveEnvironment():
                put_tag(place.target, place.name, plan.index, place.look)
            case EndNote():
                write_record(place, Record().with_move(plan.moves, "", ""), again=True)
            case KeepTag():
                pass
            case _:
                raise NotImplementedError(step)

    def _look_again(self) -> None:
        """Make sure that nobody promoted while an image was copied, which may take minutes."""
        place, self._read_at = self._plan.place, time.monotonic()
        if read_record(place) != self._plan.record:
            raise self._overtaken("the image was copied")

    def _confirm(self) -> None:
        """Make sure that nobody else promotes: the record is the lock (see `registry.settling`)."""
        plan, place = self._plan, self._plan.place
        settling.wait_for_rivals(self._read_at, self._written_at)
        found = read_record(place)
        if found != self._record:
            raise busy(place, found)
        before = plan.now.digest if plan.now else ""
        if settling.is_late(self._written_at - self._read_at) and named_digest(place) != before:
            raise self._overtaken("the record was written")

    def _overtaken(self, meanwhile: str) -> HelpersError:
        place = self._plan.place
        return HelpersError(
            f"somebody promoted to {place.name} while {meanwhile}",
            where=str(place),
            fix=f"{place.look}, then the same command",
        )
