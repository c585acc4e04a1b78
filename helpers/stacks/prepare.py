"""What is done before a stack is started: its file is read and checked, its images are built."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.engine.client import Client
from helpers.engine.stack_compose import (
    ComposeProject,
    read_config,
)
from helpers.images.base.base_image import ensure_base_image
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Warned
from helpers.model.images.name import ImageName
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.stack.services import Service, plan_services
from helpers.model.stack.stack_file import StackFile, read_stack_file
from helpers.stacks.checks import check_ports, check_stage
from helpers.stacks.images import Images, Rebuild, StackStage
from helpers.stacks.overlay import overlay
from helpers.stacks.stack import Stack
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs
from helpers.wheels.for_images import Versions

_BASE_IMAGE = "HELPERS_BASE_IMAGE"


@dataclass(frozen=True, slots=True)
class UpRequest:
    """How a stack is to come up.

    Attributes:
        replace: images of another stage, which run now, may be replaced.
        keep: what failed is left for a person to look at.
        timeout: seconds in which all must be ready, from the start of the first.
        versions: what says the versions of dirs' code that is released, for production images.
    """

    stage: StackStage = StackStage.PROD
    rebuild: Rebuild = Rebuild.OUTDATED
    replace: bool = False
    keep: bool = False
    timeout: float = 300.0
    versions: Versions | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A stack that may be started: its file is sound, and its images are there.

    Attributes:
        images: ids of those of the dirs.
    """

    stack: Stack
    project: ComposeProject
    services: tuple[Service, ...]
    images: tuple[str, ...]


def prepare_stack(
    client: Client, stack: Stack, host: Host, request: UpRequest, listen: Listener
) -> Prepared:
    """Check what can be checked before anything is started, and build what is to be built.

    Raises:
        ImageGoneError: an image is gone since it was built.
        HelpersError: the file is malformed, a port is taken, an image cannot be built, or the stack
            runs with images of another stage.
    """
    file = read_stack_file(_text(stack.path, stack.file), stack.file)
    _check_others(stack, file)
    project, config = _read(client, stack, host, listen)
    dirs = {item.name: item for item in discover_dirs(stack.repo)}
    services = _services(stack.repo, config, file, dirs)
    if not request.replace:
        check_stage(client, stack, request.stage)
    check_ports(client, stack, services, host)
    used = [dirs[name] for name in sorted({one.dir for one in services if one.dir})]
    images = Images(
        client, stack.repo, host, request.stage, request.rebuild, versions=request.versions
    )
    made = images.ensure(used, listen)
    said = _said_to_builds(config, stack, host)
    write_atomic(stack.over, overlay(config, services, made, stack.labels, said))
    return Prepared(stack, project, services, tuple(one.image for one in made.values()))


def _text(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise HelpersError(
            "the stack file is not UTF-8", where=shown, fix="save it as UTF-8"
        ) from error


def _check_others(stack: Stack, file: StackFile) -> None:
    """Read the files that a stack's file includes or extends: no secret stands in them either.

    Those that are not there, or are not named by a path alone, Compose tells.

    Raises:
        HelpersError: one is no YAML, or has a secret in it.
    """
    root, found, seen = stack.repo.root, [file], {stack.path}
    while found:
        one = found.pop()
        for name in one.others:
            path = Path(os.path.normpath((root / one.path).parent / name))
            if path in seen or not path.is_file():
                continue
            seen.add(path)
            shown = str(path.relative_to(root) if path.is_relative_to(root) else path)
            found.append(read_stack_file(_text(path, shown), shown))


def _read(client: Client, stack: Stack, host: Host, listen: Listener) -> tuple[ComposeProject, Any]:
    variables = {}
    if _BASE_IMAGE in _text(stack.path, stack.file):
        repo = stack.repo
        variables = {_BASE_IMAGE: ensure_base_image(repo, host.platform, listen, client)}
    files = (stack.path, stack.over)
    project = ComposeProject(stack.project, stack.repo.root, host.directory, files, variables)
    config, warnings = read_config(client.endpoint, project)
    for text in warnings:
        listen(Warned(f"{stack.file}: {text}"))
    return project, config


def _said_to_builds(config: Any, stack: Stack, host: Host) -> dict[str, str]:
    """What builds of services may be made from besides what Compose says: secrets in variables."""
    secrets = (config.get("secrets") or {}).values()
    names = {item["environment"] for item in secrets if item and item.get("environment")}
    if not names:
        return {}
    files = [folder / ".env" for folder in (stack.repo.root, stack.path.parent)]
    said = {str(file): file.read_text(errors="replace") for file in files if file.is_file()}
    return said | {name: host.environment.get(name, "") for name in names}


def _services(
    repo: Repo, config: Any, file: StackFile, dirs: Mapping[str, RunnableDir]
) -> tuple[Service, ...]:
    names: dict[str, str] = {}
    for name, item in dirs.items():
        changelog = read_changelog(item)
        own: ImageName = repo.of(name).image_name(changelog.image_name)
        for one in own.local_names:
            names[str(one)] = names[one.on_engine] = name
    # In a repo that is a submodule, paths are its own.
    paths = {name: name for name in dirs} | {
        repo.own_name(name): name for name in dirs if repo.of(name).place == repo.place
    }
    return plan_services(config, file, names, paths)
