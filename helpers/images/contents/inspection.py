"""Looking into images: which, for whom, and what packages they hold."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from helpers.engine.client import Client
from helpers.images.contents.packages import read_packages
from helpers.images.resolve import Chosen
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.labels import own_labels
from helpers.model.packages.installed import PackageSet
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.lease import Lease

ROLE = "inspection"
# Each reads a whole image, which the engine's disk and one core of ours limit.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Inspected:
    """A dir's image, and the packages in it."""

    runnable_dir: RunnableDir
    chosen: Chosen
    packages: PackageSet


@contextmanager
def inspecting(repo: Repo) -> Iterator[Mapping[str, str]]:
    """Labels of containers that may be removed as soon as the context or this process ends."""
    name = f"inspection-{os.getpid()}-{secrets.token_hex(4)}"
    with Lease(repo.root, name, passing=True):
        yield own_labels(repo) | {labels.RUN: name, labels.ROLE: ROLE}


def inspect_dirs(
    client: Client,
    repo: Repo,
    dirs: Sequence[RunnableDir],
    choose: Callable[[RunnableDir], Chosen],
) -> tuple[list[Inspected], list[HelpersError]]:
    """The packages of the dirs' images, and the errors of those whose image cannot be read.

    Args:
        choose: the image of a dir; it may be asked from several threads.
    """

    def inspect(runnable_dir: RunnableDir) -> Inspected | HelpersError:
        try:
            chosen = choose(runnable_dir)
            return Inspected(runnable_dir, chosen, read_packages(client, chosen.image.id, owner))
        except HelpersError as error:
            return error

    with inspecting(repo) as owner, ThreadPoolExecutor(_AT_ONCE) as executor:
        results = list(executor.map(inspect, dirs))
    return (
        [item for item in results if isinstance(item, Inspected)],
        [item for item in results if isinstance(item, HelpersError)],
    )
