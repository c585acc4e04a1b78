"""Whether a dir's tests passed before: same image, same inputs, same question."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from helpers.engine.endpoint import Endpoint
from helpers.images.installed import reuse_state
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.events import Listener
from helpers.model.repo import Repo, is_inside
from helpers.model.results import DirResult, DirState
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.testing.request import TestRequest
from helpers.testing.store import Results

_FORMAT = 1


@dataclass(slots=True)
class Reuse:
    """Finds passes that were recorded, and records new ones."""

    repo: Repo
    host: Host
    request: TestRequest
    inputs: RepoInputs
    results: Results
    used: set[str] = field(default_factory=set)
    _toolchain: str = ""

    def key(self, name: str, image: str, services: str) -> str:
        """The key under which a dir's result is kept.

        Args:
            image: id of the image.
            services: what `services_digest` says; empty for a dir without services.
        """
        self._toolchain = self._toolchain or self.inputs.toolchain_digest()
        allowed = self.repo.of(name).config.environment
        parts = {
            "format": _FORMAT,
            "dir": name,
            "image": image,
            "services": services,
            "inputs": self.inputs.digest(name),
            "installed": reuse_state(self.inputs, name),
            "suite": self.request.suite.value,
            "arguments": self.request.pytest_args,
            "workers": self.request.workers,
            "coverage": self.request.coverage,
            "environment": {n: self.host.environment.get(n) for n in allowed},
            # Root may do what others may not.
            "root": self.host.user.uid == 0,
            "toolchain": self._toolchain,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

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


def is_complete_pass(result: DirResult) -> bool:
    """Whether a result may stand for a run to come: all passed, at the first attempt."""
    if result.state is not DirState.PASSED or result.problem or result.reused:
        return False
    return not any(test.bad or test.flaky for test in result.tests)
