"""Rewrite requests that change a network."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from helpers.engine.proxy.bodies import (
    check_keys,
    check_spelling,
    is_empty,
    objects,
    part,
    read_object,
    text,
    write_object,
)
from helpers.engine.proxy.creation import JSON_TYPE, check_endpoint
from helpers.engine.proxy.known_keys import NETWORK
from helpers.engine.proxy.ownership import own_container, own_network, usable_network
from helpers.engine.proxy.requests import (
    BAD_REQUEST,
    Asked,
    Engine,
    Forward,
    Json,
    Refused,
    Rules,
    refusal,
)
from helpers.model.settings.socket_policy import SocketPolicy

_NETWORK_EMPTY = ("ConfigOnly", "Ingress")
_POOL = ("Subnet", "IPRange", "Gateway", "AuxiliaryAddresses", "AuxAddress")
# The name of the bridge is not among them: it could be that of another network.
_NETWORK_OPTIONS = (
    "com.docker.network.bridge.enable_icc",
    "com.docker.network.bridge.enable_ip_masquerade",
    "com.docker.network.driver.mtu",
)


def create_network(asked: Asked, rules: Rules, engine: Engine) -> Forward:  # noqa: ARG001
    """The network that may be created, with the labels.

    Raises:
        Refused: it asks for too much.
    """
    body = read_object(asked.body)
    check_spelling(body, (*NETWORK, *_NETWORK_EMPTY))
    if rules.policy is SocketPolicy.OWN:
        _check_network(rules, body)
    body["Labels"] = rules.put_on(part(body, "Labels"))
    return Forward("POST", asked.target, write_object(body), JSON_TYPE)


def _check_network(rules: Rules, body: dict[str, Json]) -> None:
    check_keys(rules, body, NETWORK, _NETWORK_EMPTY, "networks: ")
    if text(body, "Driver") not in ("", "bridge"):
        raise refusal(rules, "another network driver than bridge")
    if text(body, "Scope") not in ("", "local") or not is_empty(body.get("ConfigFrom")):
        raise refusal(rules, "a network that is not local")
    if body.get("Options") is not None:
        check_keys(rules, part(body, "Options"), _NETWORK_OPTIONS, (), "Options: ")
    if body.get("IPAM") is None:
        return
    ipam = part(body, "IPAM")
    check_keys(rules, ipam, ("Driver", "Config"), ("Options",), "IPAM: ")
    if text(ipam, "Driver") not in ("", "default"):
        raise refusal(rules, "another IPAM driver than default")
    for pool in objects(ipam, "Config"):
        check_keys(rules, pool, _POOL, (), "IPAM: ")
        _check_addresses(rules, text(pool, "Subnet"), text(pool, "Gateway"))


def _check_addresses(rules: Rules, subnet: str, gateway: str) -> None:
    """The host itself reaches the addresses of a network there, and is its gateway."""
    try:
        network = ip_network(subnet, strict=False) if subnet else None
        outside = bool(gateway) and (network is None or ip_address(gateway) not in network)
    except ValueError as error:
        raise Refused(BAD_REQUEST, "IPAM: the addresses cannot be read") from error
    if network is None and not outside:
        return
    if outside or network is None or not network.is_private or _is_special(network):
        raise refusal(rules, f"IPAM: {subnet or gateway}")


def _is_special(network: IPv4Network | IPv6Network) -> bool:
    return network.is_loopback or network.is_link_local or network.is_unspecified


def connect(asked: Asked, rules: Rules, engine: Engine, name: str, verb: str) -> Forward:
    """An own container into or out of a network that it may be in.

    Raises:
        Refused: one of them is another's.
    """
    body = read_object(asked.body)
    check_keys(rules, body, ("Container", "EndpointConfig", "Force"), (), "networks: ")
    body["Container"] = own_container(rules, engine, text(body, "Container"))["Id"]
    network = usable_network(rules, engine, name)["Id"]
    check_endpoint(rules, body.get("EndpointConfig"))
    path = f"/networks/{network}/{verb}"
    return Forward("POST", asked.target.at(path), write_object(body), JSON_TYPE)


def remove_network(asked: Asked, rules: Rules, engine: Engine, name: str) -> Forward:
    """Only an own one.

    Raises:
        Refused: it is another's.
    """
    found = own_network(rules, engine, name)
    return Forward("DELETE", asked.target.at(f"/networks/{found['Id']}"))
