"""What was rolled back: who, when, from what to what; kept beside the image, in its registry.

It stands in the annotations of a manifest under the tag `<stage>.history`. Whoever writes it holds
the image's lock, so nothing is lost between two who write.
"""

import json

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.registry.repository import Repository

_ARTIFACT = "application/vnd.helpers.history"
_MOVES = "org.helpers.history.moves"
HISTORY_TAG = "{stage}.history"
# Registries take manifests of some megabytes; this stays far below one.
_MOST = 1000


def read_moves(repository: Repository, stage: Stage) -> list[TagMove]:
    """The rollbacks of an image, oldest first.

    Raises:
        RegistryError: the registry refuses.
    """
    said = repository.note(HISTORY_TAG.format(stage=stage)).get(_MOVES, "[]")
    try:
        return [TagMove(stage, *(str(part) for part in one)) for one in json.loads(said)]
    except (TypeError, ValueError) as error:
        raise HelpersError(
            "the history of rollbacks cannot be read",
            where=f"{repository.name}:{HISTORY_TAG.format(stage=stage)}",
            fix="remove that tag from the registry: it is written anew by the next rollback",
        ) from error


def add_move(repository: Repository, move: TagMove) -> None:
    """Write that a rollback is done; the same one again, after an end in the middle, is one.

    Raises:
        RegistryError: the registry refuses.
    """
    there = read_moves(repository, move.stage)
    if there and (there[-1].owner, there[-1].before, there[-1].after) == (
        move.owner,
        move.before,
        move.after,
    ):
        there.pop()
    _write(repository, move.stage, [*there, move])


def drop_move(repository: Repository, move: TagMove) -> None:
    """Take back what `add_move` wrote: the rollback did not happen.

    Raises:
        RegistryError: the registry refuses.
    """
    there = read_moves(repository, move.stage)
    if move in there:
        there.remove(move)
        _write(repository, move.stage, there)


def _write(repository: Repository, stage: Stage, moves: list[TagMove]) -> None:
    said = [[one.when, one.owner, one.before, one.after] for one in moves[-_MOST:]]
    repository.put_note(_ARTIFACT, {_MOVES: json.dumps(said)}, HISTORY_TAG.format(stage=stage))
