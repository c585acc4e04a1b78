"""Which proxy a request goes through, as Docker and other programs in Go read the environment."""

import ipaddress
from collections.abc import Mapping


def is_loopback(host: str) -> bool:
    """Whether a host, without port, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def proxy_for(scheme: str, host: str, port: int, environment: Mapping[str, str]) -> str:
    """The proxy's address for requests to a host; empty where they go there directly."""
    if is_loopback(host):
        return ""
    name = f"{scheme}_proxy"
    found = environment.get(name.upper()) or environment.get(name) or ""
    exceptions = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if not found or any(_matches(part.strip(), host, port) for part in exceptions.split(",")):
        return ""
    return found if "://" in found else f"http://{found}"


def _matches(exception: str, host: str, port: int) -> bool:
    """Whether one part of `NO_PROXY` means a host: a name, its end, an address or a network."""
    if exception in ("", "*"):
        return exception == "*"
    name, colon, only_port = exception.rpartition(":")
    if colon and only_port.isdigit() and ":" not in name.strip("[]"):
        if int(only_port) != port:
            return False
        exception = name
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return _is_below(host.lower(), exception.lower())
    try:
        return address in ipaddress.ip_network(exception.strip("[]"), strict=False)
    except ValueError:
        return False


def _is_below(host: str, domain: str) -> bool:
    domain = domain.removeprefix("*")
    if domain.startswith("."):
        return host.endswith(domain)
    return host == domain or host.endswith(f".{domain}")
