"""The image that a command runs in: chosen, built where that is wanted, compared with the code."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from helpers.engine.client import Client
from helpers.images.building.out_of_date import is_outdated
from helpers.images.resolve import (
    Chosen,
    NoImageError,
    Which,
    check_agreement,
    choose_image,
    choose_named,
    own_image,
    references_of,
)
from helpers.model.changelog.parse import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Event, Listener, Warned
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog


@dataclass(frozen=True, slots=True)
class Wanted(Which):
    """Which image a command asks for, and what may be done for it.

    Attributes:
        named: its very name, where that is known.
        build: build the local image of the changelog's version where it is missing or out of date.
        skip_version_check: an image of another version than the changelog's will do.
        changelog: the dir's, where it was read before.
        building: entered for as long as a build takes, gives what is told of it; none: what the
            command tells everything.
    """

    named: str = ""
    build: bool = False
    skip_version_check: bool = False
    changelog: Changelog | None = None
    building: Callable[[], AbstractContextManager[Listener]] | None = None


def ensure_image(
    client: Client,
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    wanted: Wanted,
    listen: Listener,
) -> tuple[Chosen, bool]:
    """The image, and whether it is out of date, which causes a warning.

    Raises:
        NoImageError: there is none, and it is not to be built.
        HelpersError: it cannot be built, or is too old for the code.
    """
    changelog = wanted.changelog or read_changelog(runnable_dir)
    search = _Search(client, repo, runnable_dir, host, wanted, changelog)
    chosen, outdated = search.present()
    if chosen is None:
        # Imported here: most commands build nothing.
        from helpers.images.building.build import build_missing

        with (wanted.building or (lambda: nullcontext(listen)))() as told:
            build_missing(repo, runnable_dir, host, told, wanted.platform)
        chosen, outdated = search.choose(), False
    if not wanted.skip_version_check:
        check_agreement(chosen, changelog, runnable_dir, listen)
    if outdated:
        listen(search.warning(chosen))
    return chosen, outdated


def ensure_fresh(
    client: Client, repo: Repo, runnable_dir: RunnableDir, host: Host, listen: Listener
) -> Chosen:
    """The local image of a dir, built where it is missing or out of date.

    Raises:
        HelpersError: it cannot be built, or is out of date and its version is released.
    """
    warnings: list[Warned] = []

    def tell(event: Event) -> None:
        if isinstance(event, Warned):
            warnings.append(event)
        else:
            listen(event)

    chosen, outdated = ensure_image(client, repo, runnable_dir, host, Wanted(build=True), tell)
    if outdated:
        last = warnings[-1]
        raise HelpersError(last.text, where=last.dir, fix=last.fix)
    for warning in warnings:
        listen(warning)
    return chosen


@dataclass(frozen=True, slots=True)
class _Search:
    """The image that a command uses, and its state."""

    client: Client
    repo: Repo
    runnable_dir: RunnableDir
    host: Host
    wanted: Wanted
    changelog: Changelog

    def present(self) -> tuple[Chosen | None, bool]:
        """The existing image, and whether it is out of date; None: build it."""
        wanted = self.wanted
        may_build = (
            wanted.build
            and wanted.stage is Stage.LOCAL
            and wanted.version is None
            and not wanted.named
        )
        try:
            chosen = self.choose()
        except NoImageError:
            if not may_build:
                raise
            return None, False
        stale = self._is_stale(chosen)
        if not may_build:
            return chosen, stale
        if chosen.version != str(self.changelog.version):
            return (chosen if wanted.skip_version_check else None), stale
        # A released version must not change: others may have it.
        return (chosen if not stale or self._is_released() else None), stale

    def choose(self) -> Chosen:
        """The selected image.

        Raises:
            NoImageError: it is not on the engine.
        """
        wanted = self.wanted
        if wanted.named:
            return choose_named(self.client, wanted.named, wanted.stage)
        return choose_image(self.client, self.repo, self.changelog, self.host, wanted)

    def warning(self, chosen: Chosen) -> Warned:
        """The warning about an image that is out of date."""
        name = self.runnable_dir.name
        text = f"{chosen.reference} is out of date: its inputs changed since it was built"
        fix = f"i docker_build_local_image {dir_option(name)}"
        if self._is_released():
            text += f", and {chosen.version} is released"
            fix += " --bump minor --message 'Change its packages'"
        return Warned(text, name, fix=fix)

    def _is_stale(self, chosen: Chosen) -> bool:
        """Whether the image was built from other files than those that are there."""
        if chosen.stage is not Stage.LOCAL or self.wanted.version or self.wanted.named:
            return False
        platform = self.wanted.platform
        return is_outdated(self.repo, self.runnable_dir, self.host, chosen.image, platform)

    def _is_released(self) -> bool:
        """Whether others may have an image of the changelog's version."""
        repo, changelog = self.repo, self.changelog
        kinds = (Which(stage, changelog.version) for stage in (Stage.DEV, Stage.PROD))
        names = (references_of(repo, changelog, self.host, kind) for kind in kinds)
        return any(own_image(self.client, repo, changelog, one) for one in names)
