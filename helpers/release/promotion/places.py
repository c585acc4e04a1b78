"""Where the environments of a dir are: the registry, the image's name and the tag of each."""

from collections.abc import Sequence

from helpers.images.installing.access import open_access
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import RepoConfig
from helpers.model.settings.environment_config import Environment
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.spelling import nearest_value
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.release.targets import ReleaseTarget, registries, targets_of
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class Place:
    """An environment of a dir.

    Attributes:
        target: the dir's image in the environment's registry.
    """

    environment: Environment
    target: ReleaseTarget

    def __str__(self) -> str:
        return f"{self.target}:{self.name}"

    @property
    def name(self) -> str:
        """The environment's name, which is its tag."""
        return self.environment.name

    @property
    def repository(self) -> Repository:
        """Where its image is."""
        return self.target.repository

    @property
    def of_dir(self) -> str:
        """The option that names the dir, for messages."""
        return self.target.of_dir

    @property
    def look(self) -> str:
        """The command that shows what runs."""
        return f"i promote_status {self.of_dir}"


@dataclass(frozen=True, slots=True)
class Places:
    """The environments of a dir, in the order of promotion.

    Attributes:
        released: where the dir's image is released to.
    """

    repo: Repo
    item: RunnableDir
    released: ReleaseTarget
    every: tuple[Place, ...]

    def find(self, name: str) -> Place:
        """The environment of a name, which there is."""
        return next(one for one in self.every if one.name == name)

    def before(self, place: Place) -> Place | None:
        """The environment from which another is promoted to; None: that is the first."""
        at = self.every.index(place)
        return self.every[at - 1] if at else None

    def is_last(self, place: Place) -> bool:
        """Whether nothing is promoted from an environment."""
        return place is self.every[-1]


def find_places(repo: Repo, host: Host, item: RunnableDir, listen: Listener) -> Places:
    """Where the environments of a dir are; nothing is asked yet.

    Args:
        repo: the repo that the dir belongs to.

    Raises:
        HelpersError: the repo has no environments, or no registry.
    """
    check_environments(repo)
    registries(repo)
    access = open_access(repo, host, listen)
    made: dict[str, ReleaseTarget] = {}

    def target(registry: str, access: Access) -> ReleaseTarget:
        if registry not in made:
            (made[registry],) = targets_of(repo, access, item, (registry,) if registry else ())
        return made[registry]

    default = next(iter(repo.config.registries))
    found = tuple(
        Place(one, target(one.registry or default, access)) for one in repo.config.environments
    )
    return Places(repo, item, target(default, access), found)


def check_environments(repo: Repo) -> None:
    """Make sure that the repo has environments.

    Raises:
        HelpersError: it has none.
    """
    if not repo.config.environments:
        raise HelpersError(
            "the repo names no environments",
            where=repo.config_path.name,
            fix="add a line such as  environments: [integration, staging, production]",
        )


def check_name(config: RepoConfig, name: str, option: str) -> None:
    """Make sure that a repo has an environment.

    Raises:
        HelpersError: it has none of that name.
    """
    known = [one.name for one in config.environments]
    if name not in known:
        raise unknown(name, known, option)


def unknown(name: str, known: Sequence[str], option: str) -> HelpersError:
    """The error for an environment that there is not."""
    return HelpersError(
        f"there is no environment {name!r}; there are: {', '.join(known)}",
        where=CONFIG_FILE_NAME,
        fix=nearest_value(option, name, known),
    )
