"""The images of a stack's dirs: built where their inputs changed, or taken as they are."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from helpers.engine.client import Client
from helpers.engine.containers import find_image, image_gone
from helpers.images.building.entrypoint import check_entrypoint
from helpers.images.building.many import build_all
from helpers.images.building.plan import BuildOptions
from helpers.images.building.prod_code import INSTALLED, plan_code
from helpers.images.building.prod_code import ROOT as CODE_ROOT
from helpers.images.resolve import NoImageError, Which, choose_image
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.scratch import HOME, scratch_mounts
from helpers.model.settings.config import DirConfig
from helpers.stacks.overlay import Made
from helpers.system.host import Host, User
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.wheels.for_images import ImageWheels, Versions
from helpers.wheels.open_indexes import Indexes


class StackStage(StrEnum):
    """Whose images the dirs' services run: as deployed, or with the code of the work tree."""

    PROD = "prod"
    DEV = "dev"

    @property
    def image(self) -> Stage:
        """The stage of the images."""
        return Stage.PROD if self is StackStage.PROD else Stage.LOCAL


class Rebuild(StrEnum):
    """Which images are built before the start."""

    OUTDATED = "outdated"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Images:
    """Where the images come from.

    Attributes:
        versions: what says the versions of code that is released.
    """

    client: Client
    repo: Repo
    host: Host
    stage: StackStage
    rebuild: Rebuild
    versions: Versions | None = None

    def ensure(self, dirs: Sequence[RunnableDir], listen: Listener) -> dict[str, Made]:
        """What the services of each dir are made from.

        Raises:
            ImageGoneError: one is gone since it was built.
            HelpersError: an image cannot be built, or is not there and is not to be built.
        """
        for item in dirs:
            check_entrypoint(item, read_dir_config(item))
        references = self._references(dirs, listen)
        made = {}
        for item in dirs:
            reference = references[item.name]
            image = find_image(self.client, reference)
            if image is None:
                raise image_gone(reference)
            made[item.name] = Made(image.id, {})
        if self.stage is StackStage.DEV and dirs:
            inputs = read_repo_inputs(self.repo)
            for item in dirs:
                config = read_dir_config(item)
                path = plan_code(inputs, item, config).python_path
                settings = _with_work_tree(item, config, path, self.host.user)
                made[item.name] = Made(made[item.name].image, settings)
        return made

    def _references(self, dirs: Sequence[RunnableDir], listen: Listener) -> dict[str, str]:
        stage = self.stage.image
        if self.rebuild is Rebuild.NONE:
            return {item.name: self._there(item) for item in dirs}
        no_cache = self.rebuild is Rebuild.ALL
        wheels = ImageWheels(Indexes(self.host, listen), self.versions)
        options = BuildOptions(stage=stage, no_cache=no_cache, wheels=wheels)
        built = build_all(self.repo, dirs, self.host, options, listen) if dirs else []
        failed = [one.error for one in built if one.error]
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise HelpersError(
                f"the images of {len(failed)} dirs cannot be built",
                where="\n".join(f"{one.dir}: {one.error.what}" for one in built if one.error),
                fix="\n".join(dict.fromkeys(error.fix for error in failed if error.fix)),
            )
        return {one.dir: one.references[0] for one in built}

    def _there(self, item: RunnableDir) -> str:
        """The image that is there, whatever it was made from."""
        changelog = read_changelog(item)
        which = Which(self.stage.image, changelog.version)
        try:
            return choose_image(self.client, self.repo, changelog, self.host, which).reference
        except NoImageError as error:
            error.fix = f"{error.fix}\nor build what is missing: i stack_up --rebuild outdated"
            raise


def _with_work_tree(
    item: RunnableDir, config: DirConfig, python_path: Sequence[str], user: User
) -> dict[str, Any]:
    """What a service of a development image needs to run the code of the work tree."""
    root = str(item.repo)
    path = [
        root + one.removeprefix(CODE_ROOT) for one in python_path if not one.startswith(INSTALLED)
    ]
    health = {}
    if config.health_check:
        times = {k: v if k == "retries" else f"{v}s" for k, v in config.health_times.items()}
        health = {"healthcheck": {"test": ["CMD", *config.health_check], **times}}
    volumes = [{"type": "bind", "source": root, "target": root}]
    return {
        "entrypoint": list(config.entrypoint),
        "command": list(config.command),
        "working_dir": str(item.root),
        "user": f"{user.uid}:{user.gid}",
        "init": True,
        "environment": {
            "HOME": HOME,
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": ":".join(path),
        },
        "volumes": volumes,
        "tmpfs": [f"{HOME}:{scratch_mounts(user.uid, user.gid)[HOME]}"],
        **health,
    }
