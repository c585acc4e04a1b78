"""`repo_config.yaml` and a dir's `devops/config.yaml`, as typed values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import date
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.base_image import image_of_python
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.platform import check_platforms
from helpers.model.numbers import whole_number
from helpers.model.packages.index import PackageIndex
from helpers.model.settings.ci_config import CiConfig, ci_config
from helpers.model.settings.config_keys import DIR_KEYS, HEALTH_TIMES, PROJECT_CHOICES, REPO_KEYS
from helpers.model.settings.data_config import DataSet, check_suites, data_sets, large_files
from helpers.model.settings.deploy_config import with_repo
from helpers.model.settings.deprecated import Deprecated
from helpers.model.settings.environment_config import Environment, environments
from helpers.model.settings.hosts_config import DockerHost, docker_hosts
from helpers.model.settings.licence_config import LicencePolicy, licence_policy
from helpers.model.settings.publish_config import check_indexes
from helpers.model.settings.reader import Setting, read_settings, without_formers
from helpers.model.settings.release_config import ReleaseConfig, release_config, release_values
from helpers.model.settings.resources import MOST, Amounts, read_amounts
from helpers.model.settings.socket_policy import SocketPolicy

# The suite of Debian whose Python is that of the image below, for where no registry is reachable.
DEFAULT_BASE_IMAGE = "python:3.13-slim-trixie"

# Those of a dir that say what its development image is made of: a change asks for a bump.
IMAGE_SETTINGS = ("base_image", *PROJECT_CHOICES, "allow_link_scripts")
# What `registry` is called where the repo names no other.
DEFAULT_REGISTRY = "default"


@dataclass(frozen=True, slots=True)
class RepoConfig:
    """What a repo says of itself: each attribute is what the key of its name in `REPO_KEYS` says.

    Attributes:
        registries: all by name, the one that images are named after first.
        registry: the address of that one; empty: images stay local.
        base_image: the one that was named, or that has the Python that was named.
        large_files: by path, the last day on which it may be committed.
        release: the values that are given; None: the key is missing.
    """

    name: str
    registry: str = ""
    namespace: str = ""
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
    indexes: Mapping[str, PackageIndex] = field(default_factory=dict)
    ci: CiConfig = field(default_factory=CiConfig)
    licenses: LicencePolicy = field(default_factory=LicencePolicy)
    large_files: Mapping[str, date] = field(default_factory=dict)
    release: Mapping[str, Any] | None = None
    environments: tuple[Environment, ...] = ()
    hosts: Mapping[str, DockerHost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DirConfig:
    """What a runnable dir says of its containers: each attribute is as `DIR_KEYS` says.

    Attributes:
        base_image: the one that was named, or that has the Python that was named; empty: neither.
        extras, groups: None: all of them.
        resources: bytes of memory, which are also the most that its tests get.
        sibling: with a socket its tests see the whole repo too, and always run.
        release: the values that are given; None: the key is missing.
    """

    base_image: str = ""
    extras: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    prod_extras: tuple[str, ...] = ()
    prod_groups: tuple[str, ...] = ()
    allow_link_scripts: tuple[str, ...] = ()
    cuda: str = ""
    depends_on: tuple[str, ...] = ()
    suites: Mapping[str, str] = field(default_factory=dict)
    offline: tuple[str, ...] = ()
    data: Mapping[str, DataSet] = field(default_factory=dict)
    dind: bool = False
    resources: Amounts = field(default_factory=dict)
    reuse: bool = True
    sibling: SocketPolicy | None = None
    platforms: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    code: CodeKind = CodeKind.COPY
    index: str = ""
    command: tuple[str, ...] = ()
    health_check: tuple[str, ...] = ()
    health_times: Amounts = field(default_factory=dict)
    prod_exclude: tuple[str, ...] = ()
    runner: str = ""
    environment: str = ""
    release: Mapping[str, Any] | None = None

    def released(self, repo: RepoConfig) -> ReleaseConfig | None:
        """How versions of the dir's code follow from commits; None: they do not.

        Args:
            repo: the settings of the dir's repo.

        Raises:
            HelpersError: a release would move the tag of an environment.
        """
        found = release_config(repo.release, self.release)
        if found:
            found.check_floating([one.name for one in repo.environments])
        return found


def parse_repo_config(text: str, path: str) -> RepoConfig:
    """Read `repo_config.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, REPO_KEYS)
    registries = _registries(found)
    places = _environments(found, registries, path)
    _check_builders(found, path)
    values = {key: setting.value for key, setting in found.items() if key != "python"}
    return RepoConfig(
        **{
            **values,
            "base_image": _base_image(found) or DEFAULT_BASE_IMAGE,
            "resources": resource_amounts(found, path),
            "registry": next(iter(registries.values()), ""),
            "registries": registries,
            "platforms": _platforms(found, path),
            "indexes": _indexes(found),
            "ci": _ci(found, path, (tuple(one.name for one in places), registries)),
            "licenses": _licenses(found, path),
            "large_files": large_files(found),
            "release": _release(found),
            "environments": places,
            "hosts": docker_hosts(found["hosts"].value, path) if "hosts" in found else {},
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
    found = read_settings(text, path, DIR_KEYS, on_deprecated)
    check_suites(found, path)
    sibling = found.get("sibling")
    return DirConfig(
        **{
            **{key: setting.value for key, setting in found.items() if key != "python"},
            "base_image": _base_image(found),
            "resources": resource_amounts(found, path),
            "sibling": SocketPolicy(sibling.value) if sibling else None,
            "code": CodeKind(found["code"].value) if "code" in found else CodeKind.COPY,
            "platforms": _platforms(found, path),
            "health_times": _health_times(found, path),
            "data": data_sets(found),
            "release": _release(found),
        }
    )


def modern_dir_config(text: str, path: str) -> str:
    """A dir's `devops/config.yaml` without forms of earlier versions; all else stays as it is.

    Raises:
        HelpersError: it is not made of settings.
    """
    return without_formers(text, path, DIR_KEYS)


def _base_image(found: dict[str, Setting]) -> str:
    """What `base_image` names, or what has the Python that `python` names; empty: neither does."""
    if "python" in found:
        return image_of_python(found["python"].value)
    return str(found["base_image"].value) if "base_image" in found else ""


def _platforms(found: dict[str, Setting], path: str) -> tuple[str, ...]:
    if "platforms" not in found:
        return ()
    return check_platforms(found["platforms"].value, f"{path}:{found['platforms'].line}")


def _check_builders(found: dict[str, Setting], path: str) -> None:
    if "builders" in found:
        check_platforms(found["builders"].value, f"{path}:{found['builders'].line}")


def _registries(found: dict[str, Setting]) -> dict[str, str]:
    """All registries by name, the one that images are named after first."""
    named = dict(found["registries"].value) if "registries" in found else {}
    chosen = found["registry"].value if "registry" in found else next(iter(named), "")
    if not chosen:
        return {}
    name = chosen if chosen in named else DEFAULT_REGISTRY
    return {name: named.get(chosen, chosen), **named}


def _ci(
    found: dict[str, Setting], path: str, known: tuple[tuple[str, ...], Iterable[str]]
) -> CiConfig:
    """The key `ci`; `known` are the names of the repo's environments, and of its registries."""
    if "ci" not in found:
        return CiConfig()
    where = f"{path}:{found['ci'].line}"
    made = ci_config(found["ci"].value, where)
    indexes = _indexes(found)
    check_indexes(made.publish, indexes, where)
    deploy, logins = with_repo(made.deploy, made.logins, (*known, indexes), where)
    return replace(made, deploy=deploy, logins=logins)


def _licenses(found: dict[str, Setting], path: str) -> LicencePolicy:
    if "licenses" not in found:
        return LicencePolicy()
    return licence_policy(found["licenses"].value, f"{path}:{found['licenses'].line}")


def _release(found: dict[str, Setting]) -> Mapping[str, Any] | None:
    return release_values(found["release"].value) if "release" in found else None


def _environments(
    found: dict[str, Setting], registries: Mapping[str, str], path: str
) -> tuple[Environment, ...]:
    return (
        environments(found["environments"].value, registries, path)
        if "environments" in found
        else ()
    )


def _indexes(found: dict[str, Setting]) -> dict[str, PackageIndex]:
    named = found["indexes"].value if "indexes" in found else {}
    return {name: PackageIndex(name, **values) for name, values in named.items()}


def _health_times(found: dict[str, Setting], path: str) -> Mapping[str, int]:
    setting = found.get("health_times")
    if setting is None:
        return {}
    for name, text in setting.value.items():
        if name not in HEALTH_TIMES or not _count(text):
            raise HelpersError(
                f"key 'health_times': {name}: {text} is none of {', '.join(HEALTH_TIMES)} with a"
                " number from 1",
                where=f"{path}:{setting.line}",
                fix="write for instance {interval: 30, timeout: 5, start_period: 10, retries: 3}",
            )
    return {name: _count(text) for name, text in setting.value.items()}


def resource_amounts(found: dict[str, Setting], path: str) -> Mapping[str, int]:
    """What the key `resources` asks for; `path` is for messages alone.

    Raises:
        HelpersError: an amount is none.
    """
    setting = found.get("resources")
    if setting is None:
        return {}
    return read_amounts(setting.value, f"{path}:{setting.line}")


def _count(text: str) -> int:
    return whole_number(text, MOST) or 0
