"""Train what another checkout has: the tree is data, and this checkout's settings hold for it."""

import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from helpers.containers.leftovers import remove_leftovers
from helpers.engine.client import Client
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT
from helpers.model.settings.train_config import NO_NETWORK, TrainConfig
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder
from helpers.system.signals import noted
from helpers.training.asked import Asked, train_settings
from helpers.vcs.foreign_tree import copy_tree
from helpers.vcs.git import Commit

_TREES = "trees"
# What builds need to reach the engine and a package index; nothing with a login in it.
_PASSED = re.compile(
    r"PATH|LANG|LC_\w+|TMPDIR|DOCKER_(HOST|CERT_PATH|TLS_VERIFY)|SSL_CERT_FILE|REQUESTS_CA_BUNDLE"
    r"|PIP_(INDEX_URL|TRUSTED_HOST|CERT)|UV_(DEFAULT_INDEX|INDEX_URL|INSECURE_HOST)"
    r"|(?i:(https?|all|no)_proxy)"
)


@dataclass(frozen=True, slots=True)
class ForeignTree:
    """A copy of another checkout, as a repo that has this checkout's settings.

    Attributes:
        commit: that the checkout is at.
        host: the host without the user's settings and logins.
    """

    repo: Repo
    commit: Commit
    host: Host


@contextmanager
def foreign_tree(own: Repo, tree: Path, host: Host, client: Client) -> Iterator[ForeignTree]:
    """A copy for as long as the context lasts; another training of the checkout waits.

    Raises:
        HelpersError: it is no checkout, or it is this one.
    """
    if tree.resolve() == own.root.resolve():
        raise HelpersError(
            "this checkout is no other tree", where=str(tree), fix="leave --tree out"
        )
    name = digest_of(str(tree.resolve()), 12)
    place = working_folder(own.root) / _TREES / name
    with Lease(own.root, f"tree-{name}"):
        repo = _as_own(own, place)
        # Of a training that was killed.
        if place.exists():
            remove_leftovers(client, repo)
            shutil.rmtree(place)
        try:
            commit = copy_tree(tree, place)
            yield ForeignTree(repo, commit, _without_logins(host, client))
        finally:
            with noted(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                shutil.rmtree(place, ignore_errors=True)


def as_allowed_here(own: Repo, asked: Asked) -> Asked:
    """What is asked for of a tree, with the network and limits that this checkout gives the dir.

    Raises:
        HelpersError: what this checkout says of the dir is malformed.
    """
    item = own.runnable_dir(asked.runnable_dir.name)
    limits: TrainConfig | None = train_settings(item) if item.train.is_file() else None
    if limits is None:
        return replace(asked, config=replace(asked.config, network=NO_NETWORK))
    config = replace(
        asked.config,
        network=limits.network,
        resources=limits.resources,
        timeout=limits.timeout,
    )
    return replace(asked, config=config)


def _as_own(own: Repo, root: Path) -> Repo:
    """The copy as a repo: no setting of its own decides what of this machine it is given."""
    config = own.outermost.config
    certificates = config.certificates and str(own.outermost.root / config.certificates)
    # Named otherwise, since an image of the tree must not stand for one of ours.
    config = replace(
        config,
        name=f"{config.name}-tree",
        registry="",
        registries={},
        namespace="",
        environment=(),
        certificates=certificates,
        build_cache=False,
    )
    return Repo(root, own.toolchain, config, ROOT)


def _without_logins(host: Host, client: Client) -> Host:
    kept = {
        name: value
        for name, value in host.environment.items()
        if _PASSED.fullmatch(name) and "@" not in value
    }
    return replace(host, environment={**kept, "DOCKER_HOST": client.endpoint.url})
