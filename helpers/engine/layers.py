"""Read the layers of images, to find those that images share."""

import hashlib

from helpers.engine.client import Client
from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of an image from the lowest up.

    Attributes:
        chains: for each layer a hash of it and of all below it: images share a layer where they
            share what it lies on.
        sizes: in bytes, one for each; all 0 where the engine does not tell them apart.
    """

    chains: tuple[str, ...]
    sizes: tuple[int, ...]


def read_layers(client: Client, image: str) -> Layers:
    """The layers of an image; empty if it is gone.

    Raises:
        EngineError: the engine does not answer.
    """
    found = client.get(f"/images/{image}/json")
    if found is None:
        return Layers((), ())
    chains = []
    chain = ""
    for digest in (found.get("RootFS") or {}).get("Layers") or ():
        chain = hashlib.sha256(f"{chain} {digest}".encode()).hexdigest()
        chains.append(chain)
    steps = client.get(f"/images/{image}/history") or []
    # Newest first; steps that only set something have no layer.
    sizes = [int(step.get("Size") or 0) for step in reversed(steps)]
    sizes = [size for size in sizes if size]
    if len(sizes) != len(chains):
        sizes = [0] * len(chains)
    return Layers(tuple(chains), tuple(sizes))
