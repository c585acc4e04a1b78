"""Take a stack down: whatever its file says now, all that it had is found by label."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from helpers.engine.client import Client, EngineError
from helpers.engine.compose_files import PROJECT
from helpers.engine.containers import list_containers
from helpers.engine.resources import CONTAINER, VOLUME, list_resources, remove_resource
from helpers.model.dataclass import dataclass
from helpers.stacks.stack import Stack

_AT_ONCE = 16
_GONE = 404


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of each were removed, and the names of the volumes that are kept."""

    containers: int = 0
    networks: int = 0
    volumes: int = 0
    kept: tuple[str, ...] = ()


def stop_stack(client: Client, stack: Stack, *, volumes: bool) -> Taken:
    """Stop and remove the stack's containers and networks; what is gone is as good.

    Args:
        volumes: with what they kept.

    Raises:
        EngineError: the engine does not answer.
    """
    mine = {PROJECT: stack.project}
    with stack.lease():
        running = [one.id for one in list_containers(client, mine) if one.running]
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            list(pool.map(partial(_stop, client), running))
        found = list_resources(client, mine)
        gone = [one for one in found if volumes or one.kind != VOLUME]
        for one in gone:
            remove_resource(client, one)
        kinds = [one.kind for one in gone]
        if volumes or not any(one.kind == VOLUME for one in found):
            stack.over.unlink(missing_ok=True)
    return Taken(
        kinds.count(CONTAINER),
        len(kinds) - kinds.count(CONTAINER) - kinds.count(VOLUME),
        kinds.count(VOLUME),
        tuple(one.id for one in found if one not in gone),
    )


def _stop(client: Client, id: str) -> None:
    """Let it end by itself, for as long as its own settings say."""
    try:
        client.call("POST", f"/containers/{id}/stop")
    except EngineError as error:
        if error.status != _GONE:
            raise
