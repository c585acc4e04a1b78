"""Tags of releases that a repo's remote has and this clone lacks: a wrong version would follow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.model.code_version import CodeTag, read_tags, tags_below
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.release.released_dirs import ReleasedDir
from helpers.system.process import ProcessError
from helpers.vcs import commit_log
from helpers.vcs.refs import is_ancestor, main_remote


@dataclass(frozen=True, slots=True)
class LackedTags:
    """What a remote says.

    Attributes:
        remote: its name; empty: there is none.
        newer: the tags that it has and this clone lacks, of newer versions than the last one here.
        decisive: those among them that make another version the last one of a dir.
        error: why it could not be asked; empty: it was.
    """

    remote: str = ""
    newer: frozenset[str] = frozenset()
    decisive: frozenset[str] = frozenset()
    error: str = ""

    def needed(self, following: Iterable[str]) -> list[str]:
        """The tags without which nothing can be said, sorted.

        Args:
            following: the tags that would come next; one of them may be another branch's.
        """
        return sorted(self.decisive | self.newer.intersection(following))


def begin_asking(
    root: Path,
    dirs: Sequence[ReleasedDir],
    last: Mapping[str, CodeTag],
    every: Mapping[str, str],
) -> Callable[[], LackedTags]:
    """Ask the remote of a checkout once for the tags of all dirs; what waits for the answer.

    Args:
        last: by dir, its newest release in the history of HEAD.
        every: all tags that are here.

    Raises:
        ProcessError: git fails.
    """
    remote = main_remote(root) if dirs else ""
    if not remote:
        return LackedTags
    pool = ThreadPoolExecutor(1)
    asked = pool.submit(_ask, root, remote, dirs, last, every)
    pool.shutdown(wait=False)
    return asked.result


def _ask(
    root: Path,
    remote: str,
    dirs: Sequence[ReleasedDir],
    last: Mapping[str, CodeTag],
    every: Mapping[str, str],
) -> LackedTags:
    """Tags of other branches decide nothing, unless a dir has no release here.

    The history of such a dir may begin on any of them.
    """
    try:
        there = commit_log.remote_tags(root, remote, [one.prefix for one in dirs])
    except HelpersError as error:
        return LackedTags(remote, error=error.what)
    lacked = sorted((name, commit) for name, commit in there.items() if name not in every)
    newer: set[str] = set()
    decisive: set[str] = set()
    for one in dirs:
        tag = last.get(one.name)
        for found in _versions(one, lacked):
            if tag is None or found.version > tag.version:
                newer.add(found.name)
                if tag is None or _is_merged(root, found.commit):
                    decisive.add(found.name)
    return LackedTags(remote, frozenset(newer), frozenset(decisive))


def _versions(one: ReleasedDir, tags: Sequence[tuple[str, str]]) -> Iterator[CodeTag]:
    """The releases of a dir among sorted tags; two of one version may be on two commits."""
    for tag in tags_below(tags, one.prefix):
        yield from read_tags(one.prefix, [tag], one.name).released


def _is_merged(root: Path, commit: str) -> bool:
    try:
        return is_ancestor(root, commit, "HEAD")
    except ProcessError:
        return False  # the whole history is here, and it is not in it
