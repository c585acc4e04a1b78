"""Who looks into images: the labels of the containers that are made for it, under a lease."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.system.lease import Lease

ROLE = "inspection"


@contextmanager
def inspecting(repo: Repo) -> Iterator[Mapping[str, str]]:
    """Labels for containers that are leftovers as soon as the context or this process ends."""
    name = f"inspection-{os.getpid()}-{secrets.token_hex(4)}"
    with Lease(repo.root, name, passing=True):
        yield own_labels(repo) | {labels.RUN: name, labels.ROLE: ROLE}
