"""The versions of what is made of a repo's dirs now, for builds and stacks.

Most repos release no code: what reads their history is imported where a dir has `release:` alone.
"""

from collections.abc import Iterable, Sequence
from threading import Lock

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.release.released_dirs import find_released


class VersionsNow:
    """The versions of what is made of a repo's dirs now; those of one checkout are read at once."""

    def __init__(self, repo: Repo, listen: Listener) -> None:
        self._repo, self._listen = repo.outermost, listen
        self._known: dict[str, tuple[str, str] | HelpersError] = {}
        self._asked: set[str] = set()
        self._lock = Lock()

    def __call__(self, inputs: RepoInputs, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """By dir, the versions of a wheel and of an image; of those whose code is released.

        A copy of the repo in another folder has no history from which they would follow.

        Raises:
            HelpersError: the version of one cannot be said.
        """
        if inputs.repo.outermost.root != self._repo.root:
            return {}
        wanted = [name for name in names if name in inputs.tree.dirs]
        with self._lock:
            if not self._asked.issuperset(wanted):
                self._read(inputs, wanted)
        found = {}
        for name in wanted:
            one = self._known.get(name)
            if isinstance(one, HelpersError):
                raise one
            if one:
                found[name] = one
        return found

    def _read(self, inputs: RepoInputs, wanted: Sequence[str]) -> None:
        repo = self._repo
        places = {repo.of(name).place for name in wanted}
        every = [name for name in sorted(inputs.tree.dirs) if repo.of(name).place in places]
        try:
            dirs = find_released(repo, map(repo.runnable_dir, every))
        except HelpersError:
            # What is wrong may be of a dir that nobody asked for.
            every = list(wanted)
            dirs = find_released(repo, map(repo.runnable_dir, every))
        self._asked.update(every)
        if not dirs:
            return
        from helpers.release.between import versions_between
        from helpers.release.code_versions import Asked, next_versions

        results = next_versions(repo, dirs, inputs, self._listen, Asked.NONE)
        found = {n: one for n, one in results.items() if not isinstance(one, HelpersError)}
        self._known |= {n: one for n, one in results.items() if isinstance(one, HelpersError)}
        self._known |= versions_between(repo, dirs, inputs, found)


def wheel_versions(
    repo: Repo, names: Sequence[str], inputs: RepoInputs, listen: Listener
) -> dict[str, str]:
    """By dir, the version of a wheel that is made now; of those whose code is released.

    Dirs that the named ones depend on are among them.

    Raises:
        HelpersError: the version of one cannot be said.
    """
    wanted = dict.fromkeys(root for name in names for root in inputs.of(name).roots)
    found = VersionsNow(repo, listen)(inputs, wanted)
    return {name: wheel for name, (wheel, _) in found.items()}
