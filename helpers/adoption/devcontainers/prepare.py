"""What a machine adds to a dir's devcontainer: image, user, mounts, services; made as it is opened.

The container is the one that `i docker_bash` would enter: what plans that one, plans this one too.
"""

import shlex
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from helpers.adoption.devcontainers.plan import FOLDER, MACHINE, SERVICE, VARIABLES
from helpers.containers.data import data_mounts
from helpers.containers.host_files import read_surroundings
from helpers.containers.plan import ContainerPlan, Given, Options, Role, plan_container
from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.images.base.python_check import base_image_of
from helpers.images.ensure import Wanted, ensure_image
from helpers.images.installed.ensure import Installed, ensure_installed
from helpers.images.installed.source import BIN, Source
from helpers.images.resolve import NoImageError, Which, choose_image
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model import labels
from helpers.model.documents.json_text import json_as_yaml
from helpers.model.documents.yaml_layout import yaml_for
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.images.name import Stage
from helpers.model.labels import own_labels
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.files import read_text, write_atomic
from helpers.system.host import Host
from helpers.system.lease import working_folder
from helpers.system.repo_files import read_changelog, read_dir_config

_PLACEHOLDER = b"#!@python@"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Python imports it as it starts: paths of code, and finders, are in files that only `site` reads.
_START = """\
import os.path, site
site.addsitedir(os.path.join(os.path.dirname(__file__), "site"))
"""

# Entered while an image is built; gives what is told of it.
Building = Callable[[], AbstractContextManager[Listener]]


def prepare(
    client: Client,
    repo: Repo,
    item: RunnableDir,
    host: Host,
    listen: Listener,
    building: Building,
) -> Path:
    """Write the machine's part beside the configuration; return its path.

    The team's image of the changelog's version is taken by its digest where the engine has it;
    otherwise the local one, which is built where it is missing or out of date.

    Raises:
        HelpersError: there is no image and it cannot be built, or a file is malformed.
    """
    folder = item.root / FOLDER
    if not folder.is_dir():
        raise HelpersError(
            f"{item.name} has no {FOLDER}",
            where=str(item.root),
            fix=f"i devcontainer_sync --dir {shlex.quote(item.name)}",
        )
    changelog, config = read_changelog(item), read_dir_config(item)
    try:
        chosen = choose_image(client, repo, changelog, host, Which(Stage.DEV, changelog.version))
    except NoImageError:
        wanted = Wanted(build=True, building=building)
        chosen, _ = ensure_image(client, repo, item, host, wanted, listen)
    around = read_surroundings(repo.of(item.name), host, client.endpoint)
    source = Source(read_repo_inputs(repo), item, host, client, chosen.image.id, around.git_folders)
    code = _put_code(repo, item, ensure_installed(source, listen))
    options = Options(data=data_mounts(repo, item, config, host))
    plan = plan_container(repo, item, chosen, Given(host, options, around), Role.KEPT)
    service = service_of(repo, item, plan, code, chosen.image.path or _PATH)
    # Two checkouts, or two dirs of one name, never meet.
    name = f"helpers-devcontainer-{item.slug}-{digest_of(str(item.root), 8)}".lower()
    content: dict[str, Any] = {"name": name, "services": {SERVICE: service}}
    if item.compose.is_file():
        named = base_image_of(repo, item.name, config)
        base = ensure_base_image(repo, host.platform, listen, client, named)
        write_atomic(folder / VARIABLES, f"HELPERS_BASE_IMAGE={base}\n")
        content = with_services(content, item.compose, folder / VARIABLES)
    target = folder / MACHINE
    # `$` begins a variable in a compose file.
    write_atomic(target, json_as_yaml(content, indent=1).replace("$", "$$") + "\n")
    return target


def service_of(
    repo: Repo, item: RunnableDir, plan: ContainerPlan, code: Path, path: str
) -> dict[str, Any]:
    """The container that was planned, in the words of a compose file.

    Args:
        code: the folder that makes the dir's code look as if installed.
        path: where the image looks for programs.
    """
    host = plan.body["HostConfig"]
    environment = {
        **plan.env,
        "PYTHONPATH": ":".join(filter(None, (str(code), plan.env.get("PYTHONPATH", "")))),
        "PATH": f"{code / BIN}:{path}",
    }
    return {
        "image": plan.body["Image"],
        "entrypoint": [],
        "command": ["sleep", "infinity"],
        "init": True,
        "user": plan.body["User"],
        "working_dir": plan.directory,
        "environment": environment,
        "labels": {**own_labels(repo, item.name), labels.ROLE: "devcontainer"},
        "volumes": [
            {
                "type": "bind",
                "source": one["Source"],
                "target": one["Target"],
                **({"read_only": True} if one.get("ReadOnly") else {}),
            }
            for one in host["Mounts"]
        ],
        "tmpfs": [f"{target}:{options}" for target, options in host["Tmpfs"].items()],
    }


def with_services(content: Mapping[str, Any], file: Path, variables: Path) -> dict[str, Any]:
    """The same with the services of the dir, which are up before it and reached by their names."""
    yaml = yaml_for("")
    services = (yaml.load(read_text(file) or "") or {}).get("services") or {}
    networks = {name for one in services.values() for name in one.get("networks") or ()}
    own = {
        **content["services"][SERVICE],
        "networks": ["default", *sorted(networks - {"default"})],
        "depends_on": {name: {"condition": _condition(one)} for name, one in services.items()},
    }
    include = [{"path": str(file), "env_file": str(variables)}]
    return {**content, "include": include, "services": {SERVICE: own}}


def _condition(service: Mapping[str, Any]) -> str:
    return "service_healthy" if "healthcheck" in service else "service_started"


def _put_code(repo: Repo, item: RunnableDir, installed: Installed) -> Path:
    """Write what installing the code would bring into a folder that the container sees."""
    folder = working_folder(repo.root) / "devcontainers" / item.slug
    shutil.rmtree(folder, ignore_errors=True)
    python = installed.python[0].encode() if installed.python else b"/usr/bin/env python3"
    for file in installed.files:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content.replace(_PLACEHOLDER, b"#!" + python, 1))
        target.chmod(0o755 if file.path.startswith(f"{BIN}/") else file.mode)
    (folder / "site").mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "sitecustomize.py", _START)
    return folder
