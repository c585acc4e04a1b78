"""Check the definition of a new container, and add what every container gets."""

import os
from typing import Any

from helpers.engine.proxy.beneath import MINOR, mount_beneath
from helpers.engine.proxy.bodies import (
    check_keys,
    check_spelling,
    is_empty,
    objects,
    part,
    read_object,
    text,
    texts,
    write_object,
)
from helpers.engine.proxy.known_keys import (
    ENDPOINT,
    ENDPOINT_EMPTY,
    HOST,
    HOST_EMPTY,
    HOST_NULL,
    TOP,
    TOP_EMPTY,
)
from helpers.engine.proxy.mounts import check_mounts, is_inside, sources
from helpers.engine.proxy.ownership import exposed_ports, own_container, usable_network
from helpers.engine.proxy.requests import (
    BAD_REQUEST,
    NO_SUCH,
    Asked,
    Engine,
    Forward,
    Json,
    Refused,
    Rules,
)
from helpers.engine.proxy.requests import refusal as _refusal
from helpers.model.settings.socket_policy import SocketPolicy

JSON_TYPE = "application/json"

# Prefixes of a reference to an existing container.
_OF_CONTAINER = "container:"
_MINOR_WITH_SEVERAL_NETWORKS = 44
_MODES = {
    "IpcMode": ("", "none", "private", "shareable"),
    "PidMode": ("",),
    "CgroupnsMode": ("", "private"),
    "Isolation": ("", "default"),
}
_NO_NETWORK = ("host", "none")
_DEFAULT_NETWORK = ("", "default", "bridge")
_SECURITY = ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")
_LOG_DRIVERS = ("", "json-file", "local", "none")


def create_container(asked: Asked, rules: Rules, engine: Engine) -> Forward:
    """The container that may be created, with the labels and in the network.

    Raises:
        Refused: it asks for too much.
    """
    body = read_object(asked.body)
    check_spelling(body, TOP)
    host = part(body, "HostConfig")
    check_spelling(host, HOST)
    target = asked.target
    if rules.policy is SocketPolicy.OWN:
        _check_all(rules, engine, body)
        _publish_all(rules, engine, body)
        if mount_beneath(rules, engine, host):
            target = target.at_least(MINOR)
    body["Labels"] = rules.put_on(part(body, "Labels"))
    if join_network(rules, body):
        target = target.at_least(_MINOR_WITH_SEVERAL_NETWORKS)
    return Forward("POST", target, write_object(body), JSON_TYPE)


def _check_all(rules: Rules, engine: Engine, body: dict[str, Json]) -> None:
    try:
        check_keys(rules, body, TOP, TOP_EMPTY, "")
        check_host(rules, engine, part(body, "HostConfig"))
        _check_endpoints(rules, engine, body)
    except Refused as refused:
        if refused.status != NO_SUCH:
            raise
        # Clients take the other status for an image that they must pull.
        raise _refusal(rules, refused.message) from refused


def check_host(rules: Rules, engine: Engine, host: dict[str, Json]) -> None:
    """Hold that a new container gets nothing of the host; write what was checked.

    Raises:
        Refused: it would.
    """
    check_keys(rules, host, HOST | HOST_NULL, HOST_EMPTY, "")
    for key in HOST_NULL:
        if host.get(key) is not None:
            raise _refusal(rules, key)
    _check_modes(rules, engine, host)
    _check_security(rules, host)
    _check_others(rules, engine, host)
    _check_ports(rules, host)
    check_mounts(rules, engine, host)
    # Whose bind mounts are looked up only when it starts.
    others = [f"container {name}" for name in texts(host, "VolumesFrom")]
    check_restarts(rules, host, [*(source for source, _ in sources(host)), *others])


def check_restarts(rules: Rules, asked: dict[str, Json], bound: list[str]) -> None:
    """Hold that the engine never starts again by itself what has bind mounts below the repo.

    It would look up their paths again, and one may have become a link to elsewhere by then; the
    repo's root itself cannot be replaced from inside a container.

    Args:
        bound: the sources of the container's bind mounts.

    Raises:
        Refused: it would.
    """
    policy = part(asked, "RestartPolicy") if asked.get("RestartPolicy") is not None else {}
    check_keys(rules, policy, ("Name", "MaximumRetryCount"), (), "RestartPolicy: ")
    if text(policy, "Name") in ("", "no"):
        return
    root = os.path.realpath(rules.repo_root)
    below = [source for source in bound if not is_inside(root, source)]
    if below:
        raise _refusal(rules, f"a restart policy with a bind mount of {below[0]}")


