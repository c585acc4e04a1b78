"""A repo that uses the toolchain, and those that are submodules of it."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import ImageName
from helpers.model.runnable_dir import DEVOPS, ROOT, RunnableDir
from helpers.model.settings.config import RepoConfig
from helpers.model.settings.file_names import CONFIG_FILE_NAME

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
    f"{DEVOPS}/in_worker/",
    f"{DEVOPS}/engine.Dockerfile",
    f"{DEVOPS}/installer/",
)


@dataclass(frozen=True, slots=True)
class NestedRepo:
    """A repo that uses the toolchain and is a submodule, at any depth.

    Attributes:
        place: its path below the outermost repo's root, with `/`.
        config: its own settings; what it calls relative to its root is relative to the outermost.
        trouble: why it cannot be driven; there are no settings then.
    """

    place: str
    config: RepoConfig | None
    trouble: HelpersError | None = None


@dataclass(frozen=True, slots=True)
class Repo:
    """The outermost repo, and the toolchain that drives it and all repos in it.

    Attributes:
        root: what containers mount; absolute.
        toolchain: where the code that runs is; absolute.
        config: the settings that count: those of the repo at `place`.
        place: the repo that is meant, as a path below `root`; `.` for the outermost itself.
        nested: the repos that are submodules.
        toolchains: where checkouts of the toolchain are, as paths below `root`; their own dirs are
            their business.
        outer: the settings of the outermost repo, where `config` is another's.
        labels: what containers of its tests carry besides what says whose they are; on a host they
            say also where the checkout really is.
    """

    root: Path
    toolchain: Path
    config: RepoConfig
    place: str = ROOT
    nested: tuple[NestedRepo, ...] = ()
    toolchains: tuple[str, ...] = ()
    outer: RepoConfig | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def outermost(self) -> "Repo":
        """The same with the settings of the outermost repo."""
        return (
            self if self.outer is None else replace(self, config=self.outer, place=ROOT, outer=None)
        )

    @property
    def checkout(self) -> Path:
        """The selected repo's checkout; absolute."""
        return self.root if self.place == ROOT else self.root / self.place

    @property
    def config_path(self) -> Path:
        """The settings file."""
        return self.checkout / CONFIG_FILE_NAME

    @property
    def shared_devops(self) -> Path:
        """What the toolchain gives to every image and container."""
        return self.toolchain / DEVOPS

    @property
    def in_container(self) -> Path:
        """What the toolchain's part inside a container uses."""
        return self.shared_devops / "in_container"

    def root_name(self, dirs: Iterable[str]) -> str:
        """The display name of the outermost root as a dir: the repo's name.

        Args:
            dirs: the names of all dirs; where one has that name as its path, the root stays `.`.
        """
        name = self.outermost.config.name
        return ROOT if name in dirs else name

    def way_from(self, start: Path) -> str:
        """The repo's root as a command names it that is typed in a directory."""
        return ROOT if start == self.root else str(self.root)

    def runnable_dir(self, name: str) -> RunnableDir:
        """The dir of that name, whether or not it exists."""
        return RunnableDir(self.root, name)

    def image_name(self, name: str) -> ImageName:
        """The image of that name in this repo's registry or namespace, or of this repo alone."""
        place = self.config.registry or self.config.namespace
        return ImageName(name, place, self.config.name)

    def image_names(self, name: str) -> tuple[str, ...]:
        """All names of the image of that name: of local ones, then those in the registries."""
        today = self.image_name(name)
        others = (ImageName(name, place) for place in self.config.registries.values())
        return tuple(dict.fromkeys((today.on_engine, str(today), *map(str, others))))

    def of(self, path: str) -> "Repo":
        """The same with the settings of the repo that a path belongs to: the innermost around it.

        Args:
            path: a dir or a file below `root`, with `/`.

        Raises:
            HelpersError: that repo cannot be driven by this toolchain.
        """
        around = [item for item in self.nested if is_inside(path, item.place)]
        if not around:
            return self.outermost
        own = max(around, key=lambda item: len(item.place))
        if own.config is None:
            assert own.trouble is not None
            raise own.trouble
        outer = self.outer or self.config
        return replace(self, config=own.config, place=own.place, outer=outer)

    def own(self, dirs: Iterable[RunnableDir]) -> list[RunnableDir]:
        """Those of the dirs that are of no repo in the outermost one, driven or not."""
        inner = [one.place for one in self.nested]
        return [item for item in dirs if not any(is_inside(item.name, one) for one in inner)]

    def every(self) -> "tuple[Repo, ...]":
        """The outermost repo, and with their own settings those in it that can be driven."""
        return (self.outermost, *(self.of(item.place) for item in self.nested if item.config))

    def own_name(self, path: str) -> str:
        """A path relative to the root of the repo that it belongs to."""
        place = self.of(path).place
        if place == ROOT:
            return path
        return path[len(place) + 1 :] or ROOT

    def outer_name(self, own: str) -> str:
        """Turn a path relative to the selected repo into one relative to `root`."""
        if self.place == ROOT:
            return own
        return self.place if own == ROOT else f"{self.place}/{own}"

    def is_toolchain(self, path: str) -> bool:
        """Whether a path is in a checkout of the toolchain, other than the repo itself."""
        return any(is_inside(path, place) for place in self.toolchains)


def is_inside(path: str, place: str) -> bool:
    """Whether a path is a place or below it; both relative to one root, with `/`."""
    return path == place or path.startswith(f"{place}/")
