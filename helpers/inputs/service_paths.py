"""Paths that a services file names: build contexts, and files that services see.

Read from its text alone, and less than Compose reads: what variables decide is passed over. What
services are made of is known in full before their result is reused; this is for the dependency
graph, so that a change of such a file affects the dir.
Format: https://docs.docker.com/reference/compose-file/
"""

from collections.abc import Iterator
from typing import Any

from helpers.lockers.declared import NOTHING, Declared

# A node of PyYAML's: importing it is for dirs with services alone.
Node = Any

_KIND = "services"
# What a volume of the short form starts with when it is a path.
_PATH_STARTS = (".", "/", "~")


def read_service_paths(text: str) -> Declared:
    """What services depend on by path; nothing where the file is malformed, which others report."""
    # Imported here: most dirs have no services.
    import yaml

    try:
        # Not what it stands for: anchors may make that larger than any machine can hold.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return NOTHING
    found = dict.fromkeys(path for path in _paths(_table(root)) if path and "$" not in path)
    return Declared(paths=tuple((_KIND, path) for path in found if "://" not in path))


def _paths(content: dict[str, Node]) -> Iterator[str]:
    for service in map(_table, _table(content.get("services")).values()):
        build = _table(service.get("build"))
        yield from _texts(build.get("context", service.get("build")))
        for further in _table(build.get("additional_contexts")).values():
            yield from _texts(further)
        yield from _texts(service.get("env_file"), "path")
        for volume in _texts(service.get("volumes"), "source"):
            if volume.startswith(_PATH_STARTS):
                yield volume.partition(":")[0]
        yield from _texts(_table(service.get("extends")).get("file"))
    for group in ("secrets", "configs"):
        for item in map(_table, _table(content.get(group)).values()):
            yield from _texts(item.get("file"))
    yield from _texts(content.get("include"), "path")


def _table(node: Node) -> dict[str, Node]:
    """A table by the texts of its keys; empty for what is none."""
    import yaml

    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {key.value: value for key, value in pairs if isinstance(key, yaml.ScalarNode)}


def _texts(node: Node, key: str = "") -> Iterator[str]:
    """Texts of a value that may be one or many, each a text or a table with the key."""
    import yaml

    for item in node.value if isinstance(node, yaml.SequenceNode) else [node]:
        found = _table(item).get(key) if isinstance(item, yaml.MappingNode) else item
        if isinstance(found, yaml.ScalarNode):
            yield str(found.value)
