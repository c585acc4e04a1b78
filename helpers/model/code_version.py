"""Versions of a dir's code: read from tags, raised by commits, named between two releases."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from helpers.model.commits import Meaning, Reason, greatest, read_request, taken_back
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.runnable_dir import CHANGELOG, DEVOPS, path_inside
from helpers.model.settings.release_config import DependencyBump, ReleaseConfig
from helpers.model.version import Part, Version

# Digits of a commit's id, and of a hash of what is not committed.
_ID_DIGITS, _CONTENT_DIGITS = 12, 8
# Letters of what a commit asks for that are shown.
_SHOWN = 120
# Semantic Versioning 10: what follows a plus sign makes no other version.
_BUILD = re.compile(r"\+[0-9A-Za-z.-]+$")
# In each version between two releases, and in those of an index without local versions.
DEVELOPMENT = ".dev"


@dataclass(frozen=True, slots=True)
class CodeTag:
    """A tag of a released version."""

    name: str
    commit: str
    version: Version


@dataclass(frozen=True, slots=True)
class ReadTags:
    """The tags of one dir.

    Attributes:
        released: the newest version first.
        ignored: tags that only look like one: what follows is no version.
    """

    released: tuple[CodeTag, ...] = ()
    ignored: tuple[str, ...] = ()


class Change(NamedTuple):
    """A commit since the last release.

    Attributes:
        is_own: it touches the dir itself, and not only what the dir depends on.
    """

    commit: str
    meaning: Meaning
    is_own: bool


class Counted(NamedTuple):
    """A commit that raises the version, and why."""

    commit: str
    title: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class NextVersion:
    """What a dir's code would be released as.

    Attributes:
        last: the newest release in the branch's history; None: there is none.
        version: the next one; None: there is nothing to release.
        counted: the commits that raise it, newest first.
        asked_by: the commit that asks for this version; empty: it follows from all of them.
        newest: the newest commit since then that changes the code, even if it is taken back.
        chosen: the user says this version, and the commits another one.
    """

    dir: str
    image_name: str
    prefix: str
    last: CodeTag | None
    version: Version | None
    counted: tuple[Counted, ...] = ()
    asked_by: str = ""
    newest: str = ""
    chosen: bool = False

    @property
    def tag(self) -> str:
        """The name of the tag that the next version would get; empty: there is none."""
        return f"{self.prefix}{self.version}" if self.version else ""

    def between(self, config: ReleaseConfig, uncommitted: str = "") -> tuple[str, str]:
        """The version of a wheel and of an image that are made now; of a release, its own.

        Args:
            uncommitted: a hash of the code, where it is not as the newest commit has it.
        """
        if self.last and not self.newest and not uncommitted:
            return str(self.last.version), str(self.last.version)
        base = self.version or _raised(self.last, Part.PATCH, config)
        # A part of digits alone would be read as a number, and lose its zeros.
        commit = f"g{self.newest[:_ID_DIGITS]}" * bool(self.newest)
        content = f"d{uncommitted[:_CONTENT_DIGITS]}" * bool(uncommitted)
        key = ".".join(filter(None, (commit, content)))
        return development_version(base, key), development_version(base, key, "-")


def development_version(base: Version, key: str, sign: str = "+") -> str:
    """A version before the release of another: `1.3.0.dev0+g0123456789ab` for a wheel.

    Args:
        key: what tells it from others; empty: nothing does.
        sign: `-` for the tag of an image, in which a plus sign may not stand.
    """
    return f"{base}{DEVELOPMENT}0{sign}{key}" if key else f"{base}{DEVELOPMENT}0"


def read_tags(prefix: str, tags: Iterable[tuple[str, str]], where: str) -> ReadTags:
    """The releases among the tags of a repo.

    Args:
        prefix: what the dir's tags begin with.
        tags: names with their commits.
        where: the dir, for messages.

    Raises:
        HelpersError: two tags of one version are on two commits.
    """
    found: dict[Version, CodeTag] = {}
    ignored = []
    for name, commit in tags:
        rest = name.removeprefix(prefix)
        # A tag of another kind may begin so too: only with a number does it look like a version.
        if not name.startswith(prefix) or not rest[:1].isdigit():
            continue
        try:
            version = Version.parse(_BUILD.sub("", rest))
        except HelpersError:
            ignored.append(name)
            continue
        other = found.setdefault(version, CodeTag(name, commit, version))
        if other.commit != commit:
            raise two_commits(version, other, CodeTag(name, commit, version), where)
    newest = sorted(found.values(), key=lambda one: one.version, reverse=True)
    return ReadTags(tuple(newest), tuple(ignored))


def two_commits(version: Version, one: CodeTag, other: CodeTag, where: str) -> HelpersError:
    """The error for a version that two tags, or one tag in two repos, give to two commits."""
    return HelpersError(
        f"the version {version} is on two commits: {one.name} on {one.commit[:_ID_DIGITS]}, and"
        f" {other.name} on {other.commit[:_ID_DIGITS]}",
        where=where,
        fix=f"git tag --delete {other.name}   (or the other one, whichever was not released)",
    )


def is_environment(dir: str, path: str) -> bool:
    """Whether a file of a dir is of its environment, whose version stands in its changelog.

    Args:
        path: a file of the dir's own.
    """
    inside = path_inside(dir, path)
    return inside in (CHANGELOG, *EVERY_LOCK_FILE) or inside.startswith(f"{DEVOPS}/")


def raise_version(
    plain: NextVersion,
    changes: Sequence[Change],
    config: ReleaseConfig,
    asking: Iterable[Change] = (),
    is_tag: Callable[[str], bool] = lambda _: False,
) -> NextVersion:
    """The next version of a dir from its commits.

    Args:
        plain: the dir, and its last release.
        changes: the commits since then that touch its inputs, newest first.
        asking: those since then that ask for a version, of any dir or of none, newest first.
        is_tag: whether a text is a tag as a dir of the repo has them.

    Raises:
        HelpersError: a commit asks for a version that is none, for two of them, or for one that is
            not newer than the last.
    """
    valid = [one for one in changes if not one.meaning.writes_version]
    gone = taken_back(valid)
    is_same = config.dependencies is DependencyBump.SAME
    if config.dependencies is DependencyBump.NONE:
        valid = [one for one in valid if one.is_own]
    counted = [
        Counted(commit, meaning.title, meaning.reason if is_own or is_same else Reason.DEPENDENCY)
        for commit, meaning, is_own in valid
        if commit not in gone
    ]
    asked_by, asked = _asked(plain, asking, is_tag)
    most = greatest(reason.part for reason in {one.reason for one in counted})
    version = asked or (_raised(plain.last, most, config) if most else None)
    if plain.last is None and not version:
        version = config.initial
    newest = valid[0].commit if valid else ""
    return NextVersion(
        plain.dir,
        plain.image_name,
        plain.prefix,
        plain.last,
        version,
        tuple(counted),
        asked_by,
        newest,
    )


def _asked(
    plain: NextVersion, asking: Iterable[Change], is_tag: Callable[[str], bool]
) -> tuple[str, Version | None]:
    """The newest commit that asks for a version of the dir, and that version."""
    for one in asking:
        found = {
            version
            for text in one.meaning.release_as
            if (version := _of_dir(plain, one, text, is_tag))
        }
        if len(found) > 1:
            raise _refused(one, "a dir has one next version", plain)
        for version in found:
            if plain.last and version <= plain.last.version:
                raise _refused(one, f"{plain.last.name} is released already", plain)
            return one.commit, version
    return "", None


def _of_dir(
    plain: NextVersion, one: Change, text: str, is_tag: Callable[[str], bool]
) -> Version | None:
    """The version that a line asks for of a dir; None: it means other dirs.

    A line that names the dir's tag counts in any commit; all others in those that touch the dir.

    Raises:
        HelpersError: it can be read in no way, and the commit touches the dir.
    """
    rest = text.removeprefix(plain.prefix)
    if plain.prefix and text.startswith(plain.prefix) and rest[:1].isdigit():
        try:
            return Version.parse(rest)
        except HelpersError as error:
            raise _refused(one, "that is no version", plain) from error
    if not one.is_own or is_tag(text):
        return None
    prefix, version = read_request(text)
    if version is None:
        raise _refused(one, "that is no version", plain)
    if prefix:
        raise _refused(one, f"no dir's tags begin with {prefix}", plain)
    return version


def _refused(change: Change, why: str, plain: NextVersion) -> HelpersError:
    after = plain.last.version.bumped(Part.PATCH) if plain.last else Version(1, 0, 0)
    asked = " and ".join(change.meaning.release_as)
    return HelpersError(
        f"a commit asks for Release-As: {asked[:_SHOWN]}, but {why}",
        where=f"{change.commit[:_ID_DIGITS]} {change.meaning.title}\ndir: {plain.dir}",
        fix=f"git commit --allow-empty -m 'chore: set the version'"
        f" -m 'Release-As: {plain.prefix}{after}'",
    )


def _raised(last: CodeTag | None, part: Part, config: ReleaseConfig) -> Version:
    if last is None:
        return config.initial
    if part is Part.MAJOR and not last.version.major:
        part = config.breaking_below_one
    return last.version.bumped(part)
