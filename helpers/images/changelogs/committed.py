"""The committed changelogs of a checkout's dirs, and the files that changed since."""

from collections.abc import Mapping
from pathlib import Path

from helpers.images.changelogs.checkouts import Checkout, Comparison
from helpers.lockers.all_lockers import WORKSPACE_LOCK
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.workspaces import polylith
from helpers.model.changelog.history_rules import (
    CheckedDir,
    Committed,
    commit_of_newest,
    image_file_owner,
    is_dir_config,
    may_hold_comments,
    same_but_for_comments,
)
from helpers.model.changelog.parse import FILE_NAME
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, ROOT, path_below, relative_name
from helpers.system.process import printable
from helpers.vcs.bring import bring_history
from helpers.vcs.file_history import (
    changed_between,
    changed_in_index,
    changed_on_disk,
    has_commits,
    read_blobs,
    read_history,
)
from helpers.vcs.git import git, hash_as_git
from helpers.vcs.refs import is_shallow

# All files that may decide what is in an image; the model knows to which dir each belongs.
_IMAGE_FILES = (
    f":(glob)**/{DEVOPS}/**",
    *(f":(glob)**/{name}" for name in LOCK_FILES),
    ":(glob)**/requirements*.txt",
    ":(glob)**/constraints*.txt",
)
# Of the toolchain's own root: mounted into containers, or an image of its own.
_NOT_IN_IMAGES = ("in_container/", "in_worker/", "engine.Dockerfile", "Dockerfile.dockerignore")


def read_checkout(
    repo: Repo, checkout: Checkout, comparison: Comparison, limits: list[str]
) -> list[CheckedDir]:
    """Read changelogs and changed files of a checkout's dirs; `limits` gets what is unreadable.

    Raises:
        ProcessError: git fails.
    """
    # The dirs in git: their changelogs may be missing on the disk.
    paths = {item.name: checkout.inside(path_below(item.name, FILE_NAME)) for item in checkout.dirs}
    if comparison.staged:
        names = {name: f":{path}" for name, path in paths.items()}
        staged = read_blobs(checkout.root, names.values())
        texts = {name: staged[shown] for name, shown in names.items() if shown in staged}
    else:
        texts = {item.name: _text(item.changelog) for item in checkout.dirs}
    states, changed = _compared(repo, checkout, comparison, paths, texts, limits)
    prefix = "git" if checkout.path == "." else printable(["git", "-C", checkout.path])
    return [
        CheckedDir(
            dir=name,
            path=path_below(name, FILE_NAME),
            text=text,
            states=tuple(states.get(name, ())),
            changed=tuple(sorted(changed.get(name, ()))),
            git=prefix,
            git_path=paths[name],
        )
        for name, text in texts.items()
    ]


def _compared(
    repo: Repo,
    checkout: Checkout,
    comparison: Comparison,
    paths: Mapping[str, str],
    texts: Mapping[str, str],
    limits: list[str],
) -> tuple[dict[str, list[Committed]], dict[str, set[str]]]:
    """The committed changelogs, and the files that changed since, by dir."""
    if checkout.base:
        changes = changed_in_index if comparison.staged else changed_on_disk
        shown = {name: f"{checkout.base}:{path}" for name, path in paths.items()}
        blobs = read_blobs(checkout.root, shown.values())
        states = {
            name: [Committed(checkout.base, blobs[ref])]
            for name, ref in shown.items()
            if ref in blobs
        }
        files = changes(checkout.root, checkout.base, _IMAGE_FILES)
        found = _by_dir(repo, checkout, files)
        bases = dict.fromkeys(found, checkout.base)
        return states, _deciding(checkout, found, bases, staged=comparison.staged)
    if comparison.since or comparison.staged or not has_commits(checkout.root):
        return {}, {}
    return _whole_history(repo, checkout, paths, texts, limits)


