"""The dirs whose code is released: those with `release:` in their settings, or in their repo's."""

from collections.abc import Iterable, Iterator, Sequence

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.groups import grouped
from helpers.model.numbers import list_few
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option, path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.settings.release_config import ReleaseConfig
from helpers.system.repo_files import read_changelog, read_dir_config


@dataclass(frozen=True, slots=True)
class ReleasedDir:
    """A dir whose code is released.

    Attributes:
        place: the checkout that it is of, as a path below the repo's root.
    """

    item: RunnableDir
    place: str
    image_name: str
    config: ReleaseConfig

    @property
    def name(self) -> str:
        """The dir's name."""
        return self.item.name

    @property
    def prefix(self) -> str:
        """What its tags begin with."""
        return self.config.tag_prefix(self.image_name)


def find_released(repo: Repo, dirs: Iterable[RunnableDir]) -> list[ReleasedDir]:
    """Those of the dirs that have `release:`, or whose repo has.

    Raises:
        HelpersError: settings or a changelog are malformed, or two dirs would share their tags.
    """
    found: list[ReleasedDir] = []
    for item in dirs:
        own = repo.of(item.name)
        config = read_dir_config(item).released(own.config)
        if config is not None:
            image = read_changelog(item).image_name
            found.append(ReleasedDir(item, own.place, image, config))
    by_tags = grouped(((one.place, one.prefix), one) for one in found)
    for (place, prefix), same in by_tags.items():
        if len(same) > 1:
            raise HelpersError(
                f"{list_few(one.name for one in same)} would have the same tags: {prefix}1.0.0",
                where=path_below(place, CONFIG_FILE_NAME),
                fix='write for instance  tag: "{image_name}-v{version}"',
            )
    return found


class TagNames:
    """How the tags of a checkout's dirs are named; read when the first text is looked at."""

    def __init__(self, repo: Repo, place: str, dirs: Iterable[str]) -> None:
        self._repo, self._place, self._dirs = repo, place, dirs
        self._prefixes: tuple[str, ...] | None = None

    def __call__(self, text: str) -> bool:
        """Whether a text begins as the tags of one of the dirs, and goes on with a number."""
        if self._prefixes is None:
            self._prefixes = tuple(self._read())
        starts = (one for one in self._prefixes if one and text.startswith(one))
        return any(text[len(one) :][:1].isdigit() for one in starts)

    def _read(self) -> Iterator[str]:
        for name in self._dirs:
            if self._repo.of(name).place != self._place:
                continue
            try:
                found = find_released(self._repo, [self._repo.runnable_dir(name)])
            except HelpersError:
                # Of another dir than those that are asked for, which are read before.
                continue
            yield from (one.prefix for one in found)


def without_nested(repo: Repo, dirs: Iterable[RunnableDir], listen: Listener) -> list[RunnableDir]:
    """The repo's own dirs; of those of repos in it the ones that are released are named.

    A tag of theirs goes to the remote of their own repo, where a job of this one may push nothing,
    and what is released there is not this repo's to decide.
    """
    every = list(dirs)
    own = repo.own(every)
    for item in (one for one in every if one not in own):
        try:
            found = find_released(repo, [item])
        except HelpersError:
            # Nothing of it was to be released, so its trouble is none of ours.
            continue
        for one in found:
            said = f"left out: its tags are those of {one.place}, a repo of its own"
            listen(Notice(f"{said}   (i release {dir_option(item.name)})", item.name))
    return own


def released_or_told(repo: Repo, dirs: Sequence[RunnableDir]) -> list[ReleasedDir]:
    """The same, of which there is at least one.

    Raises:
        HelpersError: as `find_released`; or none of the dirs is released.
    """
    found = find_released(repo, dirs)
    if not found:
        raise HelpersError(
            f"{list_few(item.name for item in dirs) or 'the repo'}: no `release:` says how versions"
            " follow from commits",
            where=repo.config_path.name,
            fix="add a line  release: {}  to repo_config.yaml, or to devops/config.yaml of a dir",
        )
    return found
