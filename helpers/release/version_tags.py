"""Which tags of a dir's image are its versions: the one rule of all that looks for them.

The production image of a dir with `release:` is a part of the release of its code: it is tagged
`v<version>`, and the floating tags that its settings name follow the newest. All other images are
tagged `<stage>-<version of the container>`, and `<stage>` follows.
"""

from collections.abc import Iterable

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.version import Version
from helpers.release.published_versions import (
    code_tag,
    code_versions,
    released_versions,
    version_of,
)
from helpers.release.targets import ReleaseTarget

_CODE = "v"
# Versions of a kind that an error names.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class VersionTags:
    """How the releases of an image are tagged.

    Attributes:
        is_code: they are releases of code.
        floating: the tags that name the current release; the first one is what is meant without a
            version.
    """

    stage: Stage
    is_code: bool
    floating: tuple[str, ...]

    def of(self, version: Version) -> str:
        """The tag of a version."""
        return code_tag(version) if self.is_code else f"{self.stage}-{version}"

    def shown(self, version: Version) -> str:
        """A version as people read it: one of code is told from one of a container."""
        return code_tag(version) if self.is_code else str(version)

    def among(self, tags: Iterable[str]) -> list[Version]:
        """The versions among the tags of a registry, newest first."""
        return code_versions(tags) if self.is_code else released_versions(tags, self.stage)


def tags_of(target: ReleaseTarget, stage: Stage, asked: str = "") -> VersionTags:
    """How the releases of a dir's image are tagged.

    Args:
        target: with the floating tags of its settings, as `targets_of` makes it.
        asked: a version as a user wrote it: `v1.2.0` and `prod-1.2.0` say which kind they are.
    """
    is_code = stage is Stage.PROD and target.floating is not None
    if asked.startswith(_CODE):
        is_code = True
    elif asked.startswith(f"{stage}-"):
        is_code = False
    return VersionTags(stage, is_code, (target.floating or ()) if is_code else (str(stage),))


def read_released_version(asked: str, stage: Stage) -> Version:
    """The version that a user wrote, bare or as the tag of a release.

    Raises:
        HelpersError: the text is no version, or the tag is of another stage.
    """
    bare = asked.removeprefix(f"{stage}-")
    if stage is Stage.PROD and bare == asked:
        bare = asked.removeprefix(_CODE)
    return Version.parse(bare)


def find_tag(target: ReleaseTarget, stage: Stage, asked: str = "") -> str:
    """The tag that a version means; without one that of the current release.

    Raises:
        HelpersError: the text is no version, nothing was released, or the registry refuses.
    """
    kind = tags_of(target, stage, asked)
    if asked:
        return kind.of(read_released_version(asked, stage))
    if kind.floating:
        return kind.floating[0]
    there = kind.among(target.repository.tags())
    if not there:
        raise not_there(target, "")
    return kind.of(there[0])


def written(target: ReleaseTarget, kind: VersionTags, version: Version) -> str:
    """What a user writes that means this version: bare, where it is of the dir's own kind."""
    own = kind.is_code == tags_of(target, kind.stage).is_code
    return str(version) if own else kind.of(version)


def release_command(target: ReleaseTarget, stage: Stage) -> str:
    """The command that releases a dir's image."""
    task = "release" if tags_of(target, stage).is_code else f"docker_release_{stage}_image"
    return f"i {task} {target.of_dir}"


def not_there(target: ReleaseTarget, tag: str, current: str = "") -> HelpersError:
    """The error for a tag that a registry does not have: what it has, and what to do.

    Args:
        tag: of a version, or a floating one; empty: the newest, where nothing follows it.
        current: the version to go back from, as people read it: it is not proposed.

    Raises:
        RegistryError: the registry refuses.
    """
    of_version = version_of(tag)
    stage = of_version[0] if of_version else Stage.DEV if tag == Stage.DEV else Stage.PROD
    # A floating tag is no version; what it should name is said by the dir.
    asked = tags_of(target, stage, tag if of_version or code_versions([tag]) else "")
    tags = target.repository.tags()
    kinds = _kinds(asked)
    there = {kind: kind.among(tags) for kind in kinds}
    shown = [kind.of(one) for kind in kinds for one in there[kind][:_SHOWN]]
    found = next((kind for kind in kinds if kind.stage is stage and there[kind]), None)
    if found:
        others = [one for one in there[found] if found.shown(one) != current]
        fix = target.show_history
        if others:
            fix = f"--version {written(target, found, others[0])}   ({fix} shows all)"
    else:
        other = Stage.PROD if stage is Stage.DEV else Stage.DEV
        only = f" for {stage} yet, only for {other}" if shown else " yet"
        fix = f"{release_command(target, stage)}   (nothing was released{only})"
    what = f"{target} has no {tag}" if tag else f"no code of {target.image.name} was released"
    return HelpersError(what, where=f"it has: {', '.join(shown) or 'none'}", fix=fix)


def _kinds(first: VersionTags) -> list[VersionTags]:
    """All kinds of versions that an image may have, one of them first."""
    every = (
        VersionTags(Stage.PROD, is_code=True, floating=()),
        VersionTags(Stage.PROD, is_code=False, floating=()),
        VersionTags(Stage.DEV, is_code=False, floating=()),
    )
    same = (first.stage, first.is_code)
    return [first, *(one for one in every if (one.stage, one.is_code) != same)]
