"""What ran in an environment, and what may run there next."""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime

from helpers.model.dataclass import dataclass
from helpers.model.descriptor import short_digest
from helpers.model.times import moment

# What commands that look at an environment are given its name by.
ENVIRONMENT_VARIABLE = "PROMOTE_ENVIRONMENT"
# Moves that are kept: far more than anybody goes back.
_MOST = 200


@dataclass(frozen=True, slots=True)
class Promoted:
    """A digest that an environment runs since.

    Attributes:
        tag: the tag of its release, such as `prod-1.2.0`; empty: none is known.
        when: ISO 8601; empty: its tag was moved by other means.
        owner: who promoted it.
        back: it was there before, and somebody went back to it.
    """

    digest: str
    tag: str = ""
    when: str = ""
    owner: str = ""
    back: bool = False

    def __str__(self) -> str:
        return (
            f"{self.tag} ({short_digest(self.digest)})" if self.tag else short_digest(self.digest)
        )

    @property
    def by(self) -> str:
        """Who promoted it, and when."""
        return (
            f"{self.owner}, {moment(self.when)}"
            if self.when
            else "by other means than this toolchain"
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What an environment ran, oldest first, and who moves its tag to the last of it.

    The record is written before the tag is moved. So it is also the lock: whoever finds that the
    tag does not name the last of the record, and that its time is not over, has to wait.

    Attributes:
        key: of the checkout that wrote the last one; empty: it has ended.
        until: when others may take over, ISO 8601.
    """

    moves: tuple[Promoted, ...] = ()
    key: str = ""
    until: str = ""

    @property
    def last(self) -> Promoted | None:
        """What the tag names, or is to name."""
        return self.moves[-1] if self.moves else None

    def is_open(self, now: datetime) -> bool:
        """Whether its writer has time left to move the tag."""
        try:
            return bool(self.key) and now < datetime.fromisoformat(self.until)
        except (TypeError, ValueError):  # no time, or one without its zone
            return False

    def is_half_done(self, named: str) -> bool:
        """Whether the tag names a digest, or nothing, as before the last move.

        That did not end then, or the tag was moved back by other means: the tag says no more.
        """
        return self.last is not None and self.last not in self.happened(named)

    def happened(self, named: str) -> tuple[Promoted, ...]:
        """The moves that were done, while the environment's tag names a digest, or nothing."""
        last = self.last
        if last is None or last.digest == named:
            return self.moves or ((Promoted(named),) if named else ())
        earlier = running(self.moves[:-1])
        if self.key and named == (earlier[-1].digest if earlier else ""):
            return self.moves[:-1]
        ran = self.find(named)
        by_hand = Promoted(named, ran.tag if ran else "")
        return (*self.moves, by_hand) if named else self.moves

    def with_move(self, moves: Sequence[Promoted], key: str, until: str) -> "Record":
        """The record that is written before the tag is moved to the last of the moves."""
        return replace(self, moves=tuple(moves[-_MOST:]), key=key, until=until)

    def find(self, digest: str = "", tag: str = "") -> Promoted | None:
        """The newest move of a digest, or of the tag of a release."""
        found = (
            one for one in reversed(self.moves) if digest == one.digest or (tag and tag == one.tag)
        )
        return next(found, None)


def running(moves: Sequence[Promoted]) -> list[Promoted]:
    """The moves that stand: who went back from one took it away."""
    found: list[Promoted] = []
    for one in moves:
        if one.back:
            while found and found[-1].digest != one.digest:
                found.pop()
            found = [*found[:-1], one]
        else:
            same = bool(found) and found[-1].digest == one.digest
            found = [*(found[:-1] if same else found), one]
    return found


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A statement that a digest passed in an environment.

    Attributes:
        by: who signed it off.
        when: ISO 8601.
        job: the address of the CI job; empty: a person did.
        command: what was run and passed; empty: nothing was.
        note: what the person says.
        promoted: when what is accepted had been promoted, as the record says it: that promotion
            ended. Empty: nothing says so.
    """

    environment: str
    digest: str
    tag: str
    by: str
    when: str
    job: str = ""
    command: str = ""
    note: str = ""
    promoted: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a dir runs in an environment.

    Attributes:
        now: what its tag names; None: nothing.
        wanted: what the last promotion was to bring, where the tag names what ran before: it did
            not end, or somebody moved the tag back by other means. None: the tag names it.
        finish: the command that ends it.
        keep: the one that notes that what runs now is to stay; empty: nothing runs, or it goes on.
        goes_on: it may be under way.
        accepted: the statement of what is there now.
    """

    dir: str
    environment: str
    now: Promoted | None = None
    wanted: Promoted | None = None
    finish: str = ""
    keep: str = ""
    goes_on: bool = False
    accepted: Acceptance | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How two environments of a dir differ.

    Attributes:
        names: of the two.
        runs: what each runs.
        values: by key, what each has; empty where it has none.
        files: where the values of each stand; empty: nowhere.
    """

    dir: str
    names: tuple[str, str]
    runs: tuple[Promoted | None, Promoted | None]
    files: tuple[str, str] = ("", "")
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
