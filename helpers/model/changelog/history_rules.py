"""Rules of a changelog: on its text, its history, and its built versions."""

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath

from helpers.model.changelog.parse import Changelog, Entry, parse_changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.numbers import list_few
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.runnable_dir import DEVOPS, TRAIN, dir_config_name, dir_option, path_below
from helpers.model.settings.config import IMAGE_SETTINGS, parse_dir_config
from helpers.model.version import Version

# Files that lock or constrain a dir's dependencies.
_LOCK_FILE = re.compile(
    "|".join((*map(re.escape, EVERY_LOCK_FILE), r"(?:requirements|constraints)[^/]*\.txt"))
)
# Where the requirements files that those of a dir include may stand.
_REQUIREMENTS = "requirements"
_SHOWN_FILES = 3
# Files in which a line that starts with `#` says nothing to the machine.
_COMMENTED = re.compile(r"[^/]*Dockerfile[^/]*|[^/]+\.ya?ml|[^/]+\.txt")
# Lines of a Dockerfile that only look like comments, and text in it that is no line of its own.
_DIRECTIVE = re.compile(r"#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)
_HERE_DOCUMENT = "<<"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a changelog that the user should know.

    Attributes:
        where: `<file>:<line>`.
        fix: the command that fixes it.
        notice: it is told, but nothing is wrong.
        several: what is said of many dirs at once, and the command for all; none: each is told.
    """

    dir: str
    where: str
    what: str
    fix: str
    notice: bool = False
    several: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """A changelog as a commit has it."""

    commit: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckedDir:
    """A runnable dir, as far as its changelog is concerned.

    Attributes:
        path: of the changelog, relative to the repo's root.
        text: the changelog as it is to be checked.
        states: the changelog in the commits that it is compared with, oldest first.
        changed: files that decide about the image and changed since the newest entry, or since the
            commit that is compared with.
        git: how git is called for this dir: within a submodule, `git -C <submodule>`.
        git_path: of the changelog, as this git knows it.
    """

    dir: str
    path: str
    text: str
    states: tuple[Committed, ...] = ()
    changed: tuple[str, ...] = ()
    git: str = "git"
    git_path: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """An entry without its image name: a dir may get another name for its image."""

    entry: Entry
    date_line: int
    body: tuple[str, ...]


def check_dir(checked: CheckedDir, today: date) -> list[Finding]:
    """All that is wrong with one dir's changelog, its history included.

    Args:
        today: the day that it is, at the latest, anywhere.
    """
    try:
        changelog = parse_changelog(checked.text, checked.path)
    except HelpersError as error:
        return [Finding(checked.dir, error.where, error.what, error.fix)]
    now = _read(checked.text, changelog)
    findings = _check_kept(checked, now, today) + _check_dates(checked, list(now.values()), today)
    return findings + _check_bump(checked, changelog)


def check_released(
    dir: str,
    changelog: Changelog,
    released: Mapping[Stage, Collection[Version]] | None,
    built: Collection[Version] | None,
) -> list[Finding]:
    """Compare a changelog with what a registry has, and with what was built of it.

    Args:
        released: the versions in the registry; None: it was not asked.
        built: the versions of local images; None: no engine was asked.
    """
    findings = []
    top = f"{changelog.path}:{changelog.entries[0].line}"
    known = {entry.version for entry in changelog.entries}
    by_stage = {stage: set(versions) for stage, versions in (released or {}).items()}
    everywhere = {version for versions in by_stage.values() for version in versions}
    if everywhere and changelog.version < max(everywhere):
        what = f"the newest entry is {changelog.version}, but {max(everywhere)} was released"
        findings.append(Finding(dir, top, what, "git pull"))
    for version in sorted(everywhere - known):
        stages = " and ".join(stage for stage, found in by_stage.items() if version in found)
        what = f"{version} was released ({stages}) and has no entry"
        fix = f"git log --all -S '-{version}' -- {shlex.quote(changelog.path)}"
        findings.append(Finding(dir, top, what, fix))
    if built is not None or released is not None:
        newest = max(everywhere | set(built or ()), default=None)
        if newest is None or changelog.version > newest:
            what = f"{changelog.version} is not built yet"
            fix = f"i docker_build_local_image {dir_option(dir)}"
            several = ("not built yet; tests build what they need", "./main_pytest.py")
            findings.append(Finding(dir, top, what, fix, notice=True, several=several))
    return findings


def image_file_owner(
    path: str, dirs: Collection[str], not_in_images: Collection[str] = ()
) -> str | None:
    """The dir whose image a file affects; None if it affects none.

    That is all of a dir's `devops/`, but for how its models are trained, and its lock files. Of its
    settings in `devops/` most keys are about containers and tests: see `same_but_for_comments`.

    Args:
        path: relative to the repo's root.
        dirs: names of the runnable dirs.
        not_in_images: further paths, folders with a `/` at their end, that no image is made from.
    """
    if any(
        path == name or (name.endswith("/") and path.startswith(name)) for name in not_in_images
    ):
        return None
    file = PurePosixPath(path)
    folder = file.parent.as_posix()
    if folder in dirs and _LOCK_FILE.fullmatch(file.name):
        return folder
    above = file.parent.parent.as_posix()
    if file.parent.name == _REQUIREMENTS and above in dirs and file.suffix == ".txt":
        return above
    # The innermost dir that has it in its `devops/`.
    for devops in file.parents:
        if devops.name == DEVOPS and devops.parent.as_posix() in dirs:
            owner = devops.parent.as_posix()
            return owner if path != path_below(owner, TRAIN) else None
    return None


def may_hold_comments(path: str) -> bool:
    """Whether a change of a file may be only in comments."""
    return is_dir_config(path) or bool(_COMMENTED.fullmatch(PurePosixPath(path).name))


def is_dir_config(path: str) -> bool:
    """Whether a file has a dir's settings, which it may lack altogether."""
    return f"/{path}".endswith(f"/{dir_config_name()}")


def same_but_for_comments(path: str, before: str, after: str) -> bool:
    """Whether only comments and blank lines of a file changed: no image differs for these.

    Nor does it for a dir's settings but those that say what its image is made of.
    """
    if is_dir_config(path):
        return before == after or _same_image_settings(path, before, after)
    if not may_hold_comments(path) or _HERE_DOCUMENT in before + after:
        return before == after
    return _without_comments(path, before) == _without_comments(path, after)


def _same_image_settings(path: str, before: str, after: str) -> bool:
    try:
        old, new = parse_dir_config(before, path), parse_dir_config(after, path)
    except HelpersError:
        return False  # what it says is not known
    return all(getattr(old, name) == getattr(new, name) for name in IMAGE_SETTINGS)


def newest_version(text: str) -> Version | None:
    """The version of the newest entry; None where the changelog cannot be read."""
    try:
        return parse_changelog(text, "").version
    except HelpersError:
        return None


def commit_of_newest(text: str, states: Sequence[Committed]) -> str:
    """The commit that made the newest entry the newest; empty where none did yet.

    Args:
        states: oldest first.
    """
    version = newest_version(text)
    found = ""
    for state in reversed(states):
        if version is None or newest_version(state.text) != version:
            break
        found = state.commit
    return found


def _without_comments(path: str, text: str) -> list[str]:
    lines = (line.rstrip() for line in text.splitlines())
    if path.endswith(".txt"):
        # In lists of packages a comment may also follow on the same line.
        lines = (re.sub(r"(?:^|\s+)#.*", "", line) for line in lines)
    return [
        line
        for line in lines
        if line and (not line.lstrip().startswith("#") or _DIRECTIVE.match(line))
    ]


def _check_bump(checked: CheckedDir, changelog: Changelog) -> list[Finding]:
    committed = {newest_version(state.text) for state in checked.states}
    if not checked.changed or changelog.version not in committed:
        return []
    files = list_few(sorted(checked.changed), _SHOWN_FILES)
    return [
        Finding(
            checked.dir,
            f"{checked.path}:{changelog.entries[0].line}",
            f"bump: the image's inputs changed since {changelog.version}: {files}",
            f"i docker_build_local_image {dir_option(checked.dir)} --bump minor"
            ' --message "<what changed>"',
        )
    ]


def _check_kept(checked: CheckedDir, now: Mapping[Version, _Said], today: date) -> list[Finding]:
    """Every entry that was committed is there, and says what it said at first."""
    first: dict[Version, tuple[str, _Said]] = {}
    for state in checked.states:
        try:
            said = _read(state.text, parse_changelog(state.text, checked.path))
        except HelpersError:
            continue  # what was malformed says nothing that could be kept
        for version, entry in said.items():
            first.setdefault(version, (state.commit, entry))
    findings = []
    order = list(now.values())
    for version, (commit, was) in first.items():
        fix = f"{checked.git} diff {commit[:12]} -- {shlex.quote(checked.git_path or checked.path)}"
        is_now = now.get(version)
        if is_now is None:
            where = f"{checked.path}:{_line_for(version, order)}"
            what = f"the entry {version} of {was.entry.date} was removed after it was committed:"
            what += " put it back"
        elif is_now.body != was.body or not _may_redate(was, is_now, order, today):
            where = f"{checked.path}:{is_now.entry.line}"
            what = f"the entry {version} was edited after it was committed: restore it"
        else:
            continue
        findings.append(Finding(checked.dir, where, what, fix))
    return findings


def _may_redate(was: _Said, is_now: _Said, order: Sequence[_Said], today: date) -> bool:
    """A date that is out of order may be corrected, and only such a one."""
    old = was.entry.date
    if is_now.entry.date == old or old > today:
        return True
    place = order.index(is_now)
    above = order[place - 1].entry.date if place else today
    below = order[place + 1].entry.date if place + 1 < len(order) else old
    return not below <= old <= above


def _check_dates(checked: CheckedDir, order: Sequence[_Said], today: date) -> list[Finding]:
    findings = []
    for place, said in enumerate(order):
        entry = said.entry
        older = order[place + 1].entry if place + 1 < len(order) else None
        if entry.date > today:
            what, right = f"the date {entry.date} of {entry.version} is in the future", today
        elif older and entry.date < older.date <= today:
            what = f"dates go backwards: {entry.version} of {entry.date} follows {older.version}"
            what, right = f"{what} of {older.date}", older.date
        else:
            continue
        fix = f"sed -i '{said.date_line}s/{entry.date}/{right}/' {shlex.quote(checked.path)}"
        findings.append(Finding(checked.dir, f"{checked.path}:{said.date_line}", what, fix))
    return findings


def _read(text: str, changelog: Changelog) -> dict[Version, _Said]:
    lines = text.removeprefix("\ufeff").splitlines()
    ends = [entry.line - 1 for entry in changelog.entries[1:]] + [len(lines)]
    found = {}
    for entry, end in zip(changelog.entries, ends, strict=True):
        numbers = [number for number in range(entry.line + 1, end + 1) if lines[number - 1].strip()]
        body = tuple(lines[number - 1].rstrip() for number in numbers[1:])
        found[entry.version] = _Said(entry, numbers[0], body)
    return found


def _line_for(version: Version, order: Iterable[_Said]) -> int:
    """The line for an entry: that of the first older entry, or else of the last."""
    line = 1
    for said in order:
        line = said.entry.line
        if said.entry.version < version:
            break
    return line
