"""Compare changelogs with git's history, and with what was built and released of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.containers import list_images
from helpers.lockers.all_lockers import WORKSPACE_LOCK
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.uv_workspace import Member, find_member, part_of
from helpers.model import labels
from helpers.model.changelog.entries import FILE_NAME, parse_changelog
from helpers.model.changelog.rules import (
    CheckedDir,
    Committed,
    Finding,
    check_dir,
    check_released,
    commit_of_newest,
    image_file_owner,
    is_dir_config,
    may_hold_comments,
    same_but_for_comments,
)
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, RunnableDir, relative_name
from helpers.model.version import Version
from helpers.system.process import printable
from helpers.vcs.file_history import (
    changed_between,
    changed_in_index,
    changed_on_disk,
    has_commits,
    read_blobs,
    read_history,
)
from helpers.vcs.git import git, hash_as_git
from helpers.vcs.history import merge_base
from helpers.vcs.refs import is_shallow
from helpers.vcs.submodules import checkouts, recorded_in_commit

# All files that may decide about an image; whose they are is asked of the model.
_IMAGE_FILES = (
    f":(glob)**/{DEVOPS}/**",
    *(f":(glob)**/{name}" for name in LOCK_FILES),
    ":(glob)**/requirements*.txt",
    ":(glob)**/constraints*.txt",
)
# Of the toolchain's own root: mounted into containers, or an image of its own.
_NOT_IN_IMAGES = ("in_container/", "engine.Dockerfile", "Dockerfile.dockerignore")
# It is this many hours later than in UTC where the day begins first.
_EARLIEST_DAY = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changelogs are compared with.

    Attributes:
        since: what this branch did since it left another; empty: all of history.
        staged: the index with HEAD, as before a commit.
    """

    since: str = ""
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The result of a check; `limits` says what it could not check."""

    checked: int
    findings: tuple[Finding, ...]
    limits: tuple[str, ...] = ()

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong; notices are not."""
        return all(finding.notice for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Checkout:
    """The repo, or one of its submodules, with those of its dirs that are checked.

    Attributes:
        path: below the repo's root; `.` for the repo itself.
        members: the dirs that a workspace around them locks.
        base: the commit that it is compared with; empty: all of history, or nothing.
    """

    root: Path
    path: str
    dirs: tuple[RunnableDir, ...]
    members: Mapping[str, Member]
    base: str = ""

    def inside(self, path: str) -> str:
        """A path of the repo as this checkout's git knows it."""
        return path if self.path == "." else path.removeprefix(f"{self.path}/")

    def outside(self, path: str) -> str:
        """A path of this checkout as the repo knows it."""
        return path if self.path == "." else f"{self.path}/{path}"


def latest_day(now: datetime) -> date:
    """The day that it is somewhere already: no entry that was written today is in the future."""
    return (now.astimezone(UTC) + _EARLIEST_DAY).date()


def check_changelogs(
    repo: Repo,
    dirs: Sequence[RunnableDir],
    today: date,
    comparison: Comparison,
    released: Mapping[str, Mapping[Stage, frozenset[Version]]] | None = None,
    built: Mapping[str, frozenset[Version]] | None = None,
    wrong: Mapping[str, HelpersError] | None = None,
) -> Order:
    """Check the changelogs of dirs.

    Args:
        today: the day that it is, at the latest, anywhere.
        released: by the name of an image, what the registry has; None: it was not asked.
        built: by the name of an image, the versions on an engine; None: none was asked.
        wrong: by the name of a dir, what else is wrong with its changelog.

    Raises:
        HelpersError: there is no such commit to compare with.
        ProcessError: git fails.
    """
    limits: list[str] = []
    read: list[CheckedDir] = []
    for checkout in _checkouts(repo, dirs, comparison, limits):
        read += _read_checkout(repo, checkout, comparison, limits)
    findings = [finding for item in read for finding in check_dir(item, today)]
    # One error may be that of more dirs.
    for error, name in {error: name for name, error in (wrong or {}).items()}.items():
        findings.append(Finding(name, error.where.partition("\n")[0], error.what, error.fix))
    for item in read if released is not None or built is not None else ():
        with suppress(HelpersError):  # one that is malformed was told
            changelog = parse_changelog(item.text, item.path)
            name = changelog.image_name
            known = None if released is None else released.get(name, {})
            local = None if built is None else built.get(name, frozenset())
            findings += check_released(item.dir, changelog, known, local)
    findings.sort(key=lambda finding: (finding.notice, finding.dir, finding.where))
    return Order(len(read), tuple(findings), tuple(limits))


def built_versions(client: Client, repo: Repo) -> dict[str, frozenset[Version]]:
    """The versions that this engine has, by the name of the image.

    Raises:
        EngineError: the engine does not answer.
    """
    found: dict[str, set[Version]] = {}
    names = (own.config.name for own in repo.every())
    wanted = [{labels.REPO: name, labels.VERSION: ""} for name in names]
    for image in (image for one in wanted for image in list_images(client, one)):
        if image.tags:
            version = Version.parse(image.labels[labels.VERSION])
            found.setdefault(image.labels.get(labels.IMAGE_NAME, ""), set()).add(version)
    return {name: frozenset(versions) for name, versions in found.items()}


# --- Which git knows which dir ------------------------------------------------------------------


def _checkouts(
    repo: Repo, dirs: Sequence[RunnableDir], comparison: Comparison, limits: list[str]
) -> list[_Checkout]:
    # The innermost first: a dir belongs to it.
    paths = sorted(checkouts(repo.root), key=len, reverse=True)
    grouped: dict[str, list[RunnableDir]] = {}
    for item in dirs:
        inside = (path for path in paths if f"{item.name}/".startswith(f"{path}/"))
        grouped.setdefault(next(inside, "."), []).append(item)
    found = [
        _Checkout(
            repo.root if path == "." else repo.root / path, path, tuple(items), _members(items)
        )
        for path, items in grouped.items()
    ]
    if comparison.staged:
        # Commits in a submodule are not part of this commit.
        found = [checkout for checkout in found if checkout.path == "."]
        return [replace(checkout, base=_head(checkout.root)) for checkout in found]
    if comparison.since:
        base = merge_base(repo.root, comparison.since)
        return [_with_base(repo, checkout, base, limits) for checkout in found]
    return found


def _head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").strip() if has_commits(root) else ""


def _with_base(repo: Repo, checkout: _Checkout, base: str, limits: list[str]) -> _Checkout:
    """A submodule is compared with the commit that the repo had recorded for it."""
    root, commit, rest = repo.root, base, checkout.path
    while rest != ".":
        recorded = recorded_in_commit(root, commit)
        step = next((path for path in recorded if f"{rest}/".startswith(f"{path}/")), None)
        if step is None:
            return checkout  # it is new: there is nothing to compare it with
        root, commit = root / step, recorded[step]
        rest = rest.removeprefix(step).removeprefix("/") or "."
        if not _has_commit(root, commit):
            limits.append(
                f"submodule {checkout.path} lacks the commit {commit[:12]}: not compared with it"
                f"   ({printable(['git', '-C', checkout.path, 'fetch', 'origin', commit])})"
            )
            return checkout
    return replace(checkout, base=commit)


def _has_commit(root: Path, commit: str) -> bool:
    return bool(read_blobs(root, [commit]))


# --- Reading a checkout -------------------------------------------------------------------------


def _read_checkout(
    repo: Repo, checkout: _Checkout, comparison: Comparison, limits: list[str]
) -> list[CheckedDir]:
    # The dirs in git: their changelogs may be missing on the disk.
    paths = {item.name: checkout.inside(_changelog(item.name)) for item in checkout.dirs}
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
            path=_changelog(name),
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
    checkout: _Checkout,
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
    checkout: _Checkout,
    paths: Mapping[str, str],
    texts: Mapping[str, str],
    limits: list[str],
) -> tuple[dict[str, list[Committed]], dict[str, set[str]]]:
    root = checkout.root
    if is_shallow(root):
        limits.append(
            f"the clone {'here' if checkout.path == '.' else checkout.path} is shallow: history is"
            " looked at as far as it goes   (git fetch --unshallow)"
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
    changed = {}
    for name, pair in pairs.items():
        files = between[pair]
        undone = {path for path in dirty & files.keys() if _is_as_was(root, path, files[path])}
        found = _by_dir(repo, checkout, (files.keys() | dirty) - undone)
        changed[name] = found.get(name, set())
    return states, _deciding(checkout, changed, anchors, staged=False)


def _deciding(
    checkout: _Checkout,
    changed: Mapping[str, set[str]],
    bases: Mapping[str, str],
    *,
    staged: bool,
) -> dict[str, set[str]]:
    """Those of the files that changed in more than their comments.

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
            project = checkout.members[name].name
            return part_of(was, project) != part_of(now, project)
        return not same_but_for_comments(path, was, now)

    return {
        name: {path for path in paths if differs(name, path)} for name, paths in changed.items()
    }


def _is_shared_lock(name: str, path: str) -> bool:
    """Whether a file that decides about a dir is the lock file of a workspace around it."""
    return path.endswith(WORKSPACE_LOCK) and not path.startswith(
        _changelog(name).removesuffix(FILE_NAME)
    )


def _is_as_was(root: Path, path: str, blob: str) -> bool:
    """Whether a file is on the disk as a commit had it; no content stands for no file."""
    file = root / path
    if not file.is_file():
        return not blob.strip("0")
    return hash_as_git(root, path, file.read_bytes()) == blob


def _by_dir(repo: Repo, checkout: _Checkout, files: "set[str]") -> dict[str, set[str]]:
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


def _members(dirs: Sequence[RunnableDir]) -> dict[str, Member]:
    found = {item.name: find_member(item.root) for item in dirs}
    return {name: member for name, member in found.items() if member}


def _changelog(name: str) -> str:
    return FILE_NAME if name == "." else f"{name}/{FILE_NAME}"


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()
