"""Which machines `--hosts` means: the repo's settings, a person's own, and Docker's contexts."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from helpers.engine.endpoint import context_address
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.settings.hosts_config import DockerHost, choose_hosts, parse_hosts


def find_hosts(wanted: str, repo: Repo, environment: Mapping[str, str]) -> tuple[DockerHost, ...]:
    """The hosts that are wanted; without a name, all those of settings files.

    Args:
        wanted: names with commas between them.

    Raises:
        HelpersError: a name is none of a host, or there is no host at all.
    """
    own = own_file(environment)
    known = {**repo.outermost.config.hosts, **_read_own(own)}
    if wanted:
        return choose_hosts(wanted, known, partial(context_address, environment=environment))
    if not known:
        raise HelpersError(
            "no host is known",
            where=f"{CONFIG_FILE_NAME}, {own}",
            fix=f"write into {CONFIG_FILE_NAME}:  hosts: {{build1: {{address: ssh://<user>@<host>}}}}",
        )
    return tuple(known.values())


def own_file(environment: Mapping[str, str]) -> Path:
    """A person's own file of hosts, which need not be there."""
    home = Path(environment.get("HOME") or "/")
    folder = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "helpers" / "hosts.yaml"


def _read_own(path: Path) -> Mapping[str, DockerHost]:
    try:
        return parse_hosts(path.read_text(), str(path))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(
            f"a file of hosts cannot be read: {error}", where=str(path), fix=f"chmod u+r {path}"
        ) from error
