"""Which commits of submodules a repo's own commits record."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import run
from helpers.vcs.git import SUBMODULE, git_names
from helpers.vcs.submodules import declared_in, recorded_in_commit


@dataclass(frozen=True, slots=True)
class Gitlink:
    """A commit that is recorded for a submodule.

    Attributes:
        path: of the submodule, relative to the repo that records it.
        commit: what is recorded.
        before: what was recorded until then; empty where nothing was.
        recorded_by: the commit of the repo that first records it so.
    """

    path: str
    commit: str
    before: str
    recorded_by: str


def peel(folder: Path, names: Sequence[str], *options: str) -> dict[str, str]:
    """The commits that names or ids stand for; those that stand for none here are left out.

    Args:
        options: what git is told before the command.

    Raises:
        ProcessError: git fails.
    """
    asked = "".join(f"{name}^{{commit}}\n" for name in names)
    command = ["git", *options, "cat-file", "--batch-check=%(objectname)"]
    answers = run(command, cwd=folder, stdin=asked).stdout.splitlines()
    found = zip(names, answers, strict=False)
    return {name: answer for name, answer in found if " " not in answer}


def recorded_since(
    folder: Path, tips: Iterable[str], known: Iterable[str], remotes: str
) -> list[Gitlink]:
    """What the commits of `tips` record that a remote does not have yet, oldest first.

    What a merge has from one of its sides is no record of its own.

    Args:
        known: commits that the remote has besides.
        remotes: the remote whose branches count; empty: those of all remotes.

    Raises:
        ProcessError: git fails.
    """
    revisions = "".join([f"{tip}\n" for tip in tips] + [f"^{one}\n" for one in known])
    branches = f"--remotes={remotes}" if remotes else "--remotes"
    walk = ["git", "rev-list", "--reverse", "--topo-order", "--stdin", "--not", branches]
    commits = run(walk, cwd=folder, stdin=revisions).stdout
    if not commits:
        return []
    show = ("diff-tree", "--stdin", "--root", "-r", "-c", "-z", "--raw", "--no-renames")
    return _parse(git_names(folder, *show, "--no-abbrev", stdin=commits))


def recorded_in(folder: Path, commit: str, before: str, *options: str) -> list[Gitlink]:
    """What the tree of a commit records otherwise than that of `before`, of what is declared.

    Args:
        before: a commit; where it is empty or not here, all that is recorded is told.
        options: what git is told before the command.

    Raises:
        ProcessError: git fails.
    """
    paths = list(declared_in(folder, commit, *options))
    if not paths:
        return []
    now = recorded_in_commit(folder, commit, paths, options)
    earlier = {}
    if before and peel(folder, [before], *options):
        earlier = recorded_in_commit(folder, before, paths, options)
    return [
        Gitlink(path, recorded, earlier.get(path, ""), commit)
        for path, recorded in now.items()
        if recorded != earlier.get(path)
    ]


def _parse(told: Iterable[str]) -> list[Gitlink]:
    """Read what `diff-tree` tells: a commit's id, then a head and a path for each change."""
    found: dict[tuple[str, str], Gitlink] = {}
    tokens = iter(told)
    commit = ""
    for token in tokens:
        if not token.startswith(":"):
            commit = token
            continue
        path = next(tokens)
        parents = len(token) - len(token.lstrip(":"))
        words = token.lstrip(":").split(" ")
        modes, ids = words[: parents + 1], words[parents + 1 : 2 * parents + 2]
        if modes[-1] == SUBMODULE:
            before = ids[0] if modes[0] == SUBMODULE else ""
            found.setdefault((path, ids[-1]), Gitlink(path, ids[-1], before, commit))
    return list(found.values())
