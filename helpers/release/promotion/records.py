"""What environments ran, and what passed there; kept beside the image, in its registry.

Both stand in the annotations of manifests: the record of an environment under `<name>.history`, a
statement under `<name>.accepted.<digest>`. A statement says which image it is about (OCI's field
`subject`), so programs that ask a registry what refers to an image find it too.
"""

import json
from dataclasses import asdict, fields, replace
from typing import Any

from helpers.model.descriptor import Descriptor
from helpers.model.environments import Acceptance, Promoted, Record
from helpers.model.errors import HelpersError
from helpers.registry.repository import Repository
from helpers.release.moves import HISTORY_TAG
from helpers.release.promotion.places import Place

_RECORD = "application/vnd.helpers.environment"
_ACCEPTANCE = "application/vnd.helpers.acceptance"
_MOVES = "org.helpers.environment.moves"
_KEY = "org.helpers.environment.key"
_UNTIL = "org.helpers.environment.until"
_SAID = "org.helpers.acceptance"


def read_record(place: Place) -> Record:
    """What ran in an environment; nothing where nothing was promoted to it.

    Raises:
        HelpersError: the registry refuses, or what is there cannot be read.
    """
    said = place.repository.note(record_tag(place))
    try:
        moves = tuple(map(_promoted, json.loads(said.get(_MOVES, "[]"))))
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(place, record_tag(place)) from error
    return Record(moves, said.get(_KEY, ""), said.get(_UNTIL, ""))


def write_record(place: Place, record: Record, *, again: bool) -> None:
    """Write what runs in an environment.

    Args:
        again: the registry has a note of ours beside the image already.

    Raises:
        RegistryError: the registry refuses.
    """
    said = {
        _MOVES: json.dumps([_short(asdict(one)) for one in record.moves]),
        _KEY: record.key,
        _UNTIL: record.until,
    }
    place.repository.put_note(_RECORD, said, record_tag(place), again=again)


def record_tag(place: Place) -> str:
    """The tag of an environment's record."""
    return HISTORY_TAG.format(stage=place.name)


def read_acceptance(place: Place, digest: str) -> Acceptance | None:
    """The statement that a digest passed in an environment; None: there is none.

    Raises:
        HelpersError: the registry refuses, or what is there cannot be read.
    """
    tag = acceptance_tag(place, digest)
    said = place.repository.note(tag).get(_SAID)
    if said is None:
        return None
    try:
        given = json.loads(said)
        names = [field.name for field in fields(Acceptance)]
        found = Acceptance(**{name: str(given.get(name, "")) for name in names})
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(place, tag) from error
    # It could have been copied there from another image.
    return found if (found.environment, found.digest) == (place.name, digest) else None


def known_ends(place: Place, record: Record, named: str) -> Record:
    """The record, without its key where a statement says that its last promotion ended.

    The end of a promotion is not noted: it would be one more request. Only where the tag names what
    ran before, the registry is asked for the statement.

    Args:
        named: the digest that the environment's tag names; empty: nothing.

    Raises:
        HelpersError: the registry refuses, or what it has cannot be read.
    """
    last = record.last
    if last is None or not record.is_half_done(named):
        return record
    statement = read_acceptance(place, last.digest)
    ended = statement is not None and bool(last.when) and statement.promoted == last.when
    return replace(record, key="") if ended else record


def write_acceptance(repository: Repository, tag: str, one: Acceptance, about: Descriptor) -> None:
    """Write a statement beside the image that it is about.

    Raises:
        RegistryError: the registry refuses.
    """
    said = {_SAID: json.dumps(_short(asdict(one)))}
    repository.put_note(_ACCEPTANCE, said, tag, about=about)


def acceptance_tag(place: Place, digest: str) -> str:
    """The tag of a statement about a digest."""
    return f"{place.name}.accepted.{digest.partition(':')[2][:64]}"


def _promoted(given: Any) -> Promoted:
    texts = {name: str(given.get(name, "")) for name in ("digest", "tag", "when", "owner")}
    if not texts["digest"]:
        raise ValueError("a promotion of nothing")
    return Promoted(**texts, back=bool(given.get("back")))


def _short(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def _unreadable(place: Place, tag: str) -> HelpersError:
    return HelpersError(
        f"what is written of {place.name} cannot be read: another program wrote it",
        where=f"{place.target}:{tag}",
        fix=f"remove that tag from the registry, then {place.look}",
    )
