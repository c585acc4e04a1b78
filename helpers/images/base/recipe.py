"""How a base image is made from Debian's packages, where no registry gives it."""

from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.base_image import SUITES, official
from helpers.model.names import digest_of
from helpers.model.repo import Repo

BASE_NAME = "helpers-base"
PACKAGES = ("ca-certificates", "python3", "python3-venv")
EXCLUDED = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """How a base image is made from packages.

    Attributes:
        python: `<major>.<minor>` or with a patch, as the settings' image promises.
        sources: lines of apt's sources; none: the tool's own default.
        snapshot: the moment whose packages it is made from; empty: the newest.
        programs: this machine's base image, whose programs do what would be emulated; empty: none.
    """

    suite: str
    python: str
    platform: str
    sources: tuple[str, ...] = ()
    snapshot: str = ""
    programs: str = ""

    @property
    def architecture(self) -> str:
        """Debian's name of it; amd64 and arm64 have the same name in Debian and OCI."""
        return self.platform.split("/")[1]

    @property
    def key(self) -> str:
        """A hash of everything that decides what the image contains."""
        parts = [self.suite, self.python, self.platform, *PACKAGES, *EXCLUDED]
        parts += [self.snapshot] if self.snapshot else []
        return digest_of("\n".join(parts), 12)

    @property
    def tag(self) -> str:
        """The name of the image on the engine."""
        return f"{BASE_NAME}:{self.python}-{self.suite}-{self.architecture}-{self.key}"


def plan_recipe(wanted: str, platform: str) -> BaseRecipe:
    """Plan how to make the image `wanted` from Debian's packages.

    Raises:
        HelpersError: Debian has no such Python, or `wanted` is no official Python image.
    """
    named = official(wanted)
    if named is None:
        raise HelpersError(
            "no registry can be reached, and this base image cannot be made from packages",
            where=f"base_image: {wanted}",
            fix="make the registry reachable, or name a python:<version>-slim-<suite> image"
            " without a digest",
        )
    python = named.python
    suite = next((name for name, version in SUITES.items() if version == python), "")
    suite = named.suite or suite
    if SUITES.get(suite) != python:
        offers = ", ".join(f"{version} ({name})" for name, version in SUITES.items())
        raise HelpersError(
            f"no registry can be reached, and Debian {suite} has no Python {python}"
            if suite
            else f"no registry can be reached, and no Debian has Python {python}",
            where=f"base_image: {wanted}",
            fix=f"make the registry reachable, or choose a Python that Debian has: {offers}",
        )
    return BaseRecipe(suite, python + named.patch, platform)


def recipe_if_any(repo: Repo, wanted: str, platform: str) -> BaseRecipe | None:
    """Like `plan_recipe`, without sources; None if the image cannot be made."""
    try:
        recipe = plan_recipe(wanted, platform)
        return replace(recipe, snapshot=repo.config.package_snapshot)
    except HelpersError:
        return None
