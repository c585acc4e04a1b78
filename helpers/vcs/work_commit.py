"""The work tree as one commit, in a store beside the repo's own objects, and sent to other stores.

Contents are what the disk has, not what git would store. Nothing is written into the repo itself:
the store borrows its objects, and those of its submodules, and has the others.
"""

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.lease import working_folder
from helpers.system.process import ProcessError, ProcessResult, run
from helpers.vcs.content_ids import algorithm_of
from helpers.vcs.git import LINK, NOBODY, git
from helpers.vcs.snapshot import Snapshot
from helpers.vcs.submodules import checkouts

_STORE = "sources.git"
# Ours alone decide: no hook and no setting of the user's.
_SETTINGS = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
_DATES = {"GIT_AUTHOR_DATE": "2000-01-01T00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00Z"}


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A tree of git's with the files of a work tree.

    Attributes:
        store: the store that has it.
        id: git's id of it.
        submodules: the commits that are checked out, by place.
    """

    store: Path
    id: str
    submodules: Mapping[str, str]


def write_tree(root: Path, files: Snapshot) -> WorkTree:
    """Make a tree of the files as a snapshot has them.

    Raises:
        HelpersError: a file is another one by now.
        ProcessError: git fails.
    """
    places = checkouts(root)
    store = _open_store(root, files, places)
    _add_missing(store, root, files)
    index = store / f"index-{secrets.token_hex(4)}"
    entries = (f"{said}\t{name}" for name, said in files.items())
    try:
        one = {"GIT_INDEX_FILE": str(index)}
        _git(store, "update-index", "-z", "--index-info", stdin=_joined(entries, "\0"), env=one)
        made = _git(store, "write-tree", env=one).stdout.strip()
    finally:
        index.unlink(missing_ok=True)
    heads = {place: git(root / place, "rev-parse", "HEAD").strip() for place in places[1:]}
    return WorkTree(store, made, heads)


def commit_for(tree: WorkTree, receiver: str) -> str:
    """The commit of a tree that a receiver gets: after the last one, of which it lacks little."""
    last = _git(tree.store, "rev-parse", "--verify", "--quiet", _sent(receiver), check=False)
    parent = last.stdout.strip()
    if parent and _git(tree.store, "rev-parse", f"{parent}^{{tree}}").stdout.strip() == tree.id:
        return parent
    after = ["-p", parent] if parent else []
    command = ["commit-tree", tree.id, *after, "-m", "sent"]
    return _git(tree.store, *command, env={**NOBODY, **_DATES}).stdout.strip()


def send_commit(tree: WorkTree, commit: str, receiver: str, command: Sequence[str | Path]) -> None:
    """Send a commit, and of its objects those that the receiver lacks.

    Args:
        command: what starts `git receive-pack` in the receiver's store.

    Raises:
        ProcessError: it is not reached, or takes nothing.
    """
    words = (str(word).replace("%", "%%").replace(" ", "% ") for word in command)
    url = f"ext::{' '.join(words)}"
    allowed = ["-c", "protocol.ext.allow=always"]
    target = f"+{commit}:refs/heads/{receiver}"
    _git(tree.store, *allowed, "push", "--quiet", "--no-verify", url, target)
    _git(tree.store, "update-ref", _sent(receiver), commit)


def pack_commit(tree: WorkTree, commit: str, known: Iterable[str]) -> bytes:
    """A pack of a commit's objects, without those of commits that its receiver has.

    Raises:
        ProcessError: git fails.
    """
    listed = _git(tree.store, "cat-file", "--batch-check", stdin=_joined(known, "\n")).stdout
    found = [line.split()[0] for line in listed.splitlines() if not line.endswith(" missing")]
    if commit in found:
        return b""
    wanted = _joined((commit, *(f"^{one}" for one in found)), "\n")
    packing = ["pack-objects", "--revs", "--thin", "--delta-base-offset", "--quiet", "--stdout"]
    return _git(tree.store, *packing, stdin=wanted).raw


def note_sent(tree: WorkTree, commit: str, receiver: str) -> None:
    """Note that a receiver has a commit by now."""
    _git(tree.store, "update-ref", _sent(receiver), commit)


def _sent(receiver: str) -> str:
    return f"refs/sent/{receiver}"


def _open_store(root: Path, files: Snapshot, places: Sequence[str]) -> Path:
    """The store, which has what the repo's checkouts have."""
    algorithm = algorithm_of(next(iter(files.values()), f"{LINK} {'0' * 40}").partition(" ")[2])
    store = working_folder(root) / _STORE
    if not (store / "HEAD").exists():
        kind = f"--object-format={algorithm}"
        run(["git", "init", "--quiet", "--bare", "--template=", kind, store], env=_SETTINGS)
    found = [git(root / place, "rev-parse", "--git-path", "objects").strip() for place in places]
    borrowed = (root / place / path for place, path in zip(places, found, strict=True))
    alternates = store / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text("".join(f"{path.resolve()}\n" for path in borrowed))
    return store


def _add_missing(store: Path, root: Path, files: Snapshot) -> None:
    ids = _joined({said.partition(" ")[2] for said in files.values()}, "\n")
    listed = _git(store, "cat-file", "--batch-check", stdin=ids).stdout.splitlines()
    missing = {line.partition(" ")[0] for line in listed if line.endswith(" missing")}
    new = {name: said for name, said in files.items() if said.partition(" ")[2] in missing}
    plain = [name for name, said in new.items() if not said.startswith(LINK) and "\n" not in name]
    write = ["hash-object", "-w", "--no-filters"]
    try:
        named = _git(store, *write, "--stdin-paths", stdin=_joined(plain, "\n"), cwd=root)
        made = dict(zip(plain, named.stdout.split(), strict=True))
        for name in new.keys() - made.keys():
            content = _content(root / name)
            made[name] = _git(store, *write, "--stdin", stdin=content).stdout.strip()
    except (OSError, ProcessError) as error:
        raise _changed(str(error).splitlines()[0]) from error
    for name, oid in made.items():
        if oid != new[name].partition(" ")[2]:
            raise _changed(name)


def _changed(where: str) -> HelpersError:
    return HelpersError(
        "a file changed while it was read for the hosts", where=where, fix="the same command again"
    )


def _content(path: Path) -> bytes:
    return os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()  # noqa: PTH115


def _joined(words: Iterable[str], end: str) -> bytes:
    return b"".join(os.fsencode(f"{word}{end}") for word in words)


def _git(
    store: Path,
    *args: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: bool = True,
) -> ProcessResult:
    around = {**_SETTINGS, "GIT_DIR": str(store), **(env or {})}
    return run(["git", *args], stdin=stdin, env=around, cwd=cwd or store, check=check)
