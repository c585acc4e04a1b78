"""Which engine the user means: DOCKER_HOST, else the Docker context, else the default socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bootstrap.errors import BootstrapError

DEFAULT_SOCKET = "/var/run/docker.sock"
DEFAULT_HOST = f"unix://{DEFAULT_SOCKET}"


@dataclass(frozen=True)
class Endpoint:
    """The address of an engine, and who chose it."""

    host: str
    chosen_by: str

    @property
    def socket(self) -> str | None:
        """The path of the Unix socket, when it is one."""
        return self.host.removeprefix("unix://") if self.host.startswith("unix://") else None

    @property
    def is_default(self) -> bool:
        """Whether it is the machine's own engine, which is ours to install and to start."""
        return (
            self.socket is not None
            and Path(self.socket).name == "docker.sock"
            and str(Path(self.socket).parent) in ("/var/run", "/run")
        )


def find_endpoint(environ: Mapping[str, str]) -> Endpoint:
    """The engine that the docker client would talk to.

    Raises:
        BootstrapError: the context that is chosen does not exist.
    """
    if environ.get("DOCKER_HOST"):
        return Endpoint(environ["DOCKER_HOST"], "DOCKER_HOST")
    home = environ.get("HOME") or str(Path.home())
    folder = Path(environ.get("DOCKER_CONFIG") or Path(home, ".docker"))
    name, chosen_by = environ.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name:
        name, chosen_by = _current_context(folder / "config.json"), "the current Docker context"
    if name in ("", "default"):
        return Endpoint(DEFAULT_HOST, "default")
    meta = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest() / "meta.json"
    try:
        host = json.loads(meta.read_text())["Endpoints"]["docker"]["Host"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BootstrapError(
            f"the Docker context {name!r} does not exist or cannot be read",
            where=f"chosen by {chosen_by}",
            fix="docker context ls; docker context use default",
        ) from error
    return Endpoint(str(host), f"{chosen_by} {name!r}")


def _current_context(config: Path) -> str:
    try:
        return str(json.loads(config.read_text()).get("currentContext", ""))
    except (OSError, ValueError, AttributeError):
        return ""  # docker itself warns of a broken configuration and goes on
