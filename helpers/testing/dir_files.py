"""What the files of a run's dirs say, each read once."""

from functools import cached_property

from helpers.model.changelog.parse import Changelog
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.testing.suites import settings_for


class DirFiles:
    """A dir's settings and its changelog; one that cannot be read is an error where it is used.

    The settings are those that hold for the suite that runs.
    """

    def __init__(self, runnable_dir: RunnableDir, suite: str) -> None:
        self.runnable_dir = runnable_dir
        self._suite = suite

    @cached_property
    def config(self) -> DirConfig:
        """The dir's settings.

        Raises:
            HelpersError: they are malformed.
        """
        return settings_for(read_dir_config(self.runnable_dir), self._suite)

    @cached_property
    def changelog(self) -> Changelog:
        """The dir's container versions.

        Raises:
            HelpersError: the file is missing or malformed.
        """
        return read_changelog(self.runnable_dir)

    @property
    def image(self) -> str:
        """The name and version of its image; empty where the changelog cannot be read."""
        try:
            return f"{self.changelog.image_name}-{self.changelog.version}"
        except HelpersError:
            return ""
