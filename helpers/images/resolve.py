"""Which image a command means, and whether it fits the code."""

from collections.abc import Iterable

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image, list_images
from helpers.model import labels
from helpers.model.changelog.parse import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Warned
from helpers.model.images.name import Stage, code_tag
from helpers.model.images.platform import variant
from helpers.model.packages.versions_agree import Agreement, compare_versions
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option, shown_name
from helpers.model.version import Version
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class Chosen:
    """The image that a command runs in."""

    image: Image
    reference: str
    stage: Stage
    version: str


@dataclass(frozen=True, slots=True)
class Which:
    """Which of a dir's images is meant.

    Attributes:
        version: None: of `local` the changelog's version or, where that was never built, the newest
            that was; of `dev` and `prod` what the floating tag names.
        platform: empty: the host's own.
        or_code: the version is one that a user wrote: of a dir with `release:` it may be that of
            its code.
    """

    stage: Stage = Stage.LOCAL
    version: Version | None = None
    platform: str = ""
    or_code: bool = False


LOCAL = Which()


class NoImageError(HelpersError):
    """The selected image is not on the engine."""


def choose_image(
    client: Client, repo: Repo, changelog: Changelog, host: Host, which: Which = LOCAL
) -> Chosen:
    """The image of a dir.

    Raises:
        NoImageError: the engine has no such image.
    """
    references = references_of(repo, changelog, host, which)
    found = own_image(client, repo, changelog, references)
    is_newest = which.stage is Stage.LOCAL and which.version is None and not which.platform
    if found is None and is_newest:
        found = _newest_local(client, repo, changelog, host)
    if found is None:
        other = find_image(client, references[0])
        raise NoImageError(
            f"the image {references[0]} is not on this engine" + _whose(other),
            where=changelog.path,
            fix=_how_to_get(repo, changelog, which),
        )
    return chosen_image(*found, which.stage)


def choose_named(client: Client, reference: str, stage: Stage) -> Chosen:
    """The image of a full name.

    Raises:
        NoImageError: the engine has no such image.
    """
    image = find_image(client, reference)
    if image is None:
        raise NoImageError(f"the image {reference} is not on this engine")
    return chosen_image(image, reference, stage)


def chosen_image(image: Image, reference: str, stage: Stage) -> Chosen:
    """The choice of an image that is known."""
    return Chosen(image, reference, stage, image.labels.get(labels.VERSION, ""))


def references_of(
    repo: Repo, changelog: Changelog, host: Host, which: Which = LOCAL
) -> tuple[str, ...]:
    """The names and tags that an image may have: today's, then those of earlier times."""
    is_local = which.stage is Stage.LOCAL
    version = which.version or (changelog.version if is_local else None)
    ending = variant(which.platform or host.platform, host.platform)
    name = repo.of(changelog.path).image_name(changelog.image_name)
    known = name.local_names if is_local else (name,)
    names = (one.tagged(which.stage, version, host.user.name, ending) for one in known)
    code: tuple[str, ...] = ()
    if which.or_code and version and which.stage is Stage.PROD:
        code = (f"{name}:{code_tag(version)}{f'-{ending}' if ending else ''}",)
    return tuple(dict.fromkeys((*names, *code)))


def own_image(
    client: Client, repo: Repo, changelog: Changelog, references: Iterable[str]
) -> tuple[Image, str] | None:
    """The first image under these names that belongs to the changelog's dir, with its name.

    Without a registry a tag may be another repo's; which dir an image is of, its labels say.
    """
    own = repo.of(changelog.path)
    wanted = {labels.REPO: own.config.name, labels.DIR: repo.own_name(changelog.dir)}
    for reference in references:
        image = find_image(client, reference)
        # What a registry holds below the repo's own path is the repo's, also from before it was
        # renamed.
        below = own.config.registry and reference.startswith(f"{own.config.registry}/")
        if image and (below or wanted.items() <= image.labels.items()):
            return image, reference
    return None


def _whose(image: Image | None) -> str:
    """Say to whom an image belongs that has the wanted name and is another dir's."""
    if image is None:
        return ""
    repo, place = (image.labels.get(key, "another") for key in (labels.REPO, labels.DIR))
    return f"; what has that name is of the dir {shown_name(place, repo)} of the repo {repo}"


def _how_to_get(repo: Repo, changelog: Changelog, which: Which) -> str:
    stage, version = which.stage, which.version
    at = dir_option(changelog.dir) + (f" --platform {which.platform}" if which.platform else "")
    if stage is not Stage.LOCAL and repo.of(changelog.path).config.registry:
        # The version of a changelog is never one of code, which `docker_pull` would take it for.
        exact = stage is Stage.PROD and not which.or_code
        tag = f"{stage}-{version}" if exact else version
        return f"i docker_pull {at} --stage {stage}" + (f" --version {tag}" * bool(version))
    if stage is Stage.PROD:
        return f"i docker_build_prod_image {at}"
    if stage is Stage.DEV:
        return f"i docker_tag_local_image_as_dev {at}"
    if version not in (None, changelog.version):
        return "leave --version out to use the local image of the changelog's version"
    return f"i docker_build_local_image {at}"


def check_agreement(
    chosen: Chosen, changelog: Changelog, runnable_dir: RunnableDir, listen: Listener
) -> None:
    """Compare the image's version with the changelog's.

    An older patch or a newer version is told; an older major or minor version is an error.

    Raises:
        HelpersError: the image is too old for the code, or was not built by the toolchain.
    """
    build = f"i docker_build_local_image {dir_option(runnable_dir.name)}"
    image = labels.image_version(chosen.image.labels, chosen.reference, build)
    agreement = compare_versions(image, changelog.version)
    if agreement is Agreement.IMAGE_TOO_OLD:
        raise HelpersError(
            f"the container is version {image}, the code needs {changelog.version};"
            " --skip-version-check goes on all the same",
            where=f"{chosen.reference}, {changelog.path}:{changelog.entries[0].line}",
            fix=build,
        )
    if agreement is not Agreement.SAME:
        older = agreement is Agreement.IMAGE_OLDER_PATCH
        listen(
            Warned(
                f"the container is version {image}, {'older' if older else 'newer'} than"
                f" {changelog.version} of {changelog.path}",
                runnable_dir.name,
                fix=build if older else "git pull",
            )
        )


def _newest_local(
    client: Client, repo: Repo, changelog: Changelog, host: Host
) -> tuple[Image, str] | None:
    """The newest local image that this user built for the dir."""
    own = repo.of(changelog.path)
    wanted = {
        labels.REPO: own.config.name,
        labels.IMAGE_NAME: changelog.image_name,
        labels.STAGE: Stage.LOCAL.value,
        labels.USER: host.user.name,
    }
    name = own.image_name(changelog.image_name)
    found = []
    for image in list_images(client, wanted):
        version = Version.parse(image.labels[labels.VERSION])
        for one in name.local_names:
            reference = one.tagged(Stage.LOCAL, version, host.user.name)
            if reference in image.tags:
                found.append((version, image, reference))
                break
    if not found:
        return None
    _, image, reference = max(found, key=lambda item: item[0])
    return image, reference
