"""What an upgrade of the toolchain would do in an adopting repo: decided before it begins."""

import shutil
from pathlib import Path

from helpers.adoption.superproject import Submodule, find_submodule
from helpers.adoption.upgrades import submodule_bump
from helpers.adoption.upgrades.migration_plan import MigrationPlan, ask
from helpers.adoption.upgrades.record import UpgradeRecord, read_record, upgrade_folder
from helpers.managed_files.written import as_written
from helpers.model.changelog.release_notes import FILE_NAME, notes_since
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.fetch_command import fetch_command
from helpers.model.file_change import FileChange
from helpers.model.numbers import few_lines
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.shell_words import quoted
from helpers.model.version import Version
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.nested_repos import driving_toolchain
from helpers.system.process import ProcessError, printable
from helpers.system.toolchain import PROJECT_FILE, parse_toolchain_version, toolchain_version
from helpers.vcs.files import uncommitted
from helpers.vcs.refs import count_between, current_branch, find_commit, is_ancestor, is_in_any
from helpers.vcs.submodules import recorded_in_commit

_SHORT = 10
_TASK = "i helpers_upgrade"
_CODE = "code"
_TAGS = "refs/tags/"
_THIN_REQUIREMENTS = "dev_scripts/thin_requirements.txt"


@dataclass(frozen=True, slots=True)
class ToolchainPlace:
    """A commit of the toolchain, and what it is called there."""

    commit: str
    version: Version
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.commit[:_SHORT]})"


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """What will be done.

    Attributes:
        before: where the submodule is.
        after: where it will be; the same where configuration alone changes.
        commits: how many commits come in.
        notes: the release notes of what comes in.
        migrations: what becomes of the configuration, and what is told of it.
        record: all of it as it will be written down.
        new_environment: the tasks will run in another thin environment.
    """

    before: ToolchainPlace
    after: ToolchainPlace
    commits: int
    notes: str
    migrations: MigrationPlan
    record: UpgradeRecord
    new_environment: bool

    @property
    def moves(self) -> bool:
        """Whether the submodule moves."""
        return self.before.commit != self.after.commit

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.moves and not self.migrations.changes


def find_adopter(start: Path, otherwise: Path | None) -> Submodule:
    """The toolchain of the repo that is meant: the innermost around `start` that has one.

    Another one may drive that repo, and may be the one that runs.

    Args:
        otherwise: where to look when `start` is in no such repo.

    Raises:
        HelpersError: there is none, and the toolchain that runs is no submodule of a repo.
    """
    for place in (start, otherwise):
        for folder in (place, *place.parents) if place else ():
            own = driving_toolchain(folder) if (folder / CONFIG_FILE_NAME).is_file() else None
            if own:
                return Submodule(folder, own.relative_to(folder).as_posix())
    return find_submodule(TOOLCHAIN_ROOT)


def plan_upgrade(adopter: Submodule, wanted: str, listen: Listener) -> UpgradePlan:
    """Decide; the submodule's remote is asked, and nothing changes but what is fetched.

    Args:
        wanted: a version, a branch or a commit; empty: the newest release.

    Raises:
        HelpersError: there is work that could be lost, the remote cannot be reached, there is no
            such version, it is older, or a file cannot be migrated.
    """
    checkout = adopter.root
    head = find_commit(adopter.repo)
    if not head:
        raise HelpersError(
            "the repo has no commit yet, so nothing could be put back",
            where=str(adopter.repo),
            fix="git add --all && git commit -m 'Adopt helpers'",
        )
    submodule_bump.check_unlocked(checkout)
    _check_committed(checkout)
    before = _place(checkout, "HEAD", "")
    _fetch(checkout, wanted, listen)
    _check_published(checkout, before)
    after = _choose(checkout, before, wanted)
    if after.commit != before.commit:
        _check_newer(adopter, before, after)
    found = _migrations(adopter, before, after)
    _check_clean(adopter.repo, found.changes)
    record = UpgradeRecord(
        submodule=adopter.path,
        before=before.commit,
        branch=current_branch(checkout),
        after=after.commit,
        version=after.name,
        head=head,
        files=as_written(adopter.repo, found.changes),
    )
    text = submodule_bump.file_at(checkout, after.commit, FILE_NAME) or ""
    return UpgradePlan(
        before=before,
        after=after,
        commits=count_between(checkout, before.commit, after.commit),
        notes=notes_since(text, before.version) if after.commit != before.commit else "",
        migrations=found,
        record=record,
        new_environment=_differs(checkout, before, after, _THIN_REQUIREMENTS),
    )


def _check_committed(checkout: Path) -> None:
    changed = uncommitted(checkout)
    if changed:
        raise HelpersError(
            "the toolchain's checkout has changes that are not committed",
            where=f"{checkout}\n" + few_lines(changed),
            fix=f"git -C {quoted(checkout)} stash --include-untracked"
            "    (git stash pop brings it back)",
        )


def _check_published(checkout: Path, before: ToolchainPlace) -> None:
    if not is_in_any(checkout, before.commit, "refs/remotes", "refs/tags"):
        remote = submodule_bump.remote_of(checkout)
        raise HelpersError(
            "the toolchain's checkout has commits that its remote does not have",
            where=f"{checkout}: {before.commit[:_SHORT]}",
            fix=f"git -C {quoted(checkout)} push {remote} HEAD:refs/heads/<branch>",
        )