def _whole_history(
    repo: Repo,
    checkout: Checkout,
    paths: Mapping[str, str],
    texts: Mapping[str, str],
    limits: list[str],
) -> tuple[dict[str, list[Committed]], dict[str, set[str]]]:
    root = checkout.root
    if is_shallow(root):
        here = checkout.path == ROOT
        limits.append(
            f"the clone {'here' if here else checkout.path} is shallow: history is looked at as far"
            f" as it goes   ({bring_history(root, '' if here else checkout.path)})"
        )
    history = read_history(root, list(paths.values()))
    texts_by_blob = read_blobs(root, {s.blob for found in history.values() for s in found})
    trees = {s.commit: s.tree for found in history.values() for s in found}
    states = {
        name: [Committed(s.commit, texts_by_blob[s.blob]) for s in history.get(path, ())]
        for name, path in paths.items()
    }
    anchors = {name: commit_of_newest(texts[name], found) for name, found in states.items()}
    tree = git(root, "rev-parse", "HEAD^{tree}").strip()
    pairs = {name: (trees[commit], tree) for name, commit in anchors.items() if commit}
    between = changed_between(root, set(pairs.values()), _IMAGE_FILES)
    dirty = changed_on_disk(root, "HEAD", _IMAGE_FILES)
    owned = {}
    for pair, files in between.items():
        undone = {path for path in dirty & files.keys() if _is_as_was(root, path, files[path])}
        owned[pair] = _by_dir(repo, checkout, (files.keys() | dirty) - undone)
    changed = {name: owned[pair].get(name, set()) for name, pair in pairs.items()}
    return states, _deciding(checkout, changed, anchors, staged=False)


def _deciding(
    checkout: Checkout, changed: Mapping[str, set[str]], bases: Mapping[str, str], *, staged: bool
) -> dict[str, set[str]]:
    """The changed files without those in which only comments changed.

    Args:
        changed: files by dir.
        bases: by dir, the commit since which they changed.
    """
    before = {
        (name, path): f"{bases[name]}:{checkout.inside(path)}"
        for name, paths in changed.items()
        for path in paths
        if may_hold_comments(path) or _is_shared_lock(name, path)
    }
    index = {path: f":{checkout.inside(path)}" for _, path in before} if staged else {}
    blobs = read_blobs(checkout.root, [*before.values(), *index.values()]) if before else {}

    def differs(name: str, path: str) -> bool:
        # Settings that are not there are those of an empty file.
        none = "" if is_dir_config(path) else None
        was = blobs.get(before.get((name, path), ""), none)
        file = checkout.root / checkout.inside(path)
        on_disk = _text(file) if path not in index and file.is_file() else none
        now = blobs.get(index[path], none) if path in index else on_disk
        if was is None or now is None:
            return True
        if _is_shared_lock(name, path):
            member = checkout.members[name]
            return member.part(was) != member.part(now)
        return not same_but_for_comments(path, was, now)

    return {
        name: {path for path in paths if differs(name, path)} for name, paths in changed.items()
    }


def _is_shared_lock(name: str, path: str) -> bool:
    """Whether a file that decides about a dir is the lock file of a workspace around it."""
    return path.endswith((WORKSPACE_LOCK, polylith.LOCK_FILE)) and not path.startswith(
        path_below(name, FILE_NAME).removesuffix(FILE_NAME)
    )


def _is_as_was(root: Path, path: str, blob: str) -> bool:
    """Whether the file on the disk equals the commit's; an all-zero blob means no file."""
    file = root / path
    if not file.is_file():
        return not blob.strip("0")
    return hash_as_git(root, path, file.read_bytes()) == blob


def _by_dir(repo: Repo, checkout: Checkout, files: "set[str]") -> dict[str, set[str]]:
    names = {item.name for item in checkout.dirs}
    without: tuple[str, ...] = ()
    if repo.toolchain == repo.root:
        without = tuple(f"{DEVOPS}/{name}" for name in _NOT_IN_IMAGES)
    found: dict[str, set[str]] = {}
    locks = {
        name: relative_name(repo.root, member.lock_file)
        for name, member in checkout.members.items()
    }
    for path in map(checkout.outside, files):
        owners = {image_file_owner(path, names, without)}
        owners |= {name for name, lock in locks.items() if lock == path}
        for owner in owners - {None}:
            found.setdefault(str(owner), set()).add(path)
    return found


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()
