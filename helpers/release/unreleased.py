"""Which dirs have a version that no release made yet; nothing of what is in them is compared."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.images.installing.access import open_access
from helpers.model.images.name import Stage
from helpers.model.runnable_dir import RunnableDir
from helpers.release.lock import locked_tag
from helpers.release.owner import Releaser
from helpers.release.targets import ReleaseTarget, targets_of
from helpers.system.repo_files import read_changelog

_AT_ONCE = 8


def find_new(
    releaser: Releaser, dirs: Iterable[RunnableDir], stage: Stage, registries: Sequence[str]
) -> list[RunnableDir]:
    """The repo's own dirs whose version is not in each registry, or whose release was not ended.

    A production image of code that is released is a part of that release, so those are left out.

    Raises:
        HelpersError: a registry refuses, or the repo has none of that name.
    """
    repo = releaser.repo
    access = open_access(repo, releaser.host, releaser.listen)
    wanted: list[tuple[RunnableDir, ReleaseTarget]] = []
    for item in repo.own(dirs):
        targets = targets_of(repo.outermost, access, item, registries)
        if stage is not Stage.PROD or targets[0].floating is None:
            wanted += [(item, target) for target in targets]

    def is_new(one: tuple[RunnableDir, ReleaseTarget]) -> bool:
        item, target = one
        tag = f"{stage}-{read_changelog(item).version}"
        open_tag = locked_tag(target.repository, stage)
        return open_tag == tag or target.repository.resolve(tag) is None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        new = {one[0] for one, is_ in zip(wanted, pool.map(is_new, wanted), strict=True) if is_}
    return sorted(new)
