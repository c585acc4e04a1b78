"""The labels that every image and container carries: they are the toolchain's only state."""

from collections.abc import Mapping

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.version import Version

_PREFIX = "org.helpers."

REPO = _PREFIX + "repo"
REPO_ROOT = _PREFIX + "repo-root"
DIR = _PREFIX + "dir"
IMAGE_NAME = _PREFIX + "image-name"
VERSION = _PREFIX + "version"
# The version of the code, where the image holds code that is released.
RELEASE_VERSION = _PREFIX + "release-version"
STAGE = _PREFIX + "stage"
USER = _PREFIX + "user"
COMMIT = _PREFIX + "git-commit"
DIRTY = _PREFIX + "git-dirty"
RUN = _PREFIX + "run"
ROLE = _PREFIX + "role"
BASE_RECIPE = _PREFIX + "base-recipe"
KEY = _PREFIX + "key"
# The folder with the files that a test container sees instead of the repo.
VIEW = _PREFIX + "view"
# Hash of what a container has as if installed.
INSTALLED = _PREFIX + "installed"
# Hash of all that an image is made from: the same recipe, the same image.
RECIPE = _PREFIX + "recipe"
# The file of the stack that a container is part of, relative to the repo's root.
STACK = _PREFIX + "stack"
# A hash of each part of that, without the base image and the commit.
PARTS = _PREFIX + "parts"
# Why a release was forced that would have been refused.
FORCED = _PREFIX + "forced"

# What tests started, in whichever run: the engine can be asked for this name, and the next one says
# of which run. Its name has the run's id in it, so that runs within runs do not get in each other's
# way.
STARTED = _PREFIX + "started"
_STARTED_BY = _PREFIX + "started-by."

# What a run that is driven from another machine has on a host; see `hosted`.
HOSTED = _PREFIX + "hosted"
DRIVER = _PREFIX + "driver"
# When the driver began, in seconds since 1970: what nothing keeps alive is removed later.
SINCE = _PREFIX + "since"
# Of a container: while it runs, its run's things are in use. It ends when its driver is silent.
WORKER = "worker"

OCI_CREATED = "org.opencontainers.image.created"
OCI_VERSION = "org.opencontainers.image.version"
OCI_REVISION = "org.opencontainers.image.revision"
OCI_TITLE = "org.opencontainers.image.title"
OCI_BASE_NAME = "org.opencontainers.image.base.name"
OCI_BASE_DIGEST = "org.opencontainers.image.base.digest"


def own_labels(repo: Repo, name: str = "") -> dict[str, str]:
    """The labels by which this checkout's containers are found; of one dir or of all."""
    root = repo.labels.get(REPO_ROOT, str(repo.root))
    found = {REPO: repo.outermost.config.name, REPO_ROOT: root}
    return found | ({DIR: name} if name else {})


def hosted(run: str, driver: str, since: int) -> dict[str, str]:
    """The labels of what a run has on a host: containers, volumes, networks, images.

    Its worker has the role `WORKER` besides. A run whose worker is running is alive.

    Args:
        driver: who drives it, as `<user>@<machine>:<process>`.
        since: when the run began, in seconds since 1970.
    """
    return {HOSTED: "1", RUN: run, DRIVER: driver, SINCE: str(since)}


def started_by(run: str, place: str) -> dict[str, str]:
    """The labels of what the tests of a run started.

    Args:
        place: `<repo's root>:<dir>`.
    """
    return {STARTED: "tests", _STARTED_BY + run: place}


def run_that_started(label: str) -> str:
    """The run whose tests started what carries a label; empty for any other label."""
    return label.removeprefix(_STARTED_BY) if label.startswith(_STARTED_BY) else ""


@dataclass(frozen=True, slots=True)
class ImageLabels:
    """What an image says of itself.

    Attributes:
        repo: the repo's name.
        dir: the runnable dir's name.
        created: when it was built, ISO 8601 with a time zone.
        commit: the git commit of the tree; empty where there is none.
        dirty: whether the tree differed from that commit.
        version: of the environment, as the changelog says.
        release_version: of the code; empty: the image holds none that is released.
    """

    repo: str
    dir: str
    image_name: str
    version: Version
    stage: Stage
    user: str
    commit: str
    dirty: bool
    created: str
    base: str
    base_digest: str
    release_version: str = ""

    def as_dict(self) -> dict[str, str]:
        """As labels of an image, with the standard ones of OCI.

        To others the version of an image is that of its code.
        """
        code = {RELEASE_VERSION: self.release_version} if self.release_version else {}
        return code | {
            REPO: self.repo,
            DIR: self.dir,
            IMAGE_NAME: self.image_name,
            VERSION: str(self.version),
            STAGE: str(self.stage),
            USER: self.user,
            COMMIT: self.commit,
            DIRTY: "true" if self.dirty else "false",
            OCI_CREATED: self.created,
            OCI_VERSION: self.release_version or str(self.version),
            OCI_REVISION: self.commit,
            OCI_TITLE: self.image_name,
            OCI_BASE_NAME: self.base,
            OCI_BASE_DIGEST: self.base_digest,
        }


def image_version(labels: Mapping[str, str], reference: str, build: str) -> Version:
    """The container version that an image was built for.

    Args:
        build: the command that builds it, for messages.

    Raises:
        HelpersError: the image was not built by the toolchain.
    """
    text = labels.get(VERSION)
    if text is None:
        raise HelpersError(
            "the image has no container version: this toolchain did not build it",
            where=reference,
            fix=build,
        )
    return Version.parse(text)
