"""What the files of a run's dirs say, each read once."""

from helpers.model.changelog import Changelog
from helpers.model.config import DirConfig
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir
from helpers.system.repo_files import read_changelog, read_dir_config


@dataclass(frozen=True, slots=True)
class DirFiles:
    """A dir's settings and its changelog; one that cannot be read is an error where it is used."""

    runnable_dir: RunnableDir
    _config: DirConfig | HelpersError
    _changelog: Changelog | HelpersError

    @property
    def config(self) -> DirConfig:
        """The dir's settings.

        Raises:
            HelpersError: they are malformed.
        """
        if isinstance(self._config, HelpersError):
            raise self._config
        return self._config

    @property
    def changelog(self) -> Changelog:
        """The dir's container versions.

        Raises:
            HelpersError: the file is missing or malformed.
        """
        if isinstance(self._changelog, HelpersError):
            raise self._changelog
        return self._changelog

    @property
    def image(self) -> str:
        """The name and version of its image; empty where the changelog cannot be read."""
        if isinstance(self._changelog, HelpersError):
            return ""
        return f"{self._changelog.image_name}-{self._changelog.version}"


def read_dir_files(item: RunnableDir) -> DirFiles:
    """Read a dir's settings and its changelog."""
    config: DirConfig | HelpersError
    changelog: Changelog | HelpersError
    try:
        config = read_dir_config(item)
    except HelpersError as error:
        config = error
    try:
        changelog = read_changelog(item)
    except HelpersError as error:
        changelog = error
    return DirFiles(item, config, changelog)
