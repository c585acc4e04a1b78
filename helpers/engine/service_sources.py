"""Hash the sources of services: build contexts, and the files that they see.

What cannot be known without asking somebody else, such as a context behind a URL or a volume that
others write to, makes the whole unknown.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.system.lease import RESULTS_FOLDER, WORKING_FOLDER

# More than this is not hashed: results that depend on it are not cached.
_MOST_FILES = 20_000
_MOST_BYTES = 500_000_000
# A context may be the whole repo.
_PASSED_OVER = (".git", WORKING_FOLDER, RESULTS_FOLDER)
_REMOTE = ("docker-image://", "oci-layout://", "http://", "https://", "git://", "ssh://", "git@")


class _UnknownError(Exception):
    """Something that services are made from cannot be known."""


def build_contexts(config: Any) -> dict[str, tuple[str, ...]]:
    """The folders and files that each service's image is built from, for those that are built."""
    found = {}
    for name, service in config["services"].items():
        build = service.get("build")
        if build:
            further = (build.get("additional_contexts") or {}).values()
            wanted = [build.get("context", ""), *further]
            context = Path(build.get("context") or "/")
            # It may be a link, whose target counts.
            ignoring = [context / ".dockerignore"]
            if build.get("dockerfile") and not build.get("dockerfile_inline"):
                dockerfile = context / build["dockerfile"]
                # The ignore file of the context may be beside the Dockerfile.
                ignoring.append(Path(f"{dockerfile}.dockerignore"))
                wanted.append(str(dockerfile))
            wanted += [str(path) for path in ignoring if path.is_file()]
            found[name] = tuple(wanted)
    return found


def image_tags(
    config: Any, contexts: Mapping[str, tuple[str, ...]], variables: Mapping[str, str]
) -> dict[str, str]:
    """A tag for each image that is built, which changes with what it is made from.

    Empty where that cannot be known.
    """
    found = {}
    for name, paths in contexts.items():
        build = config["services"][name]["build"]
        content = hashlib.sha256(json.dumps([build, dict(variables)], sort_keys=True).encode())
        try:
            for path in (*paths, *_secret_files(config, build)):
                _add(content, path)
        except _UnknownError:
            found[name] = ""
        else:
            found[name] = content.hexdigest()[:16]
    return found


def digest_of_sources(
    config: Any, project: str, labels: Mapping[str, str], variables: Mapping[str, str]
) -> str:
    """A hash of all that services are made from; empty where it cannot be known.

    Args:
        config: prepared: its images have names that change with their contexts.
        project, labels: the names of one set of services, which say nothing of what runs.
        variables: what secrets and settings may be taken from.
    """
    try:
        said = json.dumps([_without(config, set(labels)), dict(variables)], sort_keys=True)
        content = hashlib.sha256(said.replace(project, "").encode())
        for path in _files_seen(config):
            _add(content, path)
    except _UnknownError:
        return ""
    return content.hexdigest()


def _files_seen(config: Any) -> Iterator[str]:
    """Paths of the host whose content services see.

    Raises:
        _UnknownError: something is not the file's own.
    """
    for group in ("networks", "volumes", "secrets", "configs"):
        for item in (config.get(group) or {}).values():
            if item and _is_of_others(item, group):
                raise _UnknownError
            if item and group in ("secrets", "configs") and item.get("file"):
                yield item["file"]
    for service in config["services"].values():
        build = service.get("build")
        if build and service.get("pull_policy") == "build":
            raise _UnknownError
        for volume in service.get("volumes") or ():
            if volume.get("type") == "bind":
                yield volume["source"]
        for entry in service.get("env_file") or ():
            yield entry["path"] if isinstance(entry, dict) else entry


def _is_of_others(item: Any, group: str) -> bool:
    """Whether something is there without the services, or may be: a volume's options name it."""
    foreign = item.get("driver_opts") or item.get("driver", "local") != "local"
    return bool(item.get("external") or (group == "volumes" and foreign))


def _secret_files(config: Any, build: Any) -> Iterator[str]:
    for entry in build.get("secrets") or ():
        name = entry["source"] if isinstance(entry, dict) else entry
        item = (config.get("secrets") or {}).get(name) or {}
        if item.get("external"):
            raise _UnknownError
        if item.get("file"):
            yield item["file"]


def _without(value: Any, labels: set[str]) -> Any:
    """A copy without labels of ours."""
    if isinstance(value, dict):
        return {key: _without(item, labels) for key, item in value.items() if key not in labels}
    return [_without(item, labels) for item in value] if isinstance(value, list) else value


def _add(content: "hashlib._Hash", path: str) -> None:
    """Add the names, modes and bytes of a file, or of all below a folder.

    Raises:
        _UnknownError: it is not on this machine, or is too much.
    """
    if path.startswith(_REMOTE) or not path.startswith("/"):
        raise _UnknownError
    files = size = 0
    # What is asked for is followed where it is a link, as the engine does; what is in it is not.
    path = os.path.realpath(path)
    try:
        for name in _below(path):
            found = os.lstat(name)
            files, size = files + 1, size + found.st_size
            # A pipe would be waited for, and a device has no end.
            folder, link = stat.S_ISDIR(found.st_mode), stat.S_ISLNK(found.st_mode)
            plain = stat.S_ISREG(found.st_mode) or folder or link
            if files > _MOST_FILES or size > _MOST_BYTES or not plain:
                raise _UnknownError
            # The size of a folder is the file system's own affair.
            head = f"{name[len(path) :]}\0{found.st_mode:o}\0{0 if folder else found.st_size}\0"
            content.update(head.encode("utf-8", "surrogateescape"))
            if not folder:
                text = os.fsencode(Path(name).readlink()) if link else Path(name).read_bytes()
                content.update(text)
    except OSError as error:
        raise _UnknownError from error


def _below(path: str) -> Iterator[str]:
    """A file itself; of a folder everything in it, in a stable order.

    What git and the toolchain keep for themselves is passed over.
    """
    if not Path(path).is_dir():
        if not Path(path).exists():
            raise _UnknownError
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted([*names, *folders]):
            yield f"{folder}/{name}"
