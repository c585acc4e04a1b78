"""Images that were built earlier: named for the team on this engine, and pushed."""

from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.images.resolve import Which, choose_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.platform import PLATFORMS, variant
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.version import Version
from helpers.release.plan import ReleaseOptions, ReleasePlan, check_published, or_forced
from helpers.release.published_commit import Published, publish_commands, read_published
from helpers.release.step_kinds import CheckCommit, NameImage, Step
from helpers.release.targets import registries
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog


def plan_dev_tags(
    client: Client, repo: Repo, runnable_dir: RunnableDir, host: Host, version: Version | None
) -> list[NameImage]:
    """Plan the names by which a dir's local images become the team's.

    Raises:
        HelpersError: the dir has no local image of that version.
    """
    changelog = read_changelog(runnable_dir)
    wanted = version or changelog.version
    name = repo.image_name(changelog.image_name)
    found = []
    for platform in (host.platform, *(one for one in PLATFORMS if one != host.platform)):
        ending = variant(platform, host.platform)
        local = name.tagged(Stage.LOCAL, wanted, host.user.name, ending)
        image = find_image(client, local)
        if image is None:
            continue
        for floating in (wanted, None):
            tag = name.tagged(Stage.DEV, floating, variant=ending)
            found.append(NameImage(image.id, local, tag))
    if not found:
        # Says which image there should be, and how to get it.
        choose_image(client, repo, changelog, host, Which(version=wanted))
    return found


@dataclass(frozen=True, slots=True)
class PushPlan(ReleasePlan):
    """A push of images that are built, before it is done.

    Attributes:
        published: as it was when they were built.
        here: as it is now.
    """

    references: tuple[str, ...]
    here: Published

    def check_published(self, root: Path) -> None:
        """Make sure that others can get what the images were built from.

        Raises:
            HelpersError: they cannot, and no reason is given.
        """
        if self.options.forced:
            return
        if self.published.dirty:
            what = "the image was built from a tree that was not clean"
        elif self.published.commit != self.here.commit:
            what = "the image was not built from the newest commit"
        else:
            check_published(self.published, root)
            return
        commands = [] if self.here.pushed and not self.here.dirty else publish_commands(root)
        commands += _builds(self.stage, self.runnable_dir)
        raise HelpersError(what, where=", ".join(self.references), fix=or_forced(commands))

    def commit_check(self) -> CheckCommit:
        """What `check_published` checks."""
        images = ", ".join(self.references)
        return CheckCommit(f"check that {images} come from a clean tree of a pushed commit")

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order; nothing is built, and nothing tested."""
        return (*self.first_steps(), *self.publish_steps(self.references))


def plan_push(
    client: Client, repo: Repo, runnable_dir: RunnableDir, host: Host, options: ReleaseOptions
) -> PushPlan:
    """Which images of the engine are pushed as a version.

    Raises:
        HelpersError: there is none, or the repo has no such registry.
    """
    changelog = read_changelog(runnable_dir)
    version = options.version or changelog.version
    addresses = registries(repo, options.registries)
    name = repo.image_name(changelog.image_name)
    chosen: dict[str, Image] = {}
    for platform in options.platforms or PLATFORMS:
        reference = name.tagged(options.stage, version, variant=variant(platform, host.platform))
        image = find_image(client, reference)
        if image:
            chosen[reference] = image
        elif options.platforms:
            raise _not_there(reference, options.stage, runnable_dir)
    if not chosen:
        raise _not_there(name.tagged(options.stage, version), options.stage, runnable_dir)
    here = read_published(repo.checkout)
    first = next(iter(chosen.values()))
    return PushPlan(
        runnable_dir=runnable_dir,
        stage=options.stage,
        version=version,
        image_name=changelog.image_name,
        addresses=addresses,
        builds=(),
        tests=(),
        renames=(),
        published=Published(
            commit=first.labels.get(labels.COMMIT, ""),
            dirty=any(one.labels.get(labels.DIRTY) != "false" for one in chosen.values()),
            pushed=here.pushed and first.labels.get(labels.COMMIT) == here.commit,
            remote=here.remote,
        ),
        options=options,
        references=tuple(chosen),
        here=here,
    )


def _not_there(reference: str, stage: Stage, runnable_dir: RunnableDir) -> HelpersError:
    return HelpersError(
        f"the image {reference} is not on this engine",
        where=runnable_dir.name,
        fix=_builds(stage, runnable_dir)[-1],
    )


def _builds(stage: Stage, runnable_dir: RunnableDir) -> list[str]:
    """The commands that make an image of the stage on this engine."""
    tasks = {
        Stage.DEV: ("docker_build_local_image", "docker_tag_local_image_as_dev"),
        Stage.PROD: ("docker_build_prod_image",),
    }
    return [f"i {task} {dir_option(runnable_dir.name)}" for task in tasks[stage]]
