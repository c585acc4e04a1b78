"""Paths that a services file names: build contexts, and files that services see.

Read from its text alone, and less than Compose reads: what variables decide is passed over. What
services are made of is known in full before their result is reused; this is for the dependency
graph, so that a change of such a file affects the dir.
Format: https://docs.docker.com/reference/compose-file/
"""

from collections.abc import Iterator
from typing import Any

from helpers.lockers.declared import NOTHING, Declared
from helpers.model.documents.parsing import load_yaml

_KIND = "services"
# Prefixes of a volume's short form that is a path.
_PATH_STARTS = (".", "/", "~")


def read_service_paths(text: str) -> Declared:
    """What services depend on by path; nothing where the file is malformed, which others report."""
    try:
        content = _table(load_yaml(text))
    except ValueError:
        return NOTHING
    found = dict.fromkeys(path for path in _paths(content) if path and "$" not in path)
    return Declared(paths=tuple((_KIND, path) for path in found if "://" not in path))


def _paths(content: dict[str, Any]) -> Iterator[str]:
    for service in map(_table, _table(content.get("services")).values()):
        build = _table(service.get("build"))
        yield from _texts(build.get("context", service.get("build")))
        yield from _texts([*_table(build.get("additional_contexts")).values()])
        yield from _texts(service.get("env_file"), "path")
        for volume in _texts(service.get("volumes"), "source"):
            if volume.startswith(_PATH_STARTS):
                yield volume.partition(":")[0]
        yield from _texts(_table(service.get("extends")).get("file"))
    for group in ("secrets", "configs"):
        for item in map(_table, _table(content.get(group)).values()):
            yield from _texts(item.get("file"))
    yield from _texts(content.get("include"), "path")


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(given: Any, key: str = "") -> Iterator[str]:
    """Texts of a value that may be one or many, each a text or a table with the key."""
    for item in given if isinstance(given, list) else [given]:
        found = item.get(key) if isinstance(item, dict) else item
        if isinstance(found, str):
            yield found
