"""Check which host paths and volumes a new container may mount."""

import os

from helpers.engine.proxy.bodies import check_keys, is_empty, objects, part, text, texts
from helpers.engine.proxy.ownership import free_volume, make_volume
from helpers.engine.proxy.requests import BAD_REQUEST, Engine, Json, Refused, Rules, refusal
from helpers.model.dataclass import dataclass

_MOUNT = ("Type", "Source", "Target", "ReadOnly", "Consistency")
_OPTIONS = ("BindOptions", "VolumeOptions", "TmpfsOptions")
_BIND_OPTIONS = ("Propagation", "NonRecursive", "CreateMountpoint", "ReadOnlyNonRecursive")
_BIND_EMPTY = ("ReadOnlyForceRecursive",)
_VOLUME_OPTIONS = ("NoCopy", "Labels", "Subpath")
_VOLUME_EMPTY = ("DriverConfig",)
# The others let what a container mounts appear on the host.
_PROPAGATIONS = ("", "private", "rprivate", "slave", "rslave")
_SHARED = ("shared", "rshared")
_LOCAL = ("", "local")
_SOURCE_AND_TARGET = 2
_WITH_OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Bind:
    """One entry of `Binds`."""

    source: str
    target: str
    options: tuple[str, ...]

    def __str__(self) -> str:
        parts = [self.source, self.target, ",".join(self.options)]
        return ":".join(parts if self.options else parts[:2])


def read_bind(entry: str) -> Bind:
    """Read one entry of `Binds`.

    Raises:
        Refused: it is none.
    """
    parts = entry.split(":")
    if len(parts) not in (_SOURCE_AND_TARGET, _WITH_OPTIONS) or not all(parts):
        raise Refused(BAD_REQUEST, f"the bind {entry!r} is not <source>:<target>[:<options>]")
    options = tuple(parts[2].split(",")) if len(parts) == _WITH_OPTIONS else ()
    return Bind(parts[0], parts[1], options)


def check_mounts(rules: Rules, engine: Engine, host: dict[str, Json]) -> None:
    """Hold that a new container's mounts are allowed; write them as they were checked.

    Raises:
        Refused: they are not.
    """
    binds = [read_bind(entry) for entry in texts(host, "Binds")]
    mounts = objects(host, "Mounts")
    for mount in mounts:
        _check_mount(rules, engine, mount)
    if binds:
        host["Binds"] = [str(_checked(rules, engine, bind)) for bind in binds]
    if text(host, "VolumeDriver") not in _LOCAL:
        raise refusal(rules, "another volume driver than local")


def check_again(rules: Rules, bound: list[tuple[str, bool]]) -> None:
    """Hold that the folders of a container that starts are still the ones that were checked.

    What an engine mounts beneath the repo's root is held there by itself; this says why not.

    Args:
        bound: the host's paths, and whether read-only.

    Raises:
        Refused: one has become a link to elsewhere, say.
    """
    for source, read_only in bound:
        if allowed_source(rules, source, read_only=read_only) != source:
            raise refusal(rules, f"the bind mount {source}, which is a link by now")


def all_sources(container: dict[str, Json]) -> list[tuple[str, bool]]:
    """The host's paths that a container binds, those of `VolumesFrom` too."""
    mounts = objects(container, "Mounts")
    bound = [mount for mount in mounts if mount.get("Type") == "bind"]
    mounted = [(text(mount, "Source"), mount.get("RW") is False) for mount in bound]
    return sources(part(container, "HostConfig")) + mounted


def sources(host: dict[str, Json]) -> list[tuple[str, bool]]:
    """The host's paths that a container binds, and whether read-only."""
    found = []
    for entry in texts(host, "Binds"):
        bind = read_bind(entry)
        if bind.source.startswith("/"):
            found.append((bind.source, "ro" in bind.options))
    for mount in objects(host, "Mounts"):
        if mount.get("Type") == "bind":
            found.append((text(mount, "Source"), mount.get("ReadOnly") is True))
    return found


