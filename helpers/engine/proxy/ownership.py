"""Ask the engine who owns a container, network, volume, image or exec."""

import re
from urllib.parse import quote

from helpers.engine.client import EngineError
from helpers.engine.proxy.requests import NO_SUCH, Engine, Json, Refused, Rules, refusal

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_IMAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/-]*\Z")
_FIRST_SERVER_ERROR = 500
_BAD_GATEWAY = 502

# Networks of the engine that any container may be in, besides none at all.
SHARED_NETWORKS = ("bridge", "default", "none")


def find(engine: Engine, path: str) -> Json:
    """The engine's description of an object; None if there is none.

    Raises:
        Refused: it cannot say.
    """
    try:
        return engine.get(path)
    except EngineError as error:
        status = error.status if 0 < error.status < _FIRST_SERVER_ERROR else _BAD_GATEWAY
        raise Refused(status, error.what) from error


def own_container(rules: Rules, engine: Engine, name: str) -> Json:
    """A container of this socket's, by name, id or the id's beginning.

    Raises:
        Refused: there is none; others' are not told from what is not there.
    """
    found = find(engine, f"/containers/{_quoted(name)}/json")
    if found is None or not rules.owns(found["Config"]["Labels"]):
        raise _missing(rules, "container", name)
    return found


def any_container(engine: Engine, name: str) -> Json:
    """A container, whosesoever.

    Raises:
        Refused: there is none.
    """
    found = find(engine, f"/containers/{_quoted(name)}/json")
    if found is None:
        raise Refused(NO_SUCH, f"No such container: {name}")
    return found


def own_exec(rules: Rules, engine: Engine, name: str) -> None:
    """Hold that an exec runs in a container of this socket's.

    Raises:
        Refused: it does not.
    """
    found = find(engine, f"/exec/{_quoted(name)}/json")
    if found is None:
        raise _missing(rules, "exec instance", name)
    try:
        own_container(rules, engine, found["ContainerID"])
    except Refused as error:
        raise _missing(rules, "exec instance", name) from error


def own_network(rules: Rules, engine: Engine, name: str) -> Json:
    """A network of this socket's.

    Raises:
        Refused: there is none.
    """
    found = find(engine, f"/networks/{_quoted(name)}")
    if found is None or not rules.owns(found["Labels"]):
        raise _missing(rules, "network", name)
    return found


def usable_network(rules: Rules, engine: Engine, name: str) -> Json:
    """A network that containers may join: own, this run's, or the engine's bridge.

    Raises:
        Refused: there is none.
    """
    if name in ("host", "nat"):
        raise refusal(rules, f"the network {name}")
    found = find(engine, f"/networks/{_quoted(name)}")
    if found is None:
        raise _missing(rules, "network", name)
    joined = bool(rules.network) and found["Name"] == rules.network
    if not (joined or found["Name"] in SHARED_NETWORKS or rules.owns(found["Labels"])):
        raise _missing(rules, "network", name)
    return found


def own_volume(rules: Rules, engine: Engine, name: str) -> None:
    """Hold that a volume is this socket's.

    Raises:
        Refused: it is not.
    """
    found = find(engine, f"/volumes/{_quoted(name)}")
    if found is None or not rules.owns(found["Labels"]):
        raise _missing(rules, "volume", name)


def free_volume(rules: Rules, engine: Engine, name: str) -> None:
    """Refuse a volume that exists and is not this socket's.

    Raises:
        Refused: it is another's.
    """
    found = find(engine, f"/volumes/{_quoted(name)}")
    if found is not None and not rules.owns(found["Labels"]):
        raise refusal(rules, f"the volume {name}, which is not this run's own")


def make_volume(rules: Rules, engine: Engine, name: str) -> None:
    """Make a volume with the labels, unless it is there with them.

    The engine makes what a bind names without any label, so it would be nobody's.

    Raises:
        Refused: it is another's.
    """
    free_volume(rules, engine, name)
    body = {"Name": name, "Labels": dict(rules.labels)}
    try:
        made = engine.call("POST", "/volumes/create", body=body)
    except EngineError as error:
        raise Refused(error.status or _BAD_GATEWAY, error.what) from error
    # The engine answers with what is there already, should another have been faster.
    if not rules.owns(made["Labels"]):
        raise refusal(rules, f"the volume {name}, which is not this run's own")


def exposed_ports(engine: Engine, name: str) -> set[str]:
    """The ports that an image exposes, as `80/tcp`.

    Raises:
        Refused: there is no such image; clients pull it then.
    """
    found = find(engine, f"/images/{_quoted_image(name)}/json")
    if found is None:
        raise Refused(NO_SUCH, f"No such image: {name}")
    return set((found.get("Config") or {}).get("ExposedPorts") or {})


def own_image(rules: Rules, engine: Engine, name: str) -> None:
    """Hold that an image was made through this socket.

    Raises:
        Refused: it was not.
    """
    found = find(engine, f"/images/{_quoted_image(name)}/json")
    if found is None or not rules.owns(found["Config"].get("Labels")):
        raise _missing(rules, "image", name)


def free_image(rules: Rules, engine: Engine, name: str) -> None:
    """Refuse an image name that exists and is not this socket's.

    Raises:
        Refused: it is another's.
    """
    found = find(engine, f"/images/{_quoted_image(name)}/json")
    if found is not None and not rules.owns(found["Config"].get("Labels")):
        raise refusal(rules, f"the name {name} of an image that is not this run's own")


def _missing(rules: Rules, kind: str, name: str) -> Refused:
    return Refused(NO_SUCH, f"No such {kind} of this run: {name} (policy {rules.policy})")


def _quoted(name: str) -> str:
    # A name from a body may hold anything, and must not become another path.
    plain = name.removeprefix("/")
    if not _NAME.match(plain):
        raise Refused(NO_SUCH, f"No such thing: {name}")
    return plain


def _quoted_image(name: str) -> str:
    if not _IMAGE_NAME.match(name) or "//" in name or ".." in name:
        raise Refused(NO_SUCH, f"No such image: {name}")
    return quote(name, safe="/:@")
