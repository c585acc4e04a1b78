"""What a submodule's repo has, and what its remote has, whether or not it is checked out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.checkouts.git.gitlinks import Gitlink, peel, recorded_in
from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run
from helpers.vcs.git import git, git_lines, reason, split_lines
from helpers.vcs.no_questions import ENVIRONMENT
from helpers.vcs.submodules import DeclaredSubmodule
from helpers.vcs.worktree import shared_folder

_TIMEOUT = 120
# For the folder where git keeps a repo: the work tree that it names may be gone.
KEPT = ("--git-dir=.", "--work-tree=.")
# No question is asked while git pushes; what git says is looked at, so it is not translated.
_QUIETLY = {"LC_ALL": "C", **ENVIRONMENT}
# What servers say of a commit that they do not have, or do not give.
_REFUSALS = ("not our ref", "unadvertised object", "remote ref")


class RemoteError(Exception):
    """A remote that did not answer; the text is git's own."""


@dataclass(frozen=True, slots=True)
class SubmoduleStore:
    """A repo on this disk.

    Attributes:
        folder: where git is asked: the checkout, or else where git keeps the repo.
        kept: where git keeps the repo.
        options: what git is told there before each command.
        remote: the one that others get it from: its name, or its address where it has none.
        address: of that remote; both are empty where nobody says it.
        scratch: it was made to ask the remote, and has nothing.
    """

    folder: Path
    kept: Path
    options: tuple[str, ...] = ()
    remote: str = ""
    address: str = ""
    scratch: bool = False


def open_checkout(folder: Path, remote: str = "") -> SubmoduleStore:
    """The repo of a checkout.

    Args:
        remote: that matters; `origin`, or else the first, where it is empty.

    Raises:
        ProcessError: it is no checkout.
    """
    return _with_remote(_checkout(folder), remote, "")


def find_store(
    parent: SubmoduleStore, path: str, declared: DeclaredSubmodule
) -> SubmoduleStore | None:
    """The repo of a submodule, checked out or only kept; None where nothing of it is here.

    Raises:
        ProcessError: git fails.
    """
    address = declared_address(parent, declared)
    kept = next((one for one in _kept(parent, declared.name) if (one / "HEAD").is_file()), None)
    checkout = parent.folder / path
    if parent.folder != parent.kept and (checkout / ".git").exists():
        store = _checkout(checkout)
        # Another submodule may be checked out at the path now.
        if kept is None or store.kept.resolve() == kept.resolve():
            return _with_remote(store, "", address)
    return _with_remote(SubmoduleStore(kept, kept, KEPT), "", address) if kept else None


def declared_address(parent: SubmoduleStore, declared: DeclaredSubmodule) -> str:
    """Where a submodule comes from, as a whole address; empty where nobody says so.

    Raises:
        ProcessError: git fails.
    """
    settings = _settings(parent, r"^submodule\..*\.url$")
    chosen = settings.get(f"submodule.{declared.name}.url", "")
    return chosen or resolve_url(parent.address or str(parent.folder), declared.url)


def resolve_url(base: str, url: str) -> str:
    """Where a submodule comes from whose address may be relative to its parent's, `base`."""
    if not url.startswith(("./", "../")):
        return url
    base, separator = base.rstrip("/"), "/"
    while True:
        step, _, rest = url.partition("/")
        if step == "..":
            separator = "/" if "/" in base else ":"  # host:path
            base = base.rpartition(separator)[0]
        elif step != ".":
            return f"{base}{separator}{url}"
        url = rest


def make_store(folder: Path, address: str, like: str) -> SubmoduleStore:
    """An empty repo that can ask a remote.

    Args:
        like: an id of a commit, which says what kind its ids are.

    Raises:
        ProcessError: git fails.
    """
    kind = ["--object-format=sha256"] if len(like) > 40 else []
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--bare", *kind, ".")
    return SubmoduleStore(folder, folder, KEPT, address, address, scratch=True)


def lacking(store: SubmoduleStore, commits: Sequence[str], scratch: Path) -> set[str]:
    """Those of the commits that the remote does not have.

    What was last fetched is believed; what is not in it the remote is asked for.

    Args:
        scratch: a folder for what is made to ask.

    Raises:
        RemoteError: it does not answer.
        ProcessError: git fails.
    """
    if store.scratch:
        return {commit for commit in commits if not _gives(store, commit)}
    unknown = _outside(store, commits, [], f"--remotes={store.remote}")
    if unknown:
        unknown = _outside(store, unknown, _fetch_tips(store))
    here = peel(store.folder, unknown, *store.options)
    absent = [commit for commit in unknown if commit not in here]
    if absent:
        # A shallow checkout does not show all that its remote has.
        asking = make_store(scratch / absent[0], store.address, absent[0])
        return {*here, *(commit for commit in absent if not _gives(asking, commit))}
    return set(here)


