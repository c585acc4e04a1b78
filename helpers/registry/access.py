"""How to reach registries, and with which logins."""

import threading
from pathlib import Path

from helpers.registry.credentials import Credentials, find_credentials
from helpers.registry.retry_budget import Effort, OnRetry, RetryBudget
from helpers.registry.transport import Transport
from helpers.registry.trust import Trust
from helpers.system.host import Host

_DOCKER_CERTIFICATES = Path("/etc/docker/certs.d")


class Access:
    """Reaches registries as Docker does on this host; safe to use from several threads."""

    def __init__(
        self,
        host: Host,
        certificates: bytes | None,
        *,
        budget: RetryBudget | None = None,
        on_retry: OnRetry = lambda _: None,
        certificates_folder: Path = _DOCKER_CERTIFICATES,
    ) -> None:
        """Keep the settings; nothing is read or asked yet.

        Args:
            certificates: authorities to trust beyond those of the system (PEM).
            on_retry: gets a sentence each time that something is tried again.
            certificates_folder: where Docker keeps the certificates of single registries.
        """
        self._host = host
        self._budget = budget or RetryBudget()
        self._on_retry = on_retry
        self._logins: dict[str, Credentials | None] = {}
        self._lock = threading.Lock()
        trust = Trust(certificates, certificates_folder)
        self.transport = Transport(trust, host.environment, self._budget)

    def __repr__(self) -> str:
        return "Access()"

    def effort(self) -> Effort:
        """The attempts at one request, with the whole retry budget left."""
        return Effort(self._budget, self._on_retry)

    def credentials(self, registry: str) -> Credentials | None:
        """Docker's login for a registry, looked up once; None if there is none.

        Raises:
            RegistryError: Docker's settings cannot be read, or the program that keeps logins fails.
        """
        with self._lock:
            if registry not in self._logins:
                self._logins[registry] = find_credentials(registry, self._host)
            return self._logins[registry]
