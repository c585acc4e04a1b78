"""The paths that are needed to install projects, and the result."""

from collections.abc import Callable
from pathlib import Path

from helpers.engine.client import Client
from helpers.images.installed.projects import Project
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import working_folder

# Beside what was made: the Pythons that made it.
ENVIRONMENTS = "python"
# Folders of what is installed: modules and metadata, and programs.
SITE, BIN = "site", "bin"


@dataclass(frozen=True, slots=True)
class Source:
    """The paths that a build needs.

    Attributes:
        image: id of the image whose Python it is for.
        git_folders: what git needs outside the work tree.
        stopped: whether the user interrupted meanwhile.
    """

    inputs: RepoInputs
    runnable_dir: RunnableDir
    host: Host
    client: Client
    image: str
    git_folders: tuple[Path, ...]
    stopped: Callable[[], bool] = lambda: False

    @property
    def folder(self) -> Path:
        """The folder of the result."""
        return installed_folder(self.inputs.repo.root)


@dataclass(frozen=True, slots=True)
class Made:
    """The result for a project: a folder, or the output of the failed build."""

    project: Project
    folder: Path
    lines: tuple[str, ...] = ()


def installed_folder(repo: Path) -> Path:
    """Below the repo, as the container sees it too.

    Raises:
        OSError: it cannot be made.
    """
    folder = working_folder(repo) / "installed"
    folder.mkdir(exist_ok=True)
    return folder
