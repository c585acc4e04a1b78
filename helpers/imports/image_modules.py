"""Which package gives which module: asked of the Python in a dir's own image, never guessed."""

import json
import os
from collections.abc import Mapping

from helpers.engine.client import Client
from helpers.engine.containers import create_container, remove_container, start_container
from helpers.engine.execs import Command, start_command
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.labels import own_labels
from helpers.model.names import digest_of
from helpers.model.packages.installed import python_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.system.files import write_atomic
from helpers.system.lease import Lease, working_folder

_SCRIPT = """\
import json, sys
from importlib.metadata import packages_distributions
print(json.dumps([sorted(sys.stdlib_module_names), packages_distributions()]))
"""
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class ImageModules:
    """What can be imported in an image.

    Attributes:
        standard: top-level modules of its Python.
        packages: by top-level module, the normalised names of the packages that give it.
    """

    standard: frozenset[str]
    packages: Mapping[str, tuple[str, ...]]


def read_image_modules(client: Client, repo: Repo, item: RunnableDir, image: str) -> ImageModules:
    """The modules of a dir's image, kept for the next time: what an id names does not change.

    Raises:
        HelpersError: its Python does not answer.
    """
    kept = working_folder(repo.root) / "imports" / f"{digest_of(image, 24)}.json"
    try:
        return _parsed(kept.read_text())
    except (OSError, ValueError, TypeError):
        answer = _ask(client, repo, item, image)
    try:
        found = _parsed(answer)
    except (ValueError, TypeError) as error:
        raise HelpersError(
            f"the image of {item.name} does not say which packages it has",
            where=f"{image}\n{answer[-500:]}",
            fix=f"i docker_build_local_image {dir_option(item.name)}",
        ) from error
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(kept, answer)
    return found


def _parsed(text: str) -> ImageModules:
    standard, packages = json.loads(text)
    return ImageModules(
        frozenset(standard),
        {module: tuple(sorted({*map(python_name, of)})) for module, of in packages.items()},
    )


def _ask(client: Client, repo: Repo, item: RunnableDir, image: str) -> str:
    token = f"imports-{os.getpid()}-{os.urandom(4).hex()}"
    with Lease(repo.root, token, passing=True):
        body = {
            "Image": image,
            "Entrypoint": [],
            "Cmd": ["sleep", str(_SECONDS)],
            "Labels": own_labels(repo, item.name)
            | {labels.ROLE: "dependencies", labels.RUN: token},
            "HostConfig": {"Init": True, "AutoRemove": True, "NetworkMode": "none"},
        }
        made = create_container(client, f"helpers-{item.slug}-{token}", body)
        assert made is not None, "the name is unique"
        try:
            start_container(client, made)
            # Any user may read it; nothing of the repo is mounted.
            started = start_command(
                client, made, Command(("python3", "-I", "-c", _SCRIPT), "65534:65534", "/")
            )
            said = bytearray()
            try:
                while started.pump(lambda _, data: said.extend(data)):
                    pass
            finally:
                started.close()
            return said.decode(errors="replace").strip()
        finally:
            remove_container(client, made)
