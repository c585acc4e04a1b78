"""A build as the engine takes it: its context, labels, secrets, and the builder that does it."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from helpers.engine.builds import BuildRequest, is_docker_context
from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.engine.endpoint import Endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.images.base.elsewhere import base_context
from helpers.images.building.builders import Site
from helpers.images.building.out_of_date import find_made, recipe_of
from helpers.images.building.plan import BuildPlan
from helpers.images.building.prod_code import stage_code
from helpers.images.building.prod_metadata import stage_metadata
from helpers.images.building.stage_wheel import stage_wheel
from helpers.images.building.under_way import Build
from helpers.images.installing.certificates import bundle_content
from helpers.images.installing.install_settings import install_settings
from helpers.model import labels
from helpers.model.events import Listener
from helpers.model.images.name import RELEASING, Stage
from helpers.model.images.parts import parts_text
from helpers.model.labels import ImageLabels
from helpers.model.repo import Repo
from helpers.system.files import unreadable
from helpers.system.host import Host
from helpers.vcs.git import head


class OnBase(Protocol):
    """An image, before it is built: for which platform, and on what."""

    @property
    def platform(self) -> str:
        """Such as `linux/amd64`."""
        ...

    @property
    def base_image(self) -> str:
        """As the settings name it."""
        ...


def build_request(build: Build, secrets: Mapping[str, Path], folder: Path) -> BuildRequest:
    """A build as the engine takes it.

    Args:
        secrets: files by their ids.
        folder: an empty one, for what is sent besides; needed as long as the build takes.

    Raises:
        HelpersError: code that a production image holds changed since the plan was made.
    """
    repo, plan = build.repo, build.plan
    contexts: dict[str, Path | str] = {"toolchain": repo.toolchain}
    context = plan.runnable_dir.root
    if plan.requirements:
        contexts["requirements"] = folder / "requirements"
        if plan.in_context:
            context = folder / "requirements"
        for name, text in plan.requirements.items():
            file = folder / "requirements" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        for name, archive in plan.archives.items():
            _take(archive, folder / "requirements" / name)
    if plan.code:
        contexts["code"] = folder / "code"
        if plan.code.is_installed:
            stage_wheel(build, plan.code, folder / "code")
        else:
            stage_code(repo.root, plan.code, folder / "code")
            stage_metadata(build, plan.code, folder / "code")
    request = BuildRequest(
        dockerfile=_dockerfile(plan, folder),
        context=context,
        contexts=contexts,
        args={"BASE_IMAGE": build.base, **_building_args(build), **plan.args},
        secrets=secrets,
        labels=_labels(build),
        tags=(plan.reference, *plan.also),
        platform=plan.platform,
        no_cache=plan.options.no_cache,
        target=plan.target,
        cache_from=(plan.cache,) if plan.cache else (),
        cache_to=plan.cache if plan.options.write_cache else "",
        # An engine refuses to run an image in zstd that is for another platform (Docker 26:
        # "mismatched image rootfs and manifest layers").
        for_others=plan.stage is not Stage.LOCAL or plan.platform != build.host.platform,
    )
    if build.site:
        return _at_site(request, build.site, build.base, folder)
    return on_builder(request, repo, build.base, build.client.endpoint, folder)


def _at_site(request: BuildRequest, site: Site, base: str, folder: Path) -> BuildRequest:
    """The request for another machine's engine: with the base image, and the image comes back.

    Raises:
        HelpersError: the engine does not give the base image that is to be sent.
    """
    return replace(
        request,
        contexts={**request.contexts, **base_context(base, folder)},
        engine=site.url,
        restart=site.restart,
        archive=folder / "image.tar",
    )


def on_builder(
    request: BuildRequest, repo: Repo, base: str, engine: Endpoint, folder: Path
) -> BuildRequest:
    """The request for the builder of its platform: the one of the settings, or the engine itself.

    Args:
        folder: takes what a builder on another machine is sent, and what it sends back.

    Raises:
        HelpersError: the engine does not give the base image that is to be sent.
    """
    request = replace(request, restart=engine.restart)
    builder = repo.config.builders.get(request.platform, "")
    if not builder:
        return replace(request, builder=_own_builder(engine))
    return replace(
        request,
        contexts={**request.contexts, **base_context(base, folder)},
        builder=builder,
        docker_context=builder if is_docker_context(builder) else "",
        # An image that another machine built is loaded here.
        archive=folder / "image.tar",
    )


def _building_args(build: Build) -> dict[str, str]:
    plan = build.plan
    if build.site or plan.dockerfile.parent != build.repo.shared_devops:
        return {}
    return native_args(build.repo, plan, build.host, build.client, build.listen)


def native_args(
    repo: Repo, planned: OnBase, host: Host, client: Client, listen: Listener
) -> dict[str, str]:
    """The shared Dockerfile's arguments that let steps run natively which need no emulation.

    Raises:
        HelpersError: this machine's base image cannot be had.
    """
    if planned.platform == host.platform or repo.config.builders.get(planned.platform):
        return {}
    base = ensure_base_image(repo, host.platform, listen, client, planned.base_image)
    return {"BUILD_PLATFORM": host.platform, "BUILD_BASE_IMAGE": base}


def _dockerfile(plan: BuildPlan, folder: Path) -> Path:
    """The Dockerfile, with the stages that we add for this dir."""
    if not plan.ending and not plan.sets_variables:
        return plan.dockerfile
    made = folder / "Dockerfile"
    made.write_text(plan.dockerfile.read_text(encoding="utf-8") + plan.ending, encoding="utf-8")
    return made


def _take(archive: Path, target: Path) -> None:
    """Put a file of the repo into a build's context.

    Raises:
        HelpersError: it is not there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(archive, target)
    except OSError as error:
        raise unreadable(archive, error) from error


