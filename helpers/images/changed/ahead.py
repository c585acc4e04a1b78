"""Ask the engine for images by the names that builds would give them, while those are planned.

It imports little, so that the engine is at work before the planners are loaded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.images.resolve import Which, references_of
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog

# Engines and registries answer that many at once without being slower for it.
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Lookup:
    """Images of an engine by their names.

    Attributes:
        asked: what it was asked for before anybody needs it.
    """

    client: Client
    asked: Mapping[str, Future[Image | None]]

    def find(self, reference: str) -> Image | None:
        """The image of that name; None where the engine has none.

        Raises:
            EngineError: the engine does not answer.
        """
        found = self.asked.get(reference)
        return found.result() if found else find_image(self.client, reference)


def names_of(
    repo: Repo,
    dirs: Iterable[RunnableDir],
    host: Host,
    stage: Stage,
    platforms: Sequence[str],
) -> Iterator[str]:
    """The names that builds of dirs give their images now; none of what cannot be planned."""
    for item in dirs:
        try:
            changelog = read_changelog(item)
            for platform in platforms or ("",):
                which = Which(stage, changelog.version, platform)
                yield references_of(repo, changelog, host, which)[0]
        except HelpersError:
            continue  # who plans it says why


def ask_ahead(client: Client, names: Iterable[str]) -> Lookup:
    """Begin to look images up; any other is looked up when it is asked for.

    With the containerd image store an engine works 3 ms on each that it has: longer than it takes
    to plan what it would be made from.
    """
    pool = ThreadPoolExecutor(AT_ONCE)
    asked = {name: pool.submit(find_image, client, name) for name in names}
    pool.shutdown(wait=False)
    return Lookup(client, asked)
