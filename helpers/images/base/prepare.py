"""Make what the base image is imported from, while the engine is being installed.

`bootstrap.sh` runs this, in the thin environment. Whoever needs the image afterwards waits for it,
and makes it where this could not: so it says nothing of what went wrong.
"""

import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shutil import which

from helpers.images.base.archive import TOOLS, base_lease, make_archive, whole_recipe
from helpers.images.base.recipe import recipe_if_any
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.registry.names import read_name
from helpers.system.host import read_host
from helpers.system.repo_files import load_repo


def prepare_base(repo: Repo, platform: str) -> None:
    """Make the archive of the repo's base image.

    Raises:
        HelpersError: it cannot be made.
    """
    wanted = repo.config.base_image
    if recipe_if_any(repo, wanted, platform) is None or not all(map(which, TOOLS)):
        return
    recipe = whole_recipe(repo, wanted, platform)
    with base_lease(repo, wanted):
        sys.stdout.write(
            f"helpers: no registry can be reached: the base image with Python {recipe.python} is"
            " made from Debian's signed packages meanwhile\n"
        )
        sys.stdout.flush()
        make_archive(repo, recipe)


def may_pull(environment: Mapping[str, str]) -> bool:
    """Whether the engine may reach Docker's registry; behind a proxy, let the engine try."""
    if any(name.lower() == "https_proxy" for name in environment):
        return True
    try:
        socket.create_connection((read_name("python").host, 443), timeout=3).close()
    except OSError:
        return False
    return True


def main() -> None:
    """Prepare the base image of the repo around the toolchain if no registry is reachable."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # what works for us ends as well
    host = read_host()
    with suppress(HelpersError, OSError):
        if not may_pull(host.environment):
            prepare_base(load_repo(Path(__file__).parent), host.platform)


if __name__ == "__main__":
    main()
