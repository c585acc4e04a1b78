"""A compose file that a project has elsewhere than a runnable dir's `devops/compose.yaml`."""

import posixpath
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_yaml
from helpers.model.runnable_dir import COMPOSE
from helpers.system.shell_lines import print_lines

_FOLDERS = ("", "docker/")
_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")

# Keys of services that are the project's own code, or need more than the service itself.
_ALONE = frozenset({"build", "secrets", "configs", "links", "volumes_from", "profiles"})
_DECLARED = ("volumes", "networks")


@dataclass(frozen=True, slots=True)
class ServicesBeside:
    """A file with services that tests might need.

    Attributes:
        file: relative to the dir.
        names: the services that are made from an image and not from the project's own code.
        declared: the file's volumes and networks: `extends` brings none of them along.
    """

    file: str
    names: tuple[str, ...]
    declared: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        return (
            f"{self.file} describes services ({', '.join(self.names)}); tests have those of"
            f" {COMPOSE} alone, which does not exist"
        )

    def fix(self, below: str) -> str:
        """The command, typed at the repo's root, that gives tests these services."""
        target = posixpath.normpath(posixpath.join(below, COMPOSE))
        lines = ["services:"]
        for name in self.names:
            lines += [f"  {name}:", f"    extends: {{file: ../{self.file}, service: {name}}}"]
        for kind, names in self.declared.items():
            lines += [f"{kind}:", *(f"  {name}:" for name in names)]
        return f"{print_lines(lines)} > {shlex.quote(target)}"


def services_beside(folder: Path) -> ServicesBeside | None:
    """The first such file of a dir without services of its own; None: there is none."""
    if (folder / COMPOSE).is_file():
        return None
    for name in (f"{place}{file}" for place in _FOLDERS for file in _NAMES):
        content = _read(folder / name) if (folder / name).is_file() else {}
        names = _from_images(_table(content, "services"))
        if names:
            declared = {kind: tuple(_table(content, kind)) for kind in _DECLARED}
            return ServicesBeside(
                name, names, {kind: found for kind, found in declared.items() if found}
            )
    return None


def _read(path: Path) -> Any:
    """What a file says; empty if it is malformed, which Compose reports better."""
    try:
        return load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _from_images(services: Mapping[str, Any]) -> tuple[str, ...]:
    """The services that an image alone makes, and that need no other one."""
    names = [
        name
        for name, given in services.items()
        if isinstance(given, dict) and "image" in given and _ALONE.isdisjoint(given)
    ]
    while True:
        left = [name for name in names if set(services[name].get("depends_on") or ()) <= {*names}]
        if left == names:
            return tuple(names)
        names = left


def _table(content: Any, key: str) -> Mapping[str, Any]:
    found = content.get(key) if isinstance(content, dict) else None
    return {str(name): given for name, given in found.items()} if isinstance(found, dict) else {}