def _fetch(checkout: Path, wanted: str, listen: Listener) -> None:
    """Ask the remote; what is named and here already can do without."""
    remote = submodule_bump.remote_of(checkout)
    try:
        submodule_bump.fetch_all(checkout, remote)
    except ProcessError as error:
        if wanted and _find(checkout, wanted, remote):
            listen(Notice(f"{remote} cannot be reached; {wanted} is taken as it is known here"))
            return
        raise HelpersError(
            "newer versions of the toolchain cannot be fetched",
            where="\n".join(error.last_lines),
            fix=f"{fetch_command(remote, folder=str(checkout), tags=True)}"
            "    (what it says must be fixed first)",
        ) from error


def _choose(checkout: Path, before: ToolchainPlace, wanted: str) -> ToolchainPlace:
    remote = submodule_bump.remote_of(checkout)
    known = submodule_bump.releases(checkout)
    if not wanted:
        newest = _newest(checkout, remote, known)
        # A checkout that is further on than the newest release stays.
        return before if is_ancestor(checkout, newest.commit, before.commit) else newest
    name = _find(checkout, wanted, remote)
    if not name:
        names = ", ".join(list(known.values())[:5])
        raise HelpersError(
            f"the toolchain has no version, branch or commit {wanted!r}",
            where=str(checkout),
            fix=f"the newest releases are: {names}" if known else "name a branch or a commit",
        )
    return _place(checkout, name, wanted.removeprefix("v") if name.startswith(_TAGS) else wanted)


def _newest(checkout: Path, remote: str, known: dict[Version, str]) -> ToolchainPlace:
    """The newest release; where there is none yet, the newest commit of the remote's own branch."""
    if known:
        version, tag = next(iter(known.items()))
        return _place(checkout, f"{_TAGS}{tag}", str(version))
    branch = submodule_bump.ask_default_branch(checkout, remote)
    name = f"refs/remotes/{remote}/{branch}"
    if not branch or not find_commit(checkout, name):
        raise HelpersError(
            f"{remote} has no releases, and does not name its main branch",
            where=str(checkout),
            fix=f"{_TASK} --to <branch>",
        )
    return _place(checkout, name, branch)


def _find(checkout: Path, wanted: str, remote: str) -> str:
    """The full name of what the user means; empty: there is no such thing."""
    tags = (f"{_TAGS}{name}" for name in (wanted, f"v{wanted}", wanted.removeprefix("v")))
    names = (*tags, f"refs/remotes/{remote}/{wanted}", wanted)
    return next((name for name in names if find_commit(checkout, name)), "")


def _place(checkout: Path, name: str, called: str) -> ToolchainPlace:
    commit = find_commit(checkout, name)
    text = submodule_bump.file_at(checkout, commit, PROJECT_FILE) or ""
    version = parse_toolchain_version(text, f"{checkout}: {PROJECT_FILE} of {commit[:_SHORT]}")
    return ToolchainPlace(commit, version, called or str(version))


def _check_newer(adopter: Submodule, before: ToolchainPlace, after: ToolchainPlace) -> None:
    if after.version >= before.version and not is_ancestor(
        adopter.root, after.commit, before.commit
    ):
        return
    last = read_record(adopter.repo)
    raise HelpersError(
        f"{after} is older than {before}: configuration is only migrated forwards",
        where=adopter.path,
        fix=(
            f"{_TASK} --undo    (takes back the last upgrade, to {last.version})"
            if last
            else f"git log -- {quoted(adopter.path)} shows who moved it: git revert <that commit>"
            f", then git submodule update {quoted(adopter.path)}"
        ),
    )


def _migrations(adopter: Submodule, before: ToolchainPlace, after: ToolchainPlace) -> MigrationPlan:
    """What the version that one moves to says, whose code is not checked out yet."""
    if after.commit == before.commit:
        return ask(adopter.root, adopter.repo, adopter.path, _recorded(adopter))
    code = upgrade_folder(adopter.repo) / _CODE
    shutil.rmtree(code, ignore_errors=True)
    code.mkdir()
    try:
        submodule_bump.extract(adopter.root, after.commit, code)
        return ask(code, adopter.repo, adopter.path, before.version)
    finally:
        shutil.rmtree(code, ignore_errors=True)


def _recorded(adopter: Submodule) -> Version:
    """The version that the repo's newest commit has: the submodule may have been moved by hand."""
    commit = recorded_in_commit(adopter.repo, "HEAD", [adopter.path]).get(adopter.path, "")
    text = submodule_bump.file_at(adopter.root, commit, PROJECT_FILE) if commit else None
    try:
        return parse_toolchain_version(text or "", adopter.path)
    except HelpersError:
        # The commit is not here: nothing came in that is known.
        return toolchain_version(adopter.root)


def _check_clean(root: Path, changes: tuple[FileChange, ...]) -> None:
    if not changes:
        return
    changed = uncommitted(root, [change.path for change in changes])
    if changed:
        raise HelpersError(
            "files that must be migrated have changes that are not committed",
            where=few_lines(changed),
            fix=f"{printable(['git', 'add', '--', *changed])} && git commit, or git stash",
        )


def _differs(checkout: Path, before: ToolchainPlace, after: ToolchainPlace, path: str) -> bool:
    texts = (submodule_bump.file_at(checkout, place.commit, path) for place in (before, after))
    return len(set(texts)) > 1
