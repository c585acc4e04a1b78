"""The key `release` of a repo or a dir: how the versions of its code follow from its commits."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import Key, Kind, Rule, like
from helpers.model.version import Part, Version

IMAGE_NAME, VERSION = "{image_name}", "{version}"


class DependencyBump(StrEnum):
    """How a commit counts for a dir that touches only what the dir depends on."""

    PATCH = "patch"
    SAME = "same"
    NONE = "none"


class VersionPlace(StrEnum):
    """Where the version of a dir's code stands."""

    TAG = "tag"
    PYPROJECT = "pyproject"


# What git takes as the name of a tag (git check-ref-format), with a version at its end.
_TAG = Rule(
    r"(?![-/])(?:(?!\.\.|@\{|/\.|//)[^\s~^:?*\[\\{}]|\{image_name\})*\{version\}",
    "is no pattern of tags: it ends in {version}, and may have {image_name} before it",
    'write it as the default is: tag: "{image_name}-v{version}"',
)
RELEASE_KEYS = (
    Key("tag", Kind.TEXT, "The names of git tags; default: {image_name}-v{version}.", rule=_TAG),
    Key(
        "initial",
        Kind.TEXT,
        "The first version, of a dir without a tag; default: 0.1.0.",
        rule=like(
            "initial",
            r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}",
            "is no version of three numbers",
            "0.1.0",
        ),
    ),
    Key(
        "dependencies",
        Kind.CHOICE,
        "How a commit counts that touches only what the dir depends on: as a `patch`, the `same` as"
        " for its own files, or not at all (`none`); default: patch.",
        choices=tuple(DependencyBump),
    ),
    Key(
        "version_in",
        Kind.CHOICE,
        "Where the version stands: in the git `tag` alone, or in `pyproject` as well, where"
        " `i release_next --commit` writes it; default: tag.",
        choices=tuple(VersionPlace),
    ),
    Key(
        "branches",
        Kind.TEXTS,
        "The branches from which code is released, which `i release_check` holds; default: any.",
        rule=like(
            "branches",
            r"[A-Za-z0-9][A-Za-z0-9._/-]*",
            "is no name of a branch",
            "[develop, master]",
        ),
    ),
    Key(
        "floating",
        Kind.TEXTS,
        "The floating tags that a release moves to its image; default: latest and stable.",
        rule=like(
            "floating",
            r"(?!(dev|prod|local)([-.]|$)|releasing-|buildcache-|v[0-9])[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}",
            "is no name of a floating tag: it is that of a version or a stage, or of no tag at all",
            "[latest, stable]",
        ),
    ),
    Key(
        "breaking_below_one",
        Kind.CHOICE,
        "What a breaking change raises below 1.0: `major` gives 1.0.0; default: major.",
        choices=(Part.MAJOR, Part.MINOR),
    ),
)


@dataclass(frozen=True, slots=True)
class ReleaseConfig:
    """How versions follow from commits: each attribute is as `RELEASE_KEYS` says."""

    tag: str = f"{IMAGE_NAME}-v{VERSION}"
    initial: Version = Version(0, 1, 0)
    dependencies: DependencyBump = DependencyBump.PATCH
    version_in: VersionPlace = VersionPlace.TAG
    branches: tuple[str, ...] = ()
    floating: tuple[str, ...] = ("latest", "stable")
    breaking_below_one: Part = Part.MAJOR

    def check_floating(self, environments: Sequence[str]) -> None:
        """Make sure that no release moves the tag of an environment.

        Raises:
            HelpersError: one would.
        """
        both = [name for name in self.floating if name in environments]
        if both:
            raise HelpersError(
                f"{both[0]!r} is an environment, which promotion alone moves",
                where="key 'floating' of 'release'",
                fix="floating: [latest, stable]   (or another name that is no environment)",
            )

    def tag_prefix(self, image_name: str) -> str:
        """What the tags of an image begin with; the version follows."""
        return self.tag.replace(IMAGE_NAME, image_name).removesuffix(VERSION)


# How the values are made of what a file has.
_TYPES: Mapping[str, Callable[[str], object]] = {
    "initial": Version.parse,
    "dependencies": DependencyBump,
    "version_in": VersionPlace,
    "breaking_below_one": Part,
}


def release_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one file, typed: a dir's stand above those of its repo."""
    return {
        name: _TYPES[name](value) if name in _TYPES else value for name, value in values.items()
    }


def release_config(
    repo: Mapping[str, Any] | None, own: Mapping[str, Any] | None
) -> ReleaseConfig | None:
    """The settings that count for a dir; None: neither it nor its repo has the key."""
    if repo is None and own is None:
        return None
    return ReleaseConfig(**{**(repo or {}), **(own or {})})
