"""Where images of a repo are released to."""

from collections.abc import Sequence
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import ImageName
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.spelling import nearest_value
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.system.repo_files import read_changelog, read_dir_config


@dataclass(frozen=True, slots=True)
class ReleaseTarget:
    """An image's place in one registry.

    Attributes:
        registry: the registry's name in the settings.
        image: the image's name there.
        repository: the same, to be asked.
        dir: the name of the image's dir.
        floating: the floating tags of releases of its code; None: it is not released, or not asked.
    """

    registry: str
    image: ImageName
    repository: Repository
    dir: str
    floating: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return str(self.image)

    @property
    def of_dir(self) -> str:
        """The option that names the image's dir, for messages."""
        return dir_option(self.dir)

    @property
    def show_history(self) -> str:
        """The command that shows what was released there."""
        return f"i docker_history {self.of_dir}"


def registries(repo: Repo, names: Sequence[str] = ()) -> dict[str, str]:
    """The registries that a command means, by name: host, port and path each.

    Args:
        names: as the user gave them; none: the one that images are named after.

    Raises:
        HelpersError: the repo has none, or none of that name.
    """
    known = repo.config.registries
    if not known:
        raise HelpersError(
            "the repo names no registry",
            where=repo.config_path.name,
            fix="add a line such as  registry: registry.example.org/team",
        )
    for name in names:
        if name not in known:
            raise HelpersError(
                f"the settings have no registry {name!r}; they have: {', '.join(known)}",
                where=repo.config_path.name,
                fix=nearest_value("--registry", name, known),
            )
    chosen = names or list(known)[:1]
    return {name: known[name] for name in dict.fromkeys(chosen)}


def targets(
    repo: Repo, access: Access, item: RunnableDir, image_name: str, names: Sequence[str] = ()
) -> tuple[ReleaseTarget, ...]:
    """Where the image of a dir goes.

    Raises:
        HelpersError: the repo has no such registry.
    """
    images = {
        registry: ImageName(image_name, address)
        for registry, address in registries(repo, names).items()
    }
    return tuple(
        ReleaseTarget(registry, image, Repository(str(image), access), item.name)
        for registry, image in images.items()
    )


def targets_of(
    repo: Repo, access: Access, item: RunnableDir, names: Sequence[str] = ()
) -> tuple[ReleaseTarget, ...]:
    """The same by the dir's changelog, which names its image, and its settings.

    Raises:
        HelpersError: the repo has no such registry, or the changelog or the settings are malformed.
    """
    released = read_dir_config(item).released(repo.config)
    found = targets(repo, access, item, read_changelog(item).image_name, names)
    return tuple(replace(one, floating=released.floating) for one in found) if released else found
