"""The job that compares the images of released code with the tags of their dirs."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.model import labels
from helpers.model.code_version import NextVersion
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.model.version_check import FloatingImage, image_disagreement
from helpers.release.index import read_index
from helpers.release.moves import read_moves
from helpers.release.published_versions import code_tag, image_labels
from helpers.release.targets import ReleaseTarget

_AT_ONCE = 8


def check_images(
    targets: Sequence[ReleaseTarget], found: Mapping[str, NextVersion], listen: Listener
) -> dict[str, list[HelpersError]]:
    """The floating tags whose images are of another version than the newest tag, by dir.

    A registry that does not answer is told, and left out.

    Args:
        targets: of dirs whose code is released, with their floating tags.
        found: what the commits of each dir say.
    """

    def check(target: ReleaseTarget) -> list[HelpersError] | HelpersError:
        its = found[target.dir]
        try:
            return list(filter(None, (image_disagreement(its, one) for one in _named(target, its))))
        except HelpersError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        checked = dict(zip(targets, pool.map(check, targets), strict=True))
    for said in {one.what for one in checked.values() if isinstance(one, HelpersError)}:
        listen(Notice(f"{said}; images there are not compared"))
    return {target.dir: one for target, one in checked.items() if isinstance(one, list)}


def _named(target: ReleaseTarget, found: NextVersion) -> Iterator[FloatingImage]:
    """What the floating tags name.

    Raises:
        HelpersError: the registry refuses, or what it has is no image.
    """
    repository, newest = target.repository, code_tag(found.last.version) if found.last else ""
    has_last = bool(newest and target.floating and repository.resolve(newest))
    moves: list[TagMove] | None = None
    for tag in target.floating or ():
        index = read_index(repository, tag)
        said = image_labels(repository, index) if index else {}
        label = said.get(labels.RELEASE_VERSION, "")
        back = None
        if has_last and f"v{label}" != newest:
            moves = read_moves(repository, Stage.PROD) if moves is None else moves
            back = moves[-1] if moves and moves[-1].after == f"v{label}" else None
        yield FloatingImage(f"{target}:{tag}", label, index is not None, has_last, back)
