"""Looking into images: which, for whom, and what packages they hold."""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from helpers.engine.client import Client
from helpers.images.contents.packages import read_packages
from helpers.images.resolve import Chosen, Which, choose_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.labels import own_labels
from helpers.model.packages.installed import PackageSet
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.repo_files import read_changelog

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
    client: Client, repo: Repo, host: Host, dirs: Sequence[RunnableDir], which: Which
) -> tuple[list[Inspected], list[HelpersError]]:
    """The packages of the dirs' images, and the errors of those whose image cannot be read."""

    def inspect(runnable_dir: RunnableDir) -> Inspected | HelpersError:
        try:
            changelog = read_changelog(runnable_dir)
            chosen = choose_image(client, repo, changelog, host, which)
            return Inspected(runnable_dir, chosen, read_packages(client, chosen.image.id, owner))
        except HelpersError as error:
            return error

    with inspecting(repo) as owner, ThreadPoolExecutor(_AT_ONCE) as executor:
        results = list(executor.map(inspect, dirs))
    return (
        [item for item in results if isinstance(item, Inspected)],
        [item for item in results if isinstance(item, HelpersError)],
    )
