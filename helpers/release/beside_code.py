"""Which production images are a part of a release of code: no other release puts one beside it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from helpers.images.installing.access import open_access
from helpers.model.errors import HelpersError
from helpers.model.events import Notice
from helpers.model.images.name import Stage
from helpers.model.runnable_dir import RunnableDir
from helpers.release.owner import Releaser
from helpers.release.targets import ReleaseTarget, targets_of
from helpers.release.version_tags import release_command, tags_of


def refuse_beside_code(
    releaser: Releaser, item: RunnableDir, stage: Stage, registry_names: Sequence[str]
) -> None:
    """Make sure that an image would stand beside no release of its dir's code.

    Until the first one a dir that just got `release:` goes on as before.

    Raises:
        HelpersError: it would, the repo has no such registry, or one refuses.
    """
    target = _with_code(releaser, item, stage, registry_names)
    if target:
        raise HelpersError(
            f"the {stage} image of {item.name} is a part of the release of its code",
            where=f"{target}: a tag {stage}-<X.Y.Z> would stand beside the releases of its code",
            fix=release_command(target, stage),
        )


def without_code(
    releaser: Releaser, dirs: Iterable[RunnableDir], stage: Stage, registry_names: Sequence[str]
) -> list[RunnableDir]:
    """Those of the dirs whose image is a part of no release of code; of the others it is told.

    A dir that cannot be looked at is among them: its own release says why, and stops no other.
    """
    left: list[RunnableDir] = []
    for item in dirs:
        target = None
        with suppress(HelpersError):
            target = _with_code(releaser, item, stage, registry_names)
        if target is None:
            left.append(item)
            continue
        said = "left out: its image is a part of the release of its code"
        releaser.listen(Notice(f"{said}   ({release_command(target, stage)})", item.name))
    return left


def _with_code(
    releaser: Releaser, item: RunnableDir, stage: Stage, registry_names: Sequence[str]
) -> ReleaseTarget | None:
    """The first registry that has a release of the dir's code."""
    if stage is not Stage.PROD:
        return None
    repo = releaser.repo.of(item.name)
    access = open_access(repo, releaser.host, releaser.listen)
    for target in targets_of(repo, access, item, registry_names):
        kind = tags_of(target, stage)
        if kind.is_code and kind.among(target.repository.tags()):
            return target
    return None
