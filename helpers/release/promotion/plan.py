"""What a promotion does, or the way back: decided here, carried out in `carry_out`."""

import time
from collections.abc import Iterator
from typing import ClassVar

from helpers.model.dataclass import dataclass
from helpers.model.environments import Promoted, Record, running
from helpers.model.errors import HelpersError
from helpers.model.times import deadline
from helpers.release.index import Index, read_index
from helpers.release.owner import Owner, now
from helpers.release.promotion import refusals
from helpers.release.promotion.places import Place, Places
from helpers.release.promotion.records import (
    known_ends,
    read_acceptance,
    read_record,
    record_tag,
)
from helpers.release.promotion.releases import (
    Asked,
    Chosen,
    find_release,
    not_in_registry,
    release_tag,
)
from helpers.release.step_kinds import KeepTag, NamedVersion, Step
from helpers.release.targets import ReleaseTarget


@dataclass(frozen=True, slots=True)
class CopyImage(Step):
    """Copy an image to another registry, by its digest."""

    says: ClassVar[str] = "copy {0.digest} from {0.source} to {0.image}; it stays the same"
    source: str
    image: str
    digest: str


@dataclass(frozen=True, slots=True)
class NotePromotion(Step):
    """Write into the record who moves the tag to what."""

    says: ClassVar[str] = "note {0.promoted} in {0.record}"
    record: str
    promoted: Promoted


@dataclass(frozen=True, slots=True)
class ConfirmNote(Step):
    """Make sure that nobody else wrote the record."""

    says: ClassVar[str] = "check that nobody else promotes to it"


@dataclass(frozen=True, slots=True)
class MoveEnvironment(Step):
    """Move the tag of an environment, whatever it names.

    Attributes:
        change: from what to what.
    """

    says: ClassVar[str] = "move {0.change}, read it back"
    change: str

    @property
    def done(self) -> str:
        """The message once it is done."""
        return f"moved {self.change}"


@dataclass(frozen=True, slots=True)
class EndNote(Step):
    """Write into the record that all is done."""

    says: ClassVar[str] = "note in {0.record} that it is done"
    record: str


@dataclass(frozen=True, slots=True)
class PromotionPlan:
    """A promotion, or the way back, before it is done.

    Attributes:
        source: where the image is.
        moves: those of the record, with what is to run as the last.
        now: what the tag names; None: nothing.
        record: the record as it was found.
        read_at: when that was, by the monotonic clock.
        is_done: the record says so, and the tag names it.
        again: the registry has a note of ours beside the image already.
        written: the record says so already, and only its end is missing.
    """

    place: Place
    index: Index
    source: ReleaseTarget
    moves: tuple[Promoted, ...]
    now: Promoted | None
    owner: Owner
    record: Record
    read_at: float
    is_done: bool = False
    again: bool = True
    written: bool = False

    @property
    def wanted(self) -> Promoted:
        """What is to run."""
        return self.moves[-1]

    @property
    def said(self) -> str:
        """What was done, for people."""
        return self._keep.done if self.is_done and not self.written else self._move.done

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        image, record = str(self.place.target), f"{self.place.target}:{record_tag(self.place)}"
        if self.is_done and not self.written:
            yield self._keep
            return
        if not self.is_done:
            if str(self.source) != image:
                yield CopyImage(str(self.source), image, self.wanted.digest)
            yield NotePromotion(record, self.wanted)
            yield ConfirmNote()
            yield self._move
        if self.wanted.back:
            yield EndNote(record)

    @property
    def _move(self) -> MoveEnvironment:
        return MoveEnvironment(f"{self.place} from {self.now or 'nothing'} to {self.wanted}")

    @property
    def _keep(self) -> KeepTag:
        named = NamedVersion(self.wanted.digest, self.wanted.tag)
        return KeepTag(str(self.place.target), self.place.name, named)


def plan_promotion(places: Places, to: str, asked: Asked, owner: Owner) -> PromotionPlan:
    """Decide what is promoted to an environment: only reads.

    Raises:
        HelpersError: it may not run there, somebody else promotes, or a registry refuses.
    """
    asked.check()
    place = places.find(to)
    before = places.before(place)
    chosen = _accepted(places, before, place, asked) if before else find_release(places, asked)
    read_at, record, named = _read_place(place)
    known = known_ends(place, record, named)
    _check_free(place, known, named, owner)
    moves = known.happened(named)
    now_there = Record(moves).find(named) if named else None
    # What came by other means is put there again, so that it is known who did; and what is to stay
    # where another promotion did not end.
    is_known = now_there is not None and bool(now_there.when) and not known.is_half_done(named)
    is_done = is_known and named == chosen.digest
    if not is_done:
        moves = (*moves, Promoted(chosen.digest, chosen.tag, now(), owner.name))
    # A release left notes of its own where it was released to.
    again = bool(record.moves) or str(places.released) == str(place.target)
    return PromotionPlan(
        *(place, chosen.index, chosen.source, moves, now_there, owner),
        record=record,
        read_at=read_at,
        is_done=is_done,
        again=again,
    )


