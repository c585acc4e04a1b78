"""Which dirs need not run, since the same tests passed before: asked before anything starts."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.images.resolve import Chosen, chosen_image, own_image, references_of
from helpers.model import labels
from helpers.model.changelog import Changelog
from helpers.model.config import DirConfig
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.results import DirResult
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.testing.request import TestRequest
from helpers.testing.reuse import Reuse

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Search:
    """Where recorded passes are looked for."""

    repo: Repo
    host: Host
    request: TestRequest
    reuse: Reuse
    client: Client
    listen: Listener

    def find(self, dirs: Sequence[RunnableDir]) -> list[DirResult]:
        """The passes of dirs that are recorded.

        Raises:
            HelpersError: the shared store cannot be reached.
        """
        # Side by side: the engine is asked for each image by its name, since a list of all that it
        # has takes longer the more others use it; and of services Docker Compose is asked.
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            return [result for result in executor.map(self._one, dirs) if result]

    def _one(self, item: RunnableDir) -> DirResult | None:
        try:
            config = read_dir_config(item)
            if not self._may_be_reused(config):
                return None
            chosen = self._image(item.name, read_changelog(item))
            services = self._services(item) if chosen and item.compose.is_file() else ""
        except HelpersError:
            return None  # whoever runs the dir says it
        if chosen is None or services is None:
            return None
        return self.reuse.find(self.reuse.key(item, config, chosen, services), item.name)

    def _may_be_reused(self, config: DirConfig) -> bool:
        """Not where tests see more than their inputs: the repo, or an engine."""
        request = self.request
        engine = request.sibling or config.sibling or request.dind or config.dind
        return config.reuse and not engine

    def _image(self, name: str, changelog: Changelog) -> Chosen | None:
        """The image that the tests would run in, where it is just what the changelog says."""
        request = self.request
        if name in request.images:
            image = find_image(self.client, request.images[name])
            found = (image, request.images[name]) if image else None
        else:
            references = references_of(
                self.repo, changelog, self.host, request.stage, request.version, request.platform
            )
            found = own_image(self.client, self.repo, changelog, references)
        version = str(request.version or changelog.version)
        if found is None or found[0].labels.get(labels.VERSION) != version:
            return None
        return chosen_image(*found, request.stage)

    def _services(self, item: RunnableDir) -> str | None:
        """What the dir's services are; None where it is not known before they start."""
        return self.reuse.services(item, self.client.endpoint, self.listen) or None


def named_images(dirs: Sequence[RunnableDir]) -> tuple[tuple[str, str], ...]:
    """Each dir with its image's name and version, as far as its changelog can be read."""
    found = []
    for item in dirs:
        try:
            changelog = read_changelog(item)
        except HelpersError:
            found.append((item.name, ""))
        else:
            found.append((item.name, f"{changelog.image_name}-{changelog.version}"))
    return tuple(found)
