"""`repo_config.yaml` and a dir's `devops/config.yaml`, as typed values."""

import re
from dataclasses import dataclass

from helpers.model.errors import HelpersError
from helpers.model.settings import Key, Kind, Setting, read_settings

CONFIG_FILE_NAME = "repo_config.yaml"
DIR_CONFIG_FILE_NAME = "config.yaml"

# The suite of Debian whose Python is that of the image below, for where no registry is reachable.
DEFAULT_BASE_IMAGE = "python:3.13-slim-trixie"

_REPO_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REGISTRY = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*")

_REPO_KEYS = (
    Key("name", Kind.TEXT, required=True),
    Key("registry", Kind.TEXT),
    Key("base_image", Kind.TEXT),
    Key("certificates", Kind.TEXT),
    Key("environment", Kind.TEXTS),
)
_DIR_KEYS = (Key("sibling", Kind.FLAG),)


@dataclass(frozen=True, slots=True)
class RepoConfig:
    """What a repo says of itself.

    Attributes:
        name: the repo's name, in labels and tables.
        registry: host, port and path that image names start with; empty: images stay local.
        base_image: what every image is built on.
        certificates: a bundle (PEM) that is trusted besides the system's, relative to the repo's
            root or absolute; empty: none.
        environment: names of host variables that containers see.
    """

    name: str
    registry: str = ""
    base_image: str = DEFAULT_BASE_IMAGE
    certificates: str = ""
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DirConfig:
    """What a runnable dir says of its containers.

    Attributes:
        sibling: its tests start containers, so they are given the engine's socket.
    """

    sibling: bool = False


def parse_repo_config(text: str, path: str) -> RepoConfig:
    """Read `repo_config.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, _REPO_KEYS)
    _check(found, "name", _REPO_NAME, "letters, digits, '_', '.', '-'", path)
    _check(found, "registry", _REGISTRY, "<host>[:<port>][/<path>], without a scheme", path)
    for variable in found["environment"].value if "environment" in found else ():
        if not _VARIABLE.fullmatch(variable):
            raise HelpersError(
                f"key 'environment': {variable!r} is not the name of a variable",
                where=f"{path}:{found['environment'].line}",
                mend="list names alone, without values",
            )
    return RepoConfig(**{key: setting.value for key, setting in found.items()})


def parse_dir_config(text: str, path: str) -> DirConfig:
    """Read a dir's `devops/config.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, _DIR_KEYS)
    return DirConfig(**{key: setting.value for key, setting in found.items()})


def _check(
    found: dict[str, Setting], key: str, pattern: re.Pattern[str], expected: str, path: str
) -> None:
    setting = found.get(key)
    if setting and not pattern.fullmatch(setting.value):
        raise HelpersError(
            f"key '{key}': {setting.value!r} is not of the form {expected}",
            where=f"{path}:{setting.line}",
            mend=f"give '{key}' {expected}",
        )
