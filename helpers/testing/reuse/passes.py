"""The recorded passes of a run's dirs: what decides each, found by it, kept under it."""

import hashlib
import json
from dataclasses import field
from datetime import UTC, datetime

from helpers.containers.plan import NO_NETWORK, Given, Options, Role, Surroundings, plan_container
from helpers.engine.endpoint import Endpoint
from helpers.images.installed.ensure import reuse_state
from helpers.images.resolve import Chosen
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.repo import Repo, is_inside
from helpers.model.results.results import DirResult
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.model.settings.resources import GPU, MEMORY
from helpers.system.host import Host
from helpers.testing.request import TestRequest
from helpers.testing.reuse.reasons import Parts, is_complete_pass
from helpers.testing.reuse.store import PassStores, open_results
from helpers.testing.suites import is_offline, needs_services

_FORMAT = 3


@dataclass(slots=True)
class Passes:
    """Finds passes that were recorded, and records new ones."""

    repo: Repo
    host: Host
    request: TestRequest
    inputs: RepoInputs
    results: PassStores
    surroundings: Surroundings
    _used: set[str] = field(default_factory=set)
    _toolchain: str = field(init=False)
    _certificates: str = field(init=False)

    def __post_init__(self) -> None:
        # The same for every dir.
        self._toolchain = self.inputs.toolchain_digest()
        self._certificates = self._hash_certificates()

    def parts(self, item: RunnableDir, config: DirConfig, chosen: Chosen, services: str) -> Parts:
        """What decides the result of a dir's tests.

        Args:
            services: what `services` says.
        """
        given = Given(self.host, plain_options(config, self.request), self.surroundings)
        parts = {
            # Image, user, variables, limits, where the repo is seen: whatever it is given.
            "container": plan_container(self.repo, item, chosen, given, Role.TEST).seen,
            "image": chosen.image.id,
            "certificates": self._certificates,
            "services": services,
            "inputs": self.inputs.digest(item.name),
            "installed": reuse_state(self.inputs, item.name),
            "suite": str(self.request.suite),
            "arguments": self.request.pytest_args,
            "workers": self.request.workers,
            "coverage": self.request.coverage,
            "toolchain": self._toolchain,
        }
        return {name: _digest(part) for name, part in parts.items()}

    def _hash_certificates(self) -> str:
        bundle = self.surroundings.certificates
        return hashlib.sha256(bundle.read_bytes()).hexdigest() if bundle else "none"

    def services(
        self, item: RunnableDir, config: DirConfig, endpoint: Endpoint, listen: Listener
    ) -> str | None:
        """What a dir's services are, empty for none; None: not known before they start.

        Raises:
            HelpersError: the services file is malformed.
        """
        if not needs_services(item, config, self.request.suite):
            return ""
        # Imported here: most dirs have none.
        from helpers.containers.services import services_digest

        roots = [str(self.repo.root / root) for root in self.inputs.of(item.name).roots]

        def visible(folder: str) -> bool:
            return any(is_inside(folder, root) for root in roots)

        return services_digest(self.repo, item, self.host, endpoint, listen, visible) or None

    def find(self, parts: Parts, name: str) -> DirResult | None:
        """The recorded pass of a dir that the same decided.

        Raises:
            HelpersError: the shared store cannot be reached.
        """
        key = pass_key(name, parts)
        found = self.results.find(key, name)
        if found:
            self._used.add(key)
        return found

    def last(self, name: str) -> Parts:
        """What decided the last pass of a dir; empty where none was recorded here."""
        return self.results.last(name)

    def keep(self, parts: Parts, result: DirResult, run: str) -> None:
        """Record a pass that is complete; anything else is not recorded.

        Raises:
            HelpersError: the shared store cannot be written.
            OSError: the repo's own cannot.
        """
        if is_complete_pass(result):
            ended = datetime.now(UTC).isoformat(timespec="seconds")
            key = pass_key(result.dir, parts)
            self.results.keep(key, result, run, ended)
            self.results.keep_last(result.dir, parts)
            self._used.add(key)

    def tidy(self) -> None:
        """Forget, once a day, what no run asked for in a month."""
        self.results.tidy(self._used)


def open_passes(
    repo: Repo, host: Host, request: TestRequest, inputs: RepoInputs, surroundings: Surroundings
) -> Passes | None:
    """The passes that a run may reuse and records; none where it is asked for neither."""
    if not request.reuse:
        return None
    results = open_results(repo.root, request.reuse_from, write_shared=request.reuse_write)
    return Passes(repo, host, request, inputs, results, surroundings)


def pass_key(name: str, parts: Parts) -> str:
    """The key under which the pass of a dir is kept."""
    return _digest({"format": _FORMAT, "dir": name, **parts})


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def plain_options(config: DirConfig, request: TestRequest) -> Options:
    """What the container of a dir's tests is made with, where they share nothing with a run."""
    resources = config.resources
    memory, gpus = resources.get(MEMORY, 0), resources.get(GPU, 0)
    closed = request.offline or is_offline(config, request.suite)
    return Options(view=True, memory=memory, gpus=gpus, network=NO_NETWORK * closed)
