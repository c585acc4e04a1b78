"""An image on a host: the one that it has already, or one that it pulls from the driver.

What is pulled gets a name of the checkout and the dir, by which it is found and removed: later runs
of the checkout use it, until the dir has another image.
"""

import base64
import json
from collections.abc import Callable, Iterable
from contextlib import suppress

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import find_image, list_names, tag_image, untag_image
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.reach.image_server import REPOSITORY, USER, Offered

# What pulled images are called: below it, the checkout and the dir.
_KEPT = "helpers-hosted"
_KEPT_PATTERN = f"{_KEPT}/*/*"
# Until they have that name, or where a run was killed before.
_PULLED_PATTERN = f"127.0.0.1:*/{REPOSITORY}"
# Instead of a dir: no dir has a dot in its slug.
OF_WORKER = "worker.image"
_NO_SPACE = "no space left on device"


@dataclass(frozen=True, slots=True)
class Registry:
    """The driver's registry as a host reaches it.

    Attributes:
        port: on the host's loopback; 0: there is none, since the engine is the driver's own.
        host: what people call the host.
        checkout: the name there of the checkout whose images they are.
    """

    port: int
    password: str
    host: str = ""
    checkout: str = ""


def ensure_pulled(
    client: Client,
    registry: Registry,
    offered: Offered,
    of: str,
    free: Callable[[], int | None],
) -> str:
    """The id of an image on an engine, which pulls it where it has not got it.

    Args:
        of: the slug of the dir whose image it is.
        free: asks how many bytes are free on the engine's disk; None: not known.

    Raises:
        EngineError: it cannot be pulled.
        HelpersError: the disk there is too small.
    """
    found = _known(client, (offered.manifest, offered.config))
    found = found or _pull(client, registry, offered, free)
    _keep(client, kept_name(registry, of, offered), found)
    return found


def kept_name(registry: Registry, of: str, offered: Offered) -> str:
    """What an image that was pulled is called.

    Args:
        of: the slug of the dir whose image it is.
    """
    return f"{_KEPT}/{registry.checkout}/{of}:{offered.manifest.removeprefix('sha256:')[:12]}"


def pulled_names(client: Client) -> list[str]:
    """The names of all that runs have pulled to an engine."""
    patterns = (_KEPT_PATTERN, _PULLED_PATTERN)
    return [name for pattern in patterns for name, _ in list_names(client, pattern)]


def _pull(
    client: Client, registry: Registry, offered: Offered, free: Callable[[], int | None]
) -> str:
    name = f"127.0.0.1:{registry.port}/{REPOSITORY}"
    login = {"username": USER, "password": registry.password, "serveraddress": name}
    sent = base64.urlsafe_b64encode(json.dumps(login).encode()).decode()
    said = client.read(
        "POST",
        "/images/create",
        query={"fromImage": name, "tag": offered.manifest},
        headers={"X-Registry-Auth": sent},
    )
    found = _known(client, (f"{name}@{offered.manifest}", offered.manifest, offered.config))
    if found:
        return found
    last = (said.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
    if _NO_SPACE in last:
        raise _too_small(registry.host, offered.size, free())
    raise EngineError(f"the host could not pull an image: {last}", where=name)


def _too_small(host: str, size: int, free: int | None) -> HelpersError:
    lacks = size - (free or 0)
    missing = f": {_megabytes(lacks)} are missing" if free is not None and lacks > 0 else ""
    return HelpersError(
        f"the disk of its engine has no room for an image of {_megabytes(size)}{missing}",
        where=f"host {host}",
        fix=f"i hosts_clean --hosts {host}",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _keep(client: Client, kept: str, image: str) -> None:
    """Give an image the name of a dir's; other images of the dir lose theirs, unless in use."""
    if _known(client, [kept]) == image:
        return
    tag_image(client, image, kept)
    name = kept.rpartition(":")[0]
    former = [one for one in list_names(client, name) if "@" not in one[0] and one[0] != kept]
    pulled = [one for one in list_names(client, _PULLED_PATTERN) if one[1] == image]
    for old, of in (*former, *pulled):
        with suppress(EngineError):
            untag_image(client, old, of)


def _known(client: Client, names: Iterable[str]) -> str:
    found = (find_image(client, name) for name in names)
    return next((image.id for image in found if image), "")
