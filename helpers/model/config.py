"""`repo_config.yaml` and a dir's `devops/config.yaml`, as typed values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from helpers.model.errors import HelpersError
from helpers.model.resources import MEMORY, Amounts, parse_size
from helpers.model.settings import Key, Kind, Setting, read_settings
from helpers.model.socket_policy import SocketPolicy

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
    Key("resources", Kind.AMOUNTS),
)
_DIR_KEYS = (
    Key("depends_on", Kind.TEXTS),
    Key("dind", Kind.FLAG),
    Key("resources", Kind.AMOUNTS),
    Key("reuse", Kind.FLAG),
    Key("sibling", Kind.CHOICE, choices=tuple(SocketPolicy)),
)


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
        resources: how much there is of what dirs need besides memory and GPUs; of a name that is
            not listed there is one.
    """

    name: str
    registry: str = ""
    base_image: str = DEFAULT_BASE_IMAGE
    certificates: str = ""
    environment: tuple[str, ...] = ()
    resources: Amounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DirConfig:
    """What a runnable dir says of its containers.

    Attributes:
        depends_on: directories and files that its tests need besides its own and those that its
            project depends on, relative to the repo's root.
        dind: its tests have a Docker Engine of their own.
        resources: what its tests need of the machine while they run: bytes of memory, which are
            also the most that they get, a number of everything else.
        reuse: a pass may stand for a later run of the same inputs, and its tests see nothing but
            these; otherwise they always run, and see the whole repo.
        sibling: what its tests may do with the engine's socket; none: they have none. With a
            socket they see the whole repo too, and always run.
    """

    depends_on: tuple[str, ...] = ()
    dind: bool = False
    resources: Amounts = field(default_factory=dict)
    reuse: bool = True
    sibling: SocketPolicy | None = None


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
    values = {key: setting.value for key, setting in found.items()}
    return RepoConfig(**{**values, "resources": _amounts(found, path)})


def parse_dir_config(text: str, path: str) -> DirConfig:
    """Read a dir's `devops/config.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, _DIR_KEYS)
    _check_paths(found, "depends_on", path)
    sibling = found.get("sibling")
    return DirConfig(
        depends_on=found["depends_on"].value if "depends_on" in found else (),
        dind=found["dind"].value if "dind" in found else False,
        resources=_amounts(found, path),
        reuse=found["reuse"].value if "reuse" in found else True,
        sibling=SocketPolicy(sibling.value) if sibling else None,
    )


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


def _check_paths(found: dict[str, Setting], key: str, path: str) -> None:
    for item in found[key].value if key in found else ():
        parts = item.split("/")
        if item.startswith("/") or ".." in parts:
            raise HelpersError(
                f"key '{key}': {item!r} is not a path below the repo's root",
                where=f"{path}:{found[key].line}",
                mend="write it relative to the repo's root, without '..'",
            )


def _amounts(found: dict[str, Setting], path: str) -> Mapping[str, int]:
    setting = found.get("resources")
    if setting is None:
        return {}
    amounts = {}
    for name, text in setting.value.items():
        amount = parse_size(text) if name == MEMORY else _count(text)
        if not amount:
            expected = "a size such as 512m or 4g" if name == MEMORY else "a number from 1"
            raise HelpersError(
                f"key 'resources': {name}: expected {expected}, found {text!r}",
                where=f"{path}:{setting.line}",
                mend=f"give '{name}' {expected}",
            )
        amounts[name] = amount
    return amounts


def _count(text: str) -> int:
    return int(text) if text.isdigit() else 0
