"""Whether a dir's tests passed before: same image, same inputs, same question."""

import hashlib
import json
from dataclasses import field
from datetime import UTC, datetime

from helpers.containers.plan import Given, Options, Role, Surroundings, plan_container
from helpers.engine.endpoint import Endpoint
from helpers.images.installed import reuse_state
from helpers.images.resolve import Chosen
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.config import DirConfig
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.repo import Repo, is_inside
from helpers.model.resources import GPU, MEMORY
from helpers.model.results import DirResult, DirState
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.testing.pass_store import Results
from helpers.testing.request import TestRequest

_FORMAT = 2


@dataclass(slots=True)
class Reuse:
    """Finds passes that were recorded, and records new ones."""

    repo: Repo
    host: Host
    request: TestRequest
    inputs: RepoInputs
    results: Results
    surroundings: Surroundings
    used: set[str] = field(default_factory=set)
    _toolchain: str = field(init=False)
    _certificates: str = field(init=False)

    def __post_init__(self) -> None:
        # The same for every dir.
        self._toolchain = self.inputs.toolchain_digest()
        self._certificates = self._hash_certificates()

    def key(self, item: RunnableDir, config: DirConfig, chosen: Chosen, services: str) -> str:
        """The key under which a dir's result is kept.

        Args:
            services: what `services_digest` says; empty for a dir without services.
        """
        given = Given(self.host, plain_options(config), self.surroundings)
        parts = {
            "format": _FORMAT,
            "dir": item.name,
            # Image, user, variables, limits, where the repo is seen: whatever it is given.
            "container": plan_container(self.repo, item, chosen, given, Role.TEST).seen,
            "certificates": self._certificates,
            "services": services,
            "inputs": self.inputs.digest(item.name),
            "installed": reuse_state(self.inputs, item.name),
            "suite": self.request.suite.value,
            "arguments": self.request.pytest_args,
            "workers": self.request.workers,
            "coverage": self.request.coverage,
            "toolchain": self._toolchain,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _hash_certificates(self) -> str:
        bundle = self.surroundings.certificates
        return hashlib.sha256(bundle.read_bytes()).hexdigest() if bundle else "none"

    def services(self, item: RunnableDir, endpoint: Endpoint, listen: Listener) -> str:
        """What a dir's services are; empty where it is not known before they start.

        Raises:
            HelpersError: the services file is malformed.
        """
        # Imported here: most dirs have none.
        from helpers.containers.services import services_digest

        roots = [str(self.repo.root / root) for root in self.inputs.of(item.name).roots]

        def visible(folder: str) -> bool:
            return any(is_inside(folder, root) for root in roots)

        return services_digest(self.repo, item, self.host, endpoint, listen, visible)

    def find(self, key: str, name: str) -> DirResult | None:
        """The pass that was recorded under a key.

        Raises:
            HelpersError: the shared store cannot be reached.
        """
        found = self.results.find(key, name)
        if found:
            self.used.add(key)
        return found

    def keep(self, key: str, result: DirResult, run: str) -> None:
        """Record a pass that is complete; anything else is not recorded.

        Raises:
            HelpersError: the shared store cannot be written.
            OSError: the repo's own cannot.
        """
        if is_complete_pass(result):
            ended = datetime.now(UTC).isoformat(timespec="seconds")
            self.results.keep(key, result, run, ended)
            self.used.add(key)


def plain_options(config: DirConfig) -> Options:
    """What the container of a dir's tests is made with, where they share nothing with a run."""
    resources = config.resources
    return Options(view=True, memory=resources.get(MEMORY, 0), gpus=resources.get(GPU, 0))


def is_complete_pass(result: DirResult) -> bool:
    """Whether a result may stand for a run to come: all passed, at the first attempt."""
    if result.state is not DirState.PASSED or result.problem or result.reused:
        return False
    return not any(test.bad or test.flaky for test in result.tests)
