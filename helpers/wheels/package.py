"""A project that is built into a wheel, as its files describe it."""

from helpers.images.installed.projects import Project
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import path_below


@dataclass(frozen=True, slots=True)
class Package:
    """A project that is built.

    Attributes:
        place: relative to the repo's root.
        name: normalised; empty where only its backend knows it.
        version: as its file says; empty where only its backend knows it.
        needs: places of the packages that it depends on by path, in its main dependencies.
        bricks: folders of modules outside of it that are part of it, relative to the repo's root.
        from_git: its version comes from git.
    """

    place: str
    name: str
    version: str
    needs: tuple[str, ...]
    bricks: tuple[str, ...]
    from_git: bool
    project: Project

    @property
    def file(self) -> str:
        """Its `pyproject.toml`, relative to the repo's root."""
        return path_below(self.place, "pyproject.toml")
