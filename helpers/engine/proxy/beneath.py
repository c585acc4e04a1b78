"""Mount folders below the repo so that no link put in their place leads out of it.

The engine follows links in the path of a bind mount, as root, each time it mounts; a check before
that proves nothing, since tests write to the repo. The repo's root cannot be replaced from inside a
container. So a folder below it becomes a subpath of a volume that is the root: the engine resolves
a subpath beneath its volume without following a link that leaves it, at a start, a restart and a
copy alike.
Reference: https://docs.docker.com/reference/api/engine/version/v1.45/ (VolumeOptions.Subpath)
"""

import json
import os
import stat

from helpers.engine.client import EngineError
from helpers.engine.proxy.bodies import objects, part, text, texts
from helpers.engine.proxy.mounts import Bind, is_inside, read_bind
from helpers.engine.proxy.ownership import find
from helpers.engine.proxy.requests import BAD_REQUEST, Engine, Json, Refused, Rules, refusal
from helpers.model.names import digest_of

# The first version of the API that knows subpaths of volumes.
MINOR = 45
_BAD_GATEWAY = 502


def mount_beneath(rules: Rules, engine: Engine, host: dict[str, Json]) -> bool:
    """Turn checked bind mounts below the repo's root into subpaths of its volume.

    Returns:
        Whether there are any; the request is then one of `MINOR`.

    Raises:
        Refused: the engine is too old, or a folder is not there.
    """
    root = os.path.realpath(rules.repo_root)
    kept, turned = [], []
    for bind in map(read_bind, texts(host, "Binds")):
        if _is_below(root, bind.source):
            _make_folder(root, bind.source)
            turned.append(_mount_of(bind))
        else:
            kept.append(str(bind))
    mounts = objects(host, "Mounts")
    for mount in mounts:
        if mount.get("Type") == "bind" and _is_below(root, text(mount, "Source")):
            _check_there(root, mount)
            turned.append(mount)
    if not turned:
        return False
    _check_version(rules, engine)
    volume = volume_of(rules)
    _make_volume(rules, engine, volume, root)
    for mount in turned:
        _turn(mount, root, volume)
    if "Binds" in host:
        host["Binds"] = kept
    host["Mounts"] = mounts + [mount for mount in turned if mount not in mounts]
    return True


def volume_of(rules: Rules) -> str:
    """The name of the volume that is the repo's root, for one socket."""
    said = json.dumps([*sorted(rules.labels.items()), rules.repo_root])
    return f"helpers-repo-{digest_of(said, 16)}"


def subpath_sources(rules: Rules, host: dict[str, Json]) -> list[tuple[str, bool]]:
    """The host's paths that a container mounts through the volume, and whether read-only."""
    root, volume = os.path.realpath(rules.repo_root), volume_of(rules)
    return [
        (f"{root}/{text(part(mount, 'VolumeOptions'), 'Subpath')}", mount.get("ReadOnly") is True)
        for mount in objects(host, "Mounts")
        if mount.get("Type") == "volume" and mount.get("Source") == volume
    ]


def _make_volume(rules: Rules, engine: Engine, volume: str, root: str) -> None:
    """Make the volume, whose labels name the repo and no dir: tests neither see nor remove it."""
    options = {"type": "none", "o": "bind", "device": root}
    # Labelled `<repo>` without the dir: if this run is killed, the next one finds it.
    labels = {name: f"{value.rpartition(':')[0]}:" for name, value in rules.labels.items()}
    body = {"Name": volume, "DriverOpts": options, "Labels": labels}
    try:
        made = engine.call("POST", "/volumes/create", body=body)
    except EngineError as error:
        raise Refused(error.status or _BAD_GATEWAY, error.what) from error
    # The engine answers with what is there already, which a test may have made under this name.
    if made.get("Options", options) != options:
        raise refusal(rules, f"the volume {volume}, which is not the repo's root")


def _is_below(root: str, source: str) -> bool:
    return source != root and is_inside(source, root)


def _mount_of(bind: Bind) -> dict[str, Json]:
    return {
        "Type": "bind",
        "Source": bind.source,
        "Target": bind.target,
        "ReadOnly": "ro" in bind.options,
    }


def _turn(mount: dict[str, Json], root: str, volume: str) -> None:
    mount.pop("BindOptions", None)
    subpath = os.path.relpath(text(mount, "Source"), root)
    # The content of the image's folder is not for the repo.
    mount |= {"Type": "volume", "Source": volume}
    mount["VolumeOptions"] = {"NoCopy": True, "Subpath": subpath}


def _check_version(rules: Rules, engine: Engine) -> None:
    said = str((find(engine, "/version") or {}).get("ApiVersion", ""))
    major, _, minor = said.partition(".")
    if not (major == "1" and minor.isdigit() and int(minor) >= MINOR):
        raise refusal(
            rules,
            f"a bind mount below {rules.repo_root} with an engine older than Docker Engine 26;"
            " the repo's root itself can be bound",
        )


def _check_there(root: str, mount: dict[str, Json]) -> None:
    source = text(mount, "Source")
    if part(mount, "BindOptions").get("CreateMountpoint") is True:
        _make_folder(root, source)
    elif not os.path.lexists(source):
        # In the engine's words, which clients know.
        what = f'invalid mount config for type "bind": bind source path does not exist: {source}'
        raise Refused(BAD_REQUEST, what)


def _make_folder(root: str, source: str) -> None:
    """Make a folder that is missing, as the engine does for a bind; through no link."""
    if os.path.lexists(source):
        return
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in os.path.relpath(source, root).split("/"):
            deeper = _enter(current, name)
            os.close(current)
            current = deeper
    except OSError as error:
        raise Refused(BAD_REQUEST, f"{source} cannot be made: {error.strerror}") from error
    finally:
        os.close(current)


def _enter(folder: int, name: str) -> int:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode):
            raise
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
