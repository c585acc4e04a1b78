"""A repo that uses the toolchain."""

from dataclasses import dataclass
from pathlib import Path

from helpers.model.config import CONFIG_FILE_NAME, RepoConfig
from helpers.model.image import ImageName
from helpers.model.runnable_dir import DEVOPS, RunnableDir

# What of the toolchain decides what comes of a test, relative to its root; the rest is docs,
# tests, examples, and the settings of its own root as a runnable dir.
TOOLCHAIN_CODE = (
    "helpers/",
    "dev_scripts/",
    "main_pytest.py",
    f"{DEVOPS}/Dockerfile",
    f"{DEVOPS}/common_packages.txt",
    f"{DEVOPS}/in_build/",
    f"{DEVOPS}/in_container/",
    f"{DEVOPS}/inner_engine.Dockerfile",
    f"{DEVOPS}/installer/",
)


@dataclass(frozen=True, slots=True)
class Repo:
    """A repo, its settings, and the toolchain that drives it. Both paths are absolute."""

    root: Path
    toolchain: Path
    config: RepoConfig

    @property
    def config_path(self) -> Path:
        """Where the settings stand."""
        return self.root / CONFIG_FILE_NAME

    @property
    def shared_devops(self) -> Path:
        """What the toolchain gives to every image and container."""
        return self.toolchain / DEVOPS

    @property
    def in_container(self) -> Path:
        """What the toolchain's part inside a container uses."""
        return self.shared_devops / "in_container"

    def runnable_dir(self, name: str) -> RunnableDir:
        """The dir of that name, whether or not it exists."""
        return RunnableDir(self.root, name)

    def image_name(self, name: str) -> ImageName:
        """The image of that name in this repo's registry."""
        return ImageName(name, self.config.registry)