def branches_with(store: SubmoduleStore, commit: str) -> list[str]:
    """The local branches that have a commit, the one that is checked out first."""
    if not is_here(store, commit):
        return []
    form = ("--format=%(HEAD)%(refname:short)", "refs/heads")
    look = (*store.options, "for-each-ref", "--contains", commit)
    listed = git_lines(store.folder, *look, *form)
    # The branch that is checked out has a star before it, which sorts after a blank.
    return [name[1:] for name in sorted(listed, key=lambda name: name[0], reverse=True)]


def is_here(store: SubmoduleStore, commit: str) -> bool:
    """Whether the repo on this disk has a commit."""
    return bool(peel(store.folder, [commit], *store.options))


def is_head(store: SubmoduleStore, commit: str) -> bool:
    """Whether a commit is what is checked out."""
    return peel(store.folder, ["HEAD"], *store.options).get("HEAD") == commit


def recorded_inside(store: SubmoduleStore, gitlink: Gitlink) -> list[Gitlink]:
    """What a submodule's commit records itself, and the one before it did not.

    Raises:
        ProcessError: git fails.
    """
    if not is_here(store, gitlink.commit):
        return []
    return recorded_in(store.folder, gitlink.commit, gitlink.before, *store.options)


def _checkout(folder: Path) -> SubmoduleStore:
    return SubmoduleStore(folder, Path(git(folder, "rev-parse", "--absolute-git-dir").strip()))


def _kept(parent: SubmoduleStore, name: str) -> list[Path]:
    """Where git may keep a submodule: a linked worktree has its own, the main one too."""
    return [folder / "modules" / name for folder in (parent.kept, shared_folder(parent.kept))]


def _with_remote(store: SubmoduleStore, remote: str, address: str) -> SubmoduleStore:
    """Choose a remote: by name, by address, `origin`, the first; or else the address alone."""
    settings = _settings(store, r"^remote\..*\.url$")
    remotes = {key[len("remote.") : -len(".url")]: value for key, value in settings.items()}
    same = [name for name, value in remotes.items() if value == address]
    wanted = [name for name in (remote, *same, "origin", *remotes) if name in remotes]
    name = wanted[0] if wanted else address
    found = remotes.get(name, address)
    if found.startswith(("./", "../")):
        found = str(store.folder / found)
    return SubmoduleStore(store.folder, store.kept, store.options, name, found)


def _settings(store: SubmoduleStore, pattern: str) -> dict[str, str]:
    command = ["git", *store.options, "config", "-z", "--get-regexp", pattern]
    done = run(command, cwd=store.folder, check=False)
    if done.status not in (0, 1):  # 1: there are none
        raise ProcessError(command, done.status, done.stderr)
    found: dict[str, str] = {}
    for entry in done.stdout.split("\0"):
        key, _, value = entry.partition("\n")
        if key:
            found.setdefault(key, value)
    return found


def _outside(
    store: SubmoduleStore, commits: Iterable[str], tips: Iterable[str], branches: str = ""
) -> list[str]:
    """Those of the commits that neither the tips nor the branches have, as far as is known here."""
    wanted = list(commits)
    here = peel(store.folder, wanted, *store.options)
    lines = "".join([f"{one}\n" for one in here.values()] + [f"^{one}\n" for one in tips])
    walk = ["git", *store.options, "rev-list", "--stdin", *(["--not", branches] * bool(branches))]
    listed = set(run(walk, cwd=store.folder, stdin=lines).stdout.split()) if here else set()
    return [one for one in wanted if one not in here or here[one] in listed]


def _fetch_tips(store: SubmoduleStore) -> list[str]:
    """The branches and tags that the remote has now, fetched where they are new."""
    listed = split_lines(_ask(store, "ls-remote", "--heads", "--tags", "--refs", store.remote))
    tips = {ref: tip for tip, _, ref in (line.partition("\t") for line in listed)}
    here = peel(store.folder, list(tips.values()), *store.options)
    new = [ref for ref, tip in tips.items() if tip not in here]
    if new:
        quiet = ("--quiet", "--no-recurse-submodules", "--no-tags")
        _ask(store, "fetch", *quiet, store.remote, *new)
        here = peel(store.folder, list(tips.values()), *store.options)
    return list(here.values())


def _gives(store: SubmoduleStore, commit: str) -> bool:
    """Whether the remote hands out a commit of which nothing is here."""
    quiet = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules")
    try:
        _ask(store, "fetch", *quiet, store.remote, commit)
    except RemoteError as error:
        if any(words in str(error) for words in _REFUSALS):
            return False
        raise
    return True


def _ask(store: SubmoduleStore, *args: str) -> str:
    command = ["git", *store.options, *args]
    try:
        return run(command, cwd=store.folder, env=_QUIETLY, timeout=_TIMEOUT).stdout
    except ProcessError as error:
        raise RemoteError(reason(error)) from error