def plan_back(places: Places, to: str, owner: Owner) -> PromotionPlan:
    """Decide what an environment goes back to: what ran there before what runs now; only reads.

    Raises:
        HelpersError: nothing did, somebody else promotes, or a registry refuses.
    """
    place = places.find(to)
    read_at, record, named = _read_place(place)
    known = known_ends(place, record, named)
    _check_free(place, known, named, owner)
    last = record.last
    resumed = bool(last and last.back and record.key == owner.key)
    if last and resumed and named == last.digest:
        moves = record.moves
    else:
        moves = known.happened(named)
        there = running(moves)
        if len(there) < 2:
            raise refusals.nothing_before(place, there)
        found = there[-2]
        moves = (*moves, Promoted(found.digest, found.tag, now(), owner.name, back=True))
        resumed = False
    index = read_index(place.repository, moves[-1].digest)
    if index is None:
        raise not_in_registry(places, place.target, moves[-1].digest)
    now_there = Record(moves).find(named) if named else None
    return PromotionPlan(
        *(place, index, place.target, moves, now_there, owner),
        record=record,
        read_at=read_at,
        is_done=resumed,
        written=resumed,
    )


def _accepted(places: Places, before: Place, place: Place, asked: Asked) -> Chosen:
    """What passed in the environment before; of the last one, only what runs there now.

    Raises:
        HelpersError: it did not pass there, or does not run there.
    """
    current = read_index(before.repository, before.name)
    statement = read_acceptance(before, current.descriptor.digest) if current else None
    wanted_tag = release_tag(places, asked.version) if asked.version else ""
    if current and _is_meant(current, statement.tag if statement else "", asked, wanted_tag):
        if statement:
            return Chosen(current, statement.tag, before.target)
        ran = read_record(before).find(current.descriptor.digest)
        raise refusals.not_accepted(places, before, ran or Promoted(current.descriptor.digest))
    if not asked.digest and not asked.version:
        raise refusals.runs_nothing(places, before, place)
    return _accepted_earlier(places, before, place, asked, current)


def _is_meant(current: Index, tag: str, asked: Asked, wanted_tag: str) -> bool:
    """Whether what runs is what the user asks for; nothing else is asked for, then it is."""
    if asked.digest:
        return asked.digest == current.descriptor.digest
    return not wanted_tag or wanted_tag == tag


def _accepted_earlier(
    places: Places, before: Place, place: Place, asked: Asked, current: Index | None
) -> Chosen:
    """What is asked for by its digest or version, and is not known to run there now."""
    record = read_record(before)
    tag = release_tag(places, asked.version) if asked.version else ""
    wanted = record.find(asked.digest, tag)
    if wanted is None and asked.digest:
        if read_index(before.repository, asked.digest) is None:
            raise not_in_registry(places, before.target, asked.digest)
        wanted = Promoted(asked.digest)
    runs = current.descriptor.digest if current else ""
    if wanted is None:
        raise refusals.never_ran(places, before, tag, record.find(runs))
    if places.is_last(place) and wanted.digest != runs:
        if not current:
            raise refusals.runs_nothing(places, before, place)
        raise refusals.runs_another(before, place, record.find(runs) or Promoted(runs), wanted)
    statement = read_acceptance(before, wanted.digest)
    if statement is None:
        raise refusals.not_accepted(places, before, wanted)
    index = read_index(before.repository, wanted.digest)
    if index is None:
        raise not_in_registry(places, before.target, wanted.digest)
    return Chosen(index, statement.tag, before.target)


def _read_place(place: Place) -> tuple[float, Record, str]:
    """When an environment's record was read, the record, and the digest that its tag names.

    The record is read last: how long we wait for rivals follows from how long it was from there to
    the end of our note (see `registry.settling`).
    """
    named = named_digest(place)
    read_at = time.monotonic()
    record = read_record(place)
    if record.last and record.last.digest != named:
        # Whoever moves the tag notes it first, and may have moved it between the two reads.
        named = named_digest(place)
    return read_at, record, named


def _check_free(place: Place, record: Record, named: str, owner: Owner) -> None:
    """Make sure that nobody else moves the tag.

    Raises:
        HelpersError: somebody does.
    """
    last = record.last
    if last is None or record.key == owner.key or (last.digest == named and not last.back):
        return
    if record.is_open(place.repository.now()):
        raise busy(place, record)


def busy(place: Place, record: Record) -> HelpersError:
    """The error for a tag that somebody else moves."""
    last = record.last
    who, what = (last.owner, str(last)) if last else ("somebody", "another image")
    return HelpersError(
        f"{who} promotes {what} to {place.name}",
        where=f"{place.target}:{record_tag(place)}, until {deadline(record.until)} at the latest",
        fix=f"wait until that is done, then look with {place.look}",
    )


def named_digest(place: Place) -> str:
    """The digest that an environment's tag names; empty: nothing."""
    found = place.repository.resolve(place.name)
    return found.digest if found else ""