def join_network(rules: Rules, body: dict[str, Json]) -> bool:
    """Add the network to those that a container asks for; whether it joins it."""
    mode = text(part(body, "HostConfig"), "NetworkMode")
    networking = part(body, "NetworkingConfig")
    check_spelling(networking, ("EndpointsConfig",))
    cannot = mode in _NO_NETWORK or mode.startswith(_OF_CONTAINER)
    if not rules.network or cannot or body.get("NetworkDisabled") is True:
        return False
    endpoints = part(networking, "EndpointsConfig")
    asked = "bridge" if mode in _DEFAULT_NETWORK else mode
    # Named, or the engine would take the added one for the only one.
    if not (asked == "bridge" and "default" in endpoints):
        endpoints.setdefault(asked, {})
    endpoints.setdefault(rules.network, {})
    return True


def check_endpoint(rules: Rules, endpoint: Json) -> None:
    """Hold that a place in a network is a plain one.

    Raises:
        Refused: it is not.
    """
    if endpoint is None:
        return
    if not isinstance(endpoint, dict):
        raise Refused(BAD_REQUEST, "a network's settings must be an object")
    check_keys(rules, endpoint, ENDPOINT, ENDPOINT_EMPTY, "networks: ")
    # Fields that the engine fills in, which could name a network a second time.
    endpoint.pop("NetworkID", None)
    endpoint.pop("EndpointID", None)


def _check_endpoints(rules: Rules, engine: Engine, body: dict[str, Json]) -> None:
    networking = part(body, "NetworkingConfig")
    check_keys(rules, networking, ("EndpointsConfig",), (), "NetworkingConfig: ")
    for name, endpoint in part(networking, "EndpointsConfig").items():
        if name != "default":
            usable_network(rules, engine, name)
        check_endpoint(rules, endpoint)


def _check_modes(rules: Rules, engine: Engine, host: dict[str, Json]) -> None:
    for key, allowed in _MODES.items():
        mode = text(host, key)
        if key in ("IpcMode", "PidMode") and mode.startswith(_OF_CONTAINER):
            host[key] = _of_own(rules, engine, mode)
        elif mode not in allowed:
            raise _refusal(rules, f"{key} {mode}")
    mode = text(host, "NetworkMode")
    if mode.startswith(_OF_CONTAINER):
        host["NetworkMode"] = _of_own(rules, engine, mode)
    elif mode == "host":
        raise _refusal(rules, "NetworkMode host")
    elif mode not in (*_DEFAULT_NETWORK, "none"):
        usable_network(rules, engine, mode)


def _of_own(rules: Rules, engine: Engine, mode: str) -> str:
    name = mode.removeprefix(_OF_CONTAINER)
    return _OF_CONTAINER + str(own_container(rules, engine, name)["Id"])


def _check_security(rules: Rules, host: dict[str, Json]) -> None:
    for option in texts(host, "SecurityOpt"):
        if option not in _SECURITY:
            raise _refusal(rules, f"SecurityOpt {option}")
    score: Any = host.get("OomScoreAdj") or 0
    if not isinstance(score, int) or score < 0:
        raise _refusal(rules, f"OomScoreAdj {score}")
    log = part(host, "LogConfig") if host.get("LogConfig") is not None else {}
    check_keys(rules, log, ("Type", "Config"), (), "LogConfig: ")
    if text(log, "Type") not in _LOG_DRIVERS:
        raise _refusal(rules, f"LogConfig of type {log['Type']}")


def _check_others(rules: Rules, engine: Engine, host: dict[str, Json]) -> None:
    given = []
    for entry in texts(host, "VolumesFrom"):
        name, colon, mode = entry.partition(":")
        given.append(f"{own_container(rules, engine, name)['Id']}{colon}{mode}")
    if given:
        host["VolumesFrom"] = given
    for entry in texts(host, "Links"):
        own_container(rules, engine, entry.partition(":")[0])


def _publish_all(rules: Rules, engine: Engine, body: dict[str, Json]) -> None:
    """Name each port that `PublishAllPorts` means: the engine publishes them at all addresses.

    Raises:
        Refused: the image is not there.
    """
    host = part(body, "HostConfig")
    if not host.get("PublishAllPorts"):
        return
    exposed = set(part(body, "ExposedPorts"))
    exposed |= exposed_ports(engine, text(body, "Image"))
    bindings = part(host, "PortBindings")
    for port in sorted(exposed | set(bindings)):
        if not bindings.get(port):
            bindings[port] = [{"HostIp": rules.host_ip, "HostPort": ""}]
    host["PublishAllPorts"] = False


def _check_ports(rules: Rules, host: dict[str, Json]) -> None:
    ports = host.get("PortBindings")
    if is_empty(ports) and not isinstance(ports, dict):
        return
    bindings = part(host, "PortBindings")
    for port in bindings:
        for binding in objects(bindings, port):
            check_keys(rules, binding, ("HostIp", "HostPort"), (), "PortBindings: ")
            binding["HostIp"] = text(binding, "HostIp") or rules.host_ip
