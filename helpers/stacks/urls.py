"""Where a person reaches the services of a stack that is up."""

from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT, SERVICE
from helpers.model import labels
from helpers.stacks.stack import Stack

_EVERY = ("", "0.0.0.0", "::")  # noqa: S104


def urls_of(client: Client, stack: Stack) -> list[tuple[str, str]]:
    """The services with the addresses at which this machine reaches them, sorted.

    A dir's service is taken to speak HTTP; what others speak is not known.

    Raises:
        EngineError: the engine does not answer.
    """
    found = set()
    for one in client.call("GET", "/containers/json"):
        own = one.get("Labels") or {}
        if own.get(PROJECT) != stack.project:
            continue
        for port in one.get("Ports") or ():
            if port.get("PublicPort") and port.get("Type") == "tcp":
                address = port.get("IP", "")
                host = "localhost" if address in _EVERY else address
                host = f"[{host}]" if ":" in host else host
                scheme = "http://" if own.get(labels.DIR) and own.get(labels.STAGE) else ""
                found.add((own.get(SERVICE, ""), f"{scheme}{host}:{port['PublicPort']}"))
    return sorted(found)
