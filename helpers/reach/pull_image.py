"""An image on a host: the one that it has already, or one that it pulls from the driver."""

import base64
import json
from collections.abc import Iterable

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import find_image
from helpers.model.dataclass import dataclass
from helpers.reach.image_server import REPOSITORY, USER, Offered


@dataclass(frozen=True, slots=True)
class Registry:
    """The driver's registry as a host reaches it.

    Attributes:
        port: on the host's loopback; 0: there is none, since the engine is the driver's own.
    """

    port: int
    password: str


def ensure_pulled(client: Client, registry: Registry, offered: Offered) -> str:
    """The id of an image on an engine, which pulls it where it has not got it.

    Raises:
        EngineError: it cannot be pulled.
    """
    known = _known(client, (offered.manifest, offered.config))
    if known:
        return known
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
    raise EngineError(f"the host could not pull an image: {last}", where=name)


def _known(client: Client, names: Iterable[str]) -> str:
    found = (find_image(client, name) for name in names)
    return next((image.id for image in found if image), "")
