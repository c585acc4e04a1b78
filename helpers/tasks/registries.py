"""Tasks that look into registries, and log in to them."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, OneOrMore, Options, option
from helpers.tasks.release_dirs import DRY_RUN, REGISTRY, STAGE, listener, read_stage

if TYPE_CHECKING:
    from helpers.model.repo import Repo
    from helpers.system.host import Host


class ListImages(OneOrMore):
    """Which images are listed."""

    registry: tuple[str, ...] = option(
        "a name among `registries` in repo_config.yaml; repeatable; default: all", default=()
    )
    local: bool = option("only those on this engine; asks no registry", default=False)


class History(OneDir):
    """Whose releases are listed."""

    stage: str = option(f"{STAGE}; default: both", default="")
    registry: tuple[str, ...] = option(REGISTRY, default=())


class Verify(OneDir):
    """Which image is verified."""

    stage: str = option(f"{STAGE}; default: prod", default="prod")
    version: str = option("a released version; default: the current one", default="")
    registry: tuple[str, ...] = option(REGISTRY, default=())
    json: bool = option("print all of it as JSON", default=False)


class Login(Options):
    """Who logs in, and where."""

    registry: str = option(
        "a name among `registries` in repo_config.yaml; default: the first", default=""
    )
    username: str = option("the user name; default: the task asks", default="")
    dry_run: bool = option(DRY_RUN, default=False)


@command()
def docker_images(host: "Host", wanted: ListImages) -> int:
    """List the images here and in the registries; default: of all dirs."""
    from dataclasses import replace

    from helpers.console.images import print_half_moved, print_images
    from helpers.images.installing.access import open_access
    from helpers.model.images.published import HalfMoved, ListedImage, each_once
    from helpers.model.runnable_dir import shown_name
    from helpers.release.inventory import (
        find_half_moved,
        find_targets,
        list_local_images,
        list_remote_images,
    )
    from helpers.release.targets import registries

    repo, client = cli.open_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=not wanted.dir)
    if wanted.registry and not any(own.config.registries for own in repo.every()):
        registries(repo, wanted.registry)  # says that there is none
    found: list[ListedImage] = []
    half: list[HalfMoved] = []
    troubles: list[HelpersError] = []
    try:
        found += list_local_images(client, repo, dirs)
    except HelpersError as error:
        troubles.append(error)
    for own in () if wanted.local else repo.every():
        of_repo = [item for item in dirs if repo.of(item.name).place == own.place]
        if of_repo and own.config.registries:
            access = open_access(own, host, listener(repo))
            names = wanted.registry or tuple(own.config.registries)
            before = len(troubles)
            asked = find_targets(own, access, of_repo, names, troubles.append)
            found += list_remote_images(asked, troubles.append)
            # Where one does not answer nothing can be said of what it was to follow.
            if len(troubles) == before:
                half += find_half_moved(asked)
    if found or not troubles:
        root = cli.root_name(repo)
        print_images([replace(one, dir=shown_name(one.dir, root)) for one in each_once(found)])
    print_half_moved(half)
    return cli.show_errors(troubles)


@command()
def docker_history(host: "Host", wanted: History) -> None:
    """Say who released which version when; from what the registry has."""
    from helpers.console.images import print_history, print_rollbacks
    from helpers.images.installing.access import open_access
    from helpers.model.images.name import Stage
    from helpers.release.inventory import read_history, read_rollbacks
    from helpers.release.targets import targets_of
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    repo = repo.of(item.name)
    stages = [read_stage(wanted.stage)] if wanted.stage else [Stage.DEV, Stage.PROD]
    access = open_access(repo, host, listener(repo))
    found = targets_of(repo, access, item, wanted.registry)
    print_history([(str(target), version) for target, version in read_history(found, stages)])
    print_rollbacks([(str(target), move) for target, move in read_rollbacks(found, stages)])


@command()
def docker_verify(host: "Host", wanted: Verify) -> None:
    """Verify a released image; show its provenance and its packages."""
    from helpers.console.images import print_verified
    from helpers.images.installing.access import open_access
    from helpers.release.targets import targets_of
    from helpers.release.verify import verify
    from helpers.release.version_tags import find_tag, read_released_version
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    repo = repo.of(item.name)
    stage = read_stage(wanted.stage)
    if wanted.version:
        read_released_version(wanted.version, stage)
    access = open_access(repo, host, listener(repo))
    for target in targets_of(repo, access, item, wanted.registry):
        tag = find_tag(target, stage, wanted.version)
        index, found = verify(target, tag)
        print_verified(f"{target}:{tag}", index.descriptor.digest, found, as_json=wanted.json)


@command()
def docker_login(host: "Host", wanted: Login) -> int:
    """Log in to a registry; the password comes from the terminal or standard input."""
    from helpers.system.process import attach

    repo = cli.find_repo(host)
    address = _login_address(repo, wanted.registry)
    command = ["docker", "login", address]
    command += ["--username", wanted.username] if wanted.username else []
    if not host.input_is_terminal:
        command.append("--password-stdin")
    if wanted.dry_run:
        from helpers.system.process import printable

        print(printable(command))
        return 0
    return attach(command)


def _login_address(repo: "Repo", registry: str) -> str:
    """Host and port; the settings know registries by their names, messages by their hosts."""
    from helpers.release.targets import registries

    known = [one for own in repo.every() for one in own.config.registries.values()]
    if registry and any(registry == one.partition("/")[0] for one in known):
        return registry
    named = (own for own in repo.every() if registry in own.config.registries)
    found = registries(next(named, repo), (registry,) if registry else ())
    return next(iter(found.values())).partition("/")[0]
