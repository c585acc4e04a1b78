"""`repo_config.yaml` and a dir's `devops/config.yaml`, as typed values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field

from helpers.model.base_image import image_of_python, is_python
from helpers.model.dataclass import dataclass
from helpers.model.deprecated_settings import Deprecated, Former
from helpers.model.errors import HelpersError
from helpers.model.numbers import whole_number
from helpers.model.platform import check_platforms
from helpers.model.resources import MEMORY, Amounts, parse_size
from helpers.model.settings import Key, Kind, Setting, read_settings, without_formers
from helpers.model.socket_policy import SocketPolicy

CONFIG_FILE_NAME = "repo_config.yaml"
DIR_CONFIG_FILE_NAME = "config.yaml"

# The suite of Debian whose Python is that of the image below, for where no registry is reachable.
DEFAULT_BASE_IMAGE = "python:3.13-slim-trixie"

_REPO_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
# Which of a project's optional dependencies an image has.
_CHOICES = ("extras", "groups", "prod_extras", "prod_groups")
_GROUP = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REGISTRY = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*")

_SNAPSHOT = re.compile(r"\d{8}T\d{6}Z")
_MIRROR = re.compile(r"https?://[^\s/@]+(/[^\s@]*)?")
# More of anything than a machine has.
_MOST = 999_999_999
# Those of a dir that say what its development image is made of: a change asks for a bump.
IMAGE_SETTINGS = ("base_image", *_CHOICES)
_HEALTH_TIMES = ("interval", "timeout", "start_period", "retries")
# The name of `registry` if the repo names no other.
DEFAULT_REGISTRY = "default"

_REPO_KEYS = (
    Key("name", Kind.TEXT, required=True),
    Key("registry", Kind.TEXT),
    Key("registries", Kind.NAMED),
    Key("base_image", Kind.TEXT),
    Key("python", Kind.NUMBER),
    Key("certificates", Kind.TEXT),
    Key("environment", Kind.TEXTS),
    Key("resources", Kind.AMOUNTS),
    Key("platforms", Kind.TEXTS),
    Key("builders", Kind.NAMED),
    Key("build_cache", Kind.FLAG),
    Key("package_snapshot", Kind.TEXT),
    Key("package_mirror", Kind.TEXT),
)
_DIR_KEYS = (
    Key("base_image", Kind.TEXT),
    Key("python", Kind.NUMBER),
    *(Key(name, Kind.TEXTS) for name in _CHOICES),
    Key("depends_on", Kind.TEXTS),
    Key("dind", Kind.FLAG),
    Key("resources", Kind.AMOUNTS),
    Key("reuse", Kind.FLAG),
    Key(
        "sibling",
        Kind.CHOICE,
        choices=tuple(SocketPolicy),
        # Tests had the socket itself, with nothing between them and the engine.
        formers=(Former("1.0", True, SocketPolicy.FULL), Former("1.0", False, "")),
    ),
    Key("platforms", Kind.TEXTS),
    Key("entrypoint", Kind.TEXTS),
    Key("command", Kind.TEXTS),
    Key("health_check", Kind.TEXTS),
    Key("health_times", Kind.AMOUNTS),
    Key("prod_exclude", Kind.TEXTS),
)


@dataclass(frozen=True, slots=True)
class RepoConfig:
    """What a repo says of itself.

    Attributes:
        name: the repo's name, in labels and tables.
        registry: host, port and path that image names start with; empty: images stay local.
        base_image: what images are built on, where the dir names nothing else.
        certificates: a bundle (PEM) that is trusted besides the system's, relative to the repo's
            root or absolute; empty: none.
        environment: names of host variables that containers see.
        resources: how much there is of what dirs need besides memory and GPUs; of a name that is
            not listed there is one.
        registries: where images are released to, by name: host, port and path each, the one that
            images are named after first.
        platforms: what images are released for; none: the platform of whoever releases.
        builders: builders of buildx (Docker contexts are such) by the platform that is native to
            them.
        build_cache: builds read the cache of earlier ones from the registry, releases write it.
        package_snapshot: the moment whose Debian packages images get, as Debian's archive of
            snapshots names it (`20261101T000000Z`); empty: the newest.
        package_mirror: where snapshots are had: the address below which the archives `debian` and
            `debian-security` are, each with its moments.
    """

    name: str
    registry: str = ""
    base_image: str = DEFAULT_BASE_IMAGE
    certificates: str = ""
    environment: tuple[str, ...] = ()
    resources: Amounts = field(default_factory=dict)
    registries: Mapping[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    builders: Mapping[str, str] = field(default_factory=dict)
    build_cache: bool = False
    package_snapshot: str = ""
    package_mirror: str = ""


@dataclass(frozen=True, slots=True)
class DirConfig:
    """What a runnable dir says of its containers.

    Attributes:
        base_image: what its images are built on; empty: what the repo says.
        extras, groups: what of its project's optional dependencies the development image has; None:
            all of them.
        prod_extras, prod_groups: what of them the production image has.
        depends_on: directories and files that its tests need besides its own and those that its
            project depends on, relative to the repo's root.
        dind: its tests have a Docker Engine of their own.
        resources: what its tests need of the machine while they run: bytes of memory, which are
            also the most that they get, a number of everything else.
        reuse: a pass may stand for a later run of the same inputs, and its tests see nothing but
            these; otherwise they always run, and see the whole repo.
        sibling: what its tests may do with the engine's socket; none: they have none. With a
            socket they see the whole repo too, and always run.
        platforms: what its images are released for; none: what the repo says.
        entrypoint: what its production image runs.
        command: the arguments that it runs it with, where the user gives no others.
        health_check: a command whose exit status says whether a production container is well.
        health_times: seconds between two checks (`interval`), that one may take (`timeout`), that
            starting may take (`start_period`); and failures in a row that count (`retries`).
        prod_exclude: patterns of files that its production image does not hold.
    """

    base_image: str = ""
    extras: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    prod_extras: tuple[str, ...] = ()
    prod_groups: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    dind: bool = False
    resources: Amounts = field(default_factory=dict)
    reuse: bool = True
    sibling: SocketPolicy | None = None
    platforms: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    health_check: tuple[str, ...] = ()
    health_times: Amounts = field(default_factory=dict)
    prod_exclude: tuple[str, ...] = ()


def parse_repo_config(text: str, path: str) -> RepoConfig:
    """Read `repo_config.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, _REPO_KEYS)
    _check(found, "name", _REPO_NAME, "letters, digits, '_', '.', '-'", path)
    _check(found, "package_snapshot", _SNAPSHOT, "20261101T000000Z", path)
    _check(found, "package_mirror", _MIRROR, "https://<host>[/<path>], without a password", path)
    _check_snapshot(found, path)
    registries = _registries(found, path)
    _check_builders(found, path)
    for variable in found["environment"].value if "environment" in found else ():
        if not _VARIABLE.fullmatch(variable):
            raise HelpersError(
                f"key 'environment': {variable!r} is not the name of a variable",
                where=f"{path}:{found['environment'].line}",
                fix="list names alone, without values",
            )
    values = {key: setting.value for key, setting in found.items() if key != "python"}
    return RepoConfig(
        **{
            **values,
            "base_image": _base_image(found, path) or DEFAULT_BASE_IMAGE,
            "resources": _amounts(found, path),
            "registry": next(iter(registries.values()), ""),
            "registries": registries,
            "platforms": _platforms(found, path),
        }
    )


def parse_dir_config(
    text: str, path: str, on_deprecated: Callable[[Deprecated], None] = lambda _: None
) -> DirConfig:
    """Read a dir's `devops/config.yaml`; `path` is for messages alone.

    Args:
        on_deprecated: is told each form of an earlier version; it is read as what it became.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, _DIR_KEYS, on_deprecated)
    _check_paths(found, "depends_on", path)
    for key in _CHOICES:
        _check_names(found, key, path)
    sibling = found.get("sibling")
    return DirConfig(
        base_image=_base_image(found, path),
        extras=_texts(found, "extras") if "extras" in found else None,
        groups=_texts(found, "groups") if "groups" in found else None,
        prod_extras=_texts(found, "prod_extras"),
        prod_groups=_texts(found, "prod_groups"),
        depends_on=found["depends_on"].value if "depends_on" in found else (),
        dind=found["dind"].value if "dind" in found else False,
        resources=_amounts(found, path),
        reuse=found["reuse"].value if "reuse" in found else True,
        sibling=SocketPolicy(sibling.value) if sibling else None,
        platforms=_platforms(found, path),
        entrypoint=_texts(found, "entrypoint"),
        command=_texts(found, "command"),
        health_check=_texts(found, "health_check"),
        health_times=_health_times(found, path),
        prod_exclude=_texts(found, "prod_exclude"),
    )


def modern_dir_config(text: str, path: str) -> str:
    """A dir's `devops/config.yaml` without forms of earlier versions; all else stays as it is.

    Raises:
        HelpersError: it is not made of settings.
    """
    return without_formers(text, path, _DIR_KEYS)


def _base_image(found: dict[str, Setting], path: str) -> str:
    """What `base_image` names, or what has the Python that `python` names; empty: neither does."""
    image, python = found.get("base_image"), found.get("python")
    if python is None:
        return str(image.value) if image else ""
    if image:
        raise HelpersError(
            "the keys 'base_image' and 'python' both choose the base image",
            where=f"{path}:{python.line}",
            fix="remove one of them",
        )
    if not is_python(python.value):
        raise HelpersError(
            f"key 'python': {python.value!r} is not a Python version",
            where=f"{path}:{python.line}",
            fix='write its first two numbers, in quotes: python: "3.11"',
        )
    return image_of_python(python.value)


def _check_names(found: dict[str, Setting], key: str, path: str) -> None:
    for name in _texts(found, key):
        if not _GROUP.fullmatch(name):
            raise HelpersError(
                f"key {key!r}: {name!r} is not the name of an extra or a group",
                where=f"{path}:{found[key].line}",
                fix="write a name that pyproject.toml has",
            )


def _texts(found: dict[str, Setting], key: str) -> tuple[str, ...]:
    return tuple(found[key].value) if key in found else ()


def _platforms(found: dict[str, Setting], path: str) -> tuple[str, ...]:
    if "platforms" not in found:
        return ()
    return check_platforms(found["platforms"].value, f"{path}:{found['platforms'].line}")


def _check_snapshot(found: dict[str, Setting], path: str) -> None:
    if "package_snapshot" in found and "package_mirror" not in found:
        raise HelpersError(
            "key 'package_snapshot': 'package_mirror' is required",
            where=f"{path}:{found['package_snapshot'].line}",
            fix="add a line 'package_mirror: https://<host>/archive', such as Debian's own",
        )


def _check_builders(found: dict[str, Setting], path: str) -> None:
    if "builders" in found:
        check_platforms(found["builders"].value, f"{path}:{found['builders'].line}")


def _registries(found: dict[str, Setting], path: str) -> dict[str, str]:
    """All registries by name, the one that images are named after first."""
    named = dict(found["registries"].value) if "registries" in found else {}
    chosen = found["registry"].value if "registry" in found else next(iter(named), "")
    if not chosen:
        return {}
    name = chosen if chosen in named else DEFAULT_REGISTRY
    every = {name: named.get(chosen, chosen), **named}
    for address in every.values():
        if not _REGISTRY.fullmatch(address):
            key = "registries" if address in named.values() else "registry"
            expected = "<host>[:<port>][/<path>], without a scheme"
            raise HelpersError(
                f"key '{key}': {address!r} is not of the form {expected}",
                where=f"{path}:{found[key].line}",
                fix=f"give '{key}' {expected}",
            )
    return every


def _health_times(found: dict[str, Setting], path: str) -> Mapping[str, int]:
    setting = found.get("health_times")
    if setting is None:
        return {}
    for name, text in setting.value.items():
        if name not in _HEALTH_TIMES or not _count(text):
            raise HelpersError(
                f"key 'health_times': {name}: {text} is none of {', '.join(_HEALTH_TIMES)} with a"
                " number from 1",
                where=f"{path}:{setting.line}",
                fix="write for instance {interval: 30, timeout: 5, start_period: 10, retries: 3}",
            )
    return {name: _count(text) for name, text in setting.value.items()}


def _check(
    found: dict[str, Setting], key: str, pattern: re.Pattern[str], expected: str, path: str
) -> None:
    setting = found.get(key)
    if setting and not pattern.fullmatch(setting.value):
        raise HelpersError(
            f"key '{key}': {setting.value!r} is not of the form {expected}",
            where=f"{path}:{setting.line}",
            fix=f"give '{key}' {expected}",
        )


def _check_paths(found: dict[str, Setting], key: str, path: str) -> None:
    for item in found[key].value if key in found else ():
        parts = item.split("/")
        if item.startswith("/") or ".." in parts:
            raise HelpersError(
                f"key '{key}': {item!r} is not a path below the repo's root",
                where=f"{path}:{found[key].line}",
                fix="write it relative to the repo's root, without '..'",
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
                fix=f"give '{name}' {expected}",
            )
        amounts[name] = amount
    return amounts


def _count(text: str) -> int:
    return whole_number(text, _MOST) or 0