def _labels(build: Build) -> dict[str, str]:
    """The image's labels; if an image of the same recipe exists, its labels.

    So a build that changes nothing ends in the very same image, and commits of source code alone
    make no new ones.
    """
    repo, plan = build.repo, build.plan
    base = find_image(build.client, build.base)
    recipe = recipe_of(plan, base.id if base else "")
    present = _present(build, recipe)
    if present and not plan.options.no_cache:
        inherited = base.labels if base else {}
        return {k: v for k, v in present.labels.items() if inherited.get(k) != v}
    commit = plan.commit or head(repo.checkout)
    found = ImageLabels(
        repo=repo.config.name,
        dir=repo.own_name(plan.runnable_dir.name),
        image_name=plan.image_name,
        version=plan.version,
        stage=plan.stage,
        user=build.host.user.name,
        commit=commit.id,
        dirty=commit.dirty,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        base=build.base,
        base_digest=base.id if base else "",
        release_version=plan.made_from.release_version,
    )
    forced = {labels.FORCED: plan.options.forced} if plan.options.forced else {}
    parts = parts_text(plan.made_from.parts())
    return found.as_dict() | {labels.RECIPE: recipe, labels.PARTS: parts} | forced


def _present(build: Build, recipe: str) -> Image | None:
    """The image that such a build made earlier; a release's may have its last name already."""
    plan = build.plan
    names = [plan.reference]
    if plan.options.releasing:
        _, _, tag = plan.reference.rpartition(f":{RELEASING}")
        name = build.repo.image_name(plan.image_name)
        names.append(f"{name}:{tag.removesuffix(f'-{plan.options.releasing}')}")
    found = (find_made(build.client, reference, recipe) for reference in names)
    return next(filter(None, found), None)


@contextmanager
def build_secrets(repo: Repo, host: Host) -> Iterator[tuple[dict[str, Path], Path]]:
    """Files that only this user can read, and their folder, for as long as the build takes."""
    certificates = bundle_content(repo, host)
    contents = {
        "ca_bundle": certificates,
        "install_settings": install_settings(host, with_certificates=bool(certificates)).encode(),
    }
    with tempfile.TemporaryDirectory(prefix="helpers-build-") as made:
        files = {}
        for name, content in contents.items():
            if content:
                files[name] = Path(made, name)
                files[name].write_bytes(content)
        yield files, Path(made)


def _own_builder(engine: Endpoint) -> str:
    """The builder that is the engine itself: it is named like the context."""
    kind, _, name = engine.origin.partition(" ")
    return name if kind == "context" else "default"