def allowed_source(rules: Rules, source: str, *, read_only: bool) -> str:
    """Resolve a bind mount's source.

    Raises:
        Refused: not where it may be.
    """
    if not source.startswith("/") or "\0" in source:
        raise Refused(BAD_REQUEST, f"the bind mount {source!r} is no absolute path")
    real = os.path.realpath(source)
    roots = (rules.repo_root, *(rules.read_only_paths if read_only else ()))
    if not any(is_inside(real, os.path.realpath(root)) for root in roots):
        raise refusal(rules, f"a bind mount of {source}, outside {rules.repo_root}")
    socket = rules.engine_socket and os.path.realpath(rules.engine_socket)
    if socket and is_inside(socket, real):
        raise refusal(rules, f"a bind mount of {source}, which shows the engine's socket")
    return real


def is_inside(path: str, folder: str) -> bool:
    """Whether a real path is a folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def check_volume(rules: Rules, engine: Engine, content: dict[str, Json]) -> None:
    """Refuse a new volume that is not plain, or that another run owns.

    Raises:
        Refused: it is not.
    """
    # The options of the local driver mount any device or folder of the host.
    free, empty = ("Name", "Driver", "Labels"), ("DriverOpts", "ClusterVolumeSpec")
    check_keys(rules, content, free, empty, "volumes: ")
    if text(content, "Driver") not in _LOCAL:
        raise refusal(rules, "another volume driver than local")
    name = text(content, "Name")
    if name:
        free_volume(rules, engine, name)


def _checked(rules: Rules, engine: Engine, bind: Bind) -> Bind:
    if bind.source.startswith("/"):
        read_only = "ro" in bind.options and "rw" not in bind.options
        if set(_SHARED) & set(bind.options):
            raise refusal(rules, "a bind mount with shared propagation")
        real = allowed_source(rules, bind.source, read_only=read_only)
        if ":" in real:
            raise refusal(rules, f"a bind mount of {real}, whose colon `Binds` cannot hold")
        return Bind(real, bind.target, bind.options)
    make_volume(rules, engine, bind.source)
    return bind


def _check_mount(rules: Rules, engine: Engine, mount: dict[str, Json]) -> None:
    check_keys(rules, mount, (*_MOUNT, *_OPTIONS), ("ClusterOptions", "ImageOptions"), "Mounts: ")
    kind = text(mount, "Type")
    if kind == "bind":
        _check_bind_mount(rules, mount)
    elif kind == "volume":
        _check_volume_mount(rules, engine, mount)
    elif kind != "tmpfs":
        raise refusal(rules, f"a mount of type {kind!r}")
    own = {"bind": "BindOptions", "volume": "VolumeOptions", "tmpfs": "TmpfsOptions"}[kind]
    for name in _OPTIONS:
        if name != own and not is_empty(mount.get(name)):
            raise refusal(rules, f"{name} of a mount of type {kind}")


def _check_bind_mount(rules: Rules, mount: dict[str, Json]) -> None:
    options = part(mount, "BindOptions")
    check_keys(rules, options, _BIND_OPTIONS, _BIND_EMPTY, "BindOptions: ")
    if text(options, "Propagation") not in _PROPAGATIONS:
        raise refusal(rules, "a bind mount with shared propagation")
    read_only = mount.get("ReadOnly") is True
    mount["Source"] = allowed_source(rules, text(mount, "Source"), read_only=read_only)


def _check_volume_mount(rules: Rules, engine: Engine, mount: dict[str, Json]) -> None:
    options = part(mount, "VolumeOptions")
    check_keys(rules, options, _VOLUME_OPTIONS, _VOLUME_EMPTY, "VolumeOptions: ")
    options["Labels"] = rules.put_on(part(options, "Labels"))
    name = text(mount, "Source")
    if name:
        make_volume(rules, engine, name)
