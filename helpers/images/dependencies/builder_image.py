"""The image in which a dir's lock file is written: its Python, its OS packages, Poetry and uv.

It is named by what it is made from and belongs to no repo: all dirs with the same base image and
the same OS packages share it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from helpers.engine.builds import BuildRequest, run_build
from helpers.engine.client import Client
from helpers.engine.containers import find_image, load_image
from helpers.images.base.base_image import ensure_base_image
from helpers.images.base.python_check import base_image_of, check_python
from helpers.images.building.build import log_file, told_as_it_ends
from helpers.images.building.emulation import ensure_platform
from helpers.images.building.out_of_date import find_made
from helpers.images.building.plan import BUILDER_FILES, OF_CONDA, package_args, snapshot_args
from helpers.images.building.request import build_secrets, native_args, on_builder
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStarted, Listener
from helpers.model.images.name import BUILDER
from helpers.model.images.platform import variant
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.repo_files import read_changelog, read_dir_config

_STAGE = BUILDER
_DIGITS, _RECIPE_DIGITS = 12, 64


@dataclass(frozen=True, slots=True)
class BuilderImage:
    """The image, before it is built.

    Attributes:
        reference: its name and tag; the tag is a hash of all below but the dir.
        args: of the Dockerfile, the base image excepted.
    """

    runnable_dir: RunnableDir
    platform: str
    reference: str
    args: Mapping[str, str]
    base_image: str
    target: str = _STAGE


def plan_builder_image(
    repo: Repo, runnable_dir: RunnableDir, host: Host, platform: str, target: str = _STAGE
) -> BuilderImage:
    """Plan the image from files alone, `pyproject.toml` and lock files not included.

    It is the stage `builder` of the shared Dockerfile, also for a dir that has its own: the base
    image, and so Python, is the same.

    Args:
        target: that stage, or another one that a locker needs.

    Raises:
        HelpersError: what it is made from is malformed.
    """
    repo = repo.of(runnable_dir.name)
    config = read_dir_config(runnable_dir)
    check_python(repo, runnable_dir, config)
    packages = package_args(runnable_dir)
    args = {name: value for name, value in packages.items() if value} | snapshot_args(repo)
    base_image = base_image_of(repo, runnable_dir.name, config)
    content = hashlib.sha256(repr((base_image, platform, sorted(args.items()))).encode())
    for name in (*BUILDER_FILES, *(OF_CONDA if target != _STAGE else ())):
        content.update((repo.toolchain / name).read_bytes() + b"\0")
    key, ending = content.hexdigest()[:_DIGITS], variant(platform, host.platform)
    return BuilderImage(
        runnable_dir=runnable_dir,
        platform=platform,
        reference=f"helpers-{target.replace('_', '-')}:{key}{f'-{ending}' if ending else ''}",
        args=args,
        base_image=base_image,
        target=target,
    )


def ensure_builder_image(
    repo: Repo, plan: BuilderImage, host: Host, client: Client, listen: Listener
) -> str:
    """Build the image if it is missing or out of date; return its id.

    Raises:
        HelpersError: it cannot be built.
    """
    repo = repo.of(plan.runnable_dir.name)
    ensure_platform(repo, plan.platform, host, listen)
    base = ensure_base_image(repo, plan.platform, listen, client, plan.base_image)
    base_image = find_image(client, base)
    recipe = digest_of(f"{plan.reference} {base_image.id if base_image else base}", _RECIPE_DIGITS)
    with Lease(repo.root, plan.reference.replace(":", "-")):
        found = find_made(client, plan.reference, recipe)
        if found is None:
            name = plan.runnable_dir.name
            version = read_changelog(plan.runnable_dir).version
            log = log_file(repo, plan.runnable_dir, _STAGE, version)
            started = BuildStarted(name, plan.reference)
            listen(started)
            with (
                told_as_it_ends(listen, started, log),
                build_secrets(repo, host) as (secrets, folder),
            ):
                native = native_args(repo, plan, host, client, listen)
                args = {"BASE_IMAGE": base, **native, **plan.args}
                request = replace(_request(repo, plan, host, args, recipe), secrets=secrets)
                request = on_builder(request, repo, base, client.endpoint, folder)
                run_build(request, log, lambda step: listen(replace(step, dir=name)))
                if request.archive:
                    load_image(request.archive)
            found = find_made(client, plan.reference, recipe)
    if found is None:
        raise HelpersError(
            "another repo built an image of that name on another base image at the same time",
            where=plan.reference,
            fix="the same command again",
        )
    return found.id


def _request(
    repo: Repo, plan: BuilderImage, host: Host, args: Mapping[str, str], recipe: str
) -> BuildRequest:
    return BuildRequest(
        dockerfile=repo.shared_devops / "Dockerfile",
        context=plan.runnable_dir.root,
        contexts={"toolchain": repo.toolchain},
        args=args,
        labels={labels.STAGE: _STAGE, labels.RECIPE: recipe},
        tags=(plan.reference,),
        platform=plan.platform,
        target=plan.target,
        for_others=plan.platform != host.platform,
    )
