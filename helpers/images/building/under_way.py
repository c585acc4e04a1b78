"""A build that is carried out: which one, where, and on which base image."""

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import find_image, tag_image
from helpers.images.building.builders import Site
from helpers.images.building.out_of_date import find_made, recipe_of
from helpers.images.building.plan import BuildPlan
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class Build:
    """One image's build.

    Attributes:
        repo: the one that the plan's dir belongs to.
        base: the base image, which the engine has.
        site: the machine that builds it; None: this one.
    """

    repo: Repo
    plan: BuildPlan
    host: Host
    client: Client
    base: str
    listen: Listener
    site: Site | None = None

    @property
    def name(self) -> str:
        """The dir whose image is built."""
        return self.plan.runnable_dir.name

    def is_there(self) -> bool:
        """Whether the image is what this would make: from the same files, on the same base."""
        base = None if self.plan.options.no_cache else find_image(self.client, self.base)
        if base is None:
            return False
        image = find_made(self.client, self.plan.reference, recipe_of(self.plan, base.id))
        if image is None:
            return False
        for name in self.plan.also:
            if name not in image.tags:
                tag_image(self.client, image.id, name)
        return True

    def recipe(self) -> str:
        """The hash of what it is made from, where the base image is there."""
        base = find_image(self.client, self.base)
        return recipe_of(self.plan, base.id if base else "")

    def just_made(self) -> bool:
        """Whether the image was made when this was interrupted."""
        try:
            return self.is_there()
        except EngineError:
            return False
