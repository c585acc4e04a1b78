"""Which engine is meant: `DOCKER_HOST`, then the Docker context, then the default socket."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import ROOT, dir_option

DEFAULT_SOCKET = "/var/run/docker.sock"
START = "i engine_start"
# In a container of the toolchain nothing can start an engine: it has the host's, or none.
_START_OUTSIDE = """\
leave the container (exit), and type it on the host
or, on the host, open a container that has the engine's socket: i docker_bash {of_dir} --sibling
or, for the dir's tests, write into its devops/config.yaml: sibling: own"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an engine listens.

    Attributes:
        url: as Docker writes it, such as `unix:///var/run/docker.sock`.
        origin: where the choice comes from, for messages.
        start: what is typed to have an engine there.
    """

    url: str
    origin: str
    start: str = START

    @property
    def socket(self) -> str:
        """Path of the Unix socket; empty for an engine that is reached otherwise."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else ""

    @property
    def restart(self) -> str:
        """What is typed to have an engine back that was there; a container has the host's."""
        return START if self.start == START else f"{START} on the host"


def find_endpoint(environment: Mapping[str, str]) -> Endpoint:
    """The engine that the docker client would use.

    Raises:
        HelpersError: the context that is named does not exist.
    """
    start = start_command(environment)
    if environment.get("DOCKER_HOST"):
        return Endpoint(environment["DOCKER_HOST"], "DOCKER_HOST", start)
    config = _config_folder(environment)
    context = environment.get("DOCKER_CONTEXT") or _current_context(config / "config.json")
    if context in ("", "default"):
        return Endpoint(f"unix://{DEFAULT_SOCKET}", "default", start)
    url = context_address(context, environment)
    if not url:
        raise HelpersError(
            f"the Docker context {context!r} does not exist",
            where=str(_context_file(config, context)),
            fix="docker context use default",
        )
    return Endpoint(url, f"context {context}", start)


def context_address(context: str, environment: Mapping[str, str]) -> str:
    """The address of the engine of a Docker context; empty: there is no such context."""
    try:
        meta = load_json(_context_file(_config_folder(environment), context).read_text())
        return str(meta["Endpoints"]["docker"]["Host"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _context_file(config: Path, context: str) -> Path:
    # Layout of the docker client's context store: the folder is the SHA-256 of the name.
    folder = hashlib.sha256(context.encode()).hexdigest()
    return config / "contexts" / "meta" / folder / "meta.json"


def _config_folder(environment: Mapping[str, str]) -> Path:
    home = Path(environment.get("HOME") or "/")
    return Path(environment.get("DOCKER_CONFIG") or home / ".docker")


def start_command(environment: Mapping[str, str]) -> str:
    """What is typed where no engine answers: on a host, or in one of the toolchain's containers."""
    if environment.get("HELPERS_CONTAINER") != "1":
        return START
    return _START_OUTSIDE.format(of_dir=dir_option(environment.get("HELPERS_DIR", ROOT)))


def _current_context(path: Path) -> str:
    try:
        return str(load_json(path.read_text()).get("currentContext", ""))
    except (OSError, ValueError, AttributeError):
        return ""
