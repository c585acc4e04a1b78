"""Give a runnable dir another name: its place, its image's name, and the paths that lead to it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from helpers.adoption.from_template.copier import ANSWERS
from helpers.adoption.moving.path_references import Move, lock_again, move_references, moved_links
from helpers.adoption.new_dir_place import check_own, checkout_of, names_of_images
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.managed_files.written import Written, as_written, undo, write
from helpers.model.changelog.parse import rename_image
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.images.name import plain_name
from helpers.model.inputs import Dependency, DependencyGraph
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.files import read_text, remove_empty
from helpers.system.process import run
from helpers.system.repo_files import read_changelog
from helpers.vcs.git import git


@dataclass(frozen=True, slots=True)
class Rename:
    """What another name of a dir changes.

    Attributes:
        image: its image's name before and after.
        changes: of files that name the dir or its image, by the paths that they have afterwards.
        by_hand: files, each with a path in it that has to be changed by hand.
        links: links that have to lead elsewhere, and what has to be written in them.
        to_lock: folders whose lock file has to be written anew, and the command that does it.
        mentions: files that name the old path in their text.
        graph: what depended on what.
    """

    old: RunnableDir
    new: RunnableDir
    image: tuple[str, str]
    changes: tuple[FileChange, ...]
    by_hand: tuple[tuple[str, str], ...]
    links: Mapping[str, str]
    to_lock: Mapping[str, str]
    mentions: tuple[str, ...]
    graph: DependencyGraph


def plan_rename(repo: Repo, old: RunnableDir, new: RunnableDir, *, keep_image: bool) -> Rename:
    """What has to change; nothing is written.

    Args:
        new: a place where nothing is.
        keep_image: also where the image is named after the dir.

    Raises:
        HelpersError: the dir cannot be moved there, or the image's new name is another dir's.
    """
    _check(repo, old, new)
    move = Move(old.name, new.name)
    inputs = read_repo_inputs(repo, keep=False)

    def read(path: str) -> str:
        return read_text(repo.root / path) or ""

    def read_link(path: str) -> str:
        return str((repo.root / path).readlink())

    references = move_references(inputs, move, read)
    image = _images(repo, old, new, keep=keep_image)
    changes = [*references.changes, *_image_changes(old, new, image)]
    adapted = {change.path for change in changes}
    return Rename(
        old,
        new,
        image,
        tuple(changes),
        references.by_hand,
        moved_links(inputs, move, read_link),
        lock_again(inputs, references, move),
        tuple(path for path in map(move.of, _mentions(old)) if path not in adapted),
        inputs.graph,
    )


def rename_dir(repo: Repo, plan: Rename) -> list[Dependency]:
    """Move the dir and adapt the files; what fails leaves everything as it was.

    Returns:
        Dependencies that hold no longer, as they read before.

    Raises:
        HelpersError: git cannot move it, or a file changed meanwhile.
    """
    clean = _clean_files(repo, plan)
    files: tuple[Written, ...] = ()
    _move(plan.old, plan.new)
    try:
        files = as_written(repo.root, plan.changes)
        write(repo.root, files)
    except BaseException:
        undo(repo.root, files)
        _move(plan.new, plan.old)
        raise
    # What is in git's index already would be committed without the rest otherwise.
    checkout = checkout_of(plan.new.root)
    if clean:
        git(checkout, "add", "--", *(str(repo.root / path) for path in clean))
    return sorted(_lost(plan, read_repo_inputs(repo, keep=False)))


def _check(repo: Repo, old: RunnableDir, new: RunnableDir) -> None:
    check_own(repo, old)
    if old.name == ".":
        raise HelpersError(
            "the repo's root is a runnable dir that has no name of its own to change",
            where=str(old.root),
            fix="mv the checkout itself; `name` in repo_config.yaml is the repo's name",
        )
    if new.root.is_relative_to(old.root):
        raise HelpersError(
            f"{new.name} is within {old.name} itself",
            where=str(old.root),
            fix="choose a directory outside of it",
        )
    above = next(folder for folder in new.root.parents if folder.exists())
    if checkout_of(old.root) != checkout_of(above):
        raise HelpersError(
            f"{old.name} and {new.name} are in different repos: git moves nothing between them",
            where=f"{checkout_of(old.root)}\n{checkout_of(above)}",
            fix="choose a directory in the same repo",
        )


def _images(repo: Repo, old: RunnableDir, new: RunnableDir, *, keep: bool) -> tuple[str, str]:
    """The image's name before and after: one that came from the dir's name goes with it."""
    now = read_changelog(old).image_name
    others = {image: name for image, name in names_of_images(repo).items() if name != old.name}
    derived = {plain_name(old.root.name), plain_name(old.name)}
    wanted = plain_name(new.root.name)
    if keep or now not in derived or now == wanted or not wanted:
        return now, now
    if wanted in others:
        wanted = plain_name(new.name)
    if wanted in others:
        raise HelpersError(
            f"the image {wanted!r} is that of {others[wanted]}",
            where=new.name,
            fix="--keep-image, or another directory",
        )
    return now, wanted


def _image_changes(
    old: RunnableDir, new: RunnableDir, image: tuple[str, str]
) -> Iterator[FileChange]:
    before, after = image
    if before == after:
        return
    changelog = read_text(old.changelog) or ""
    path = f"{new.name}/{old.changelog.name}"
    yield FileChange(path, changelog, rename_image(changelog, path, after))
    answers = read_text(old.root / ANSWERS)
    if answers is not None:
        line = re.compile(rf"^image_name: {re.escape(before)}$", re.MULTILINE)
        changed = line.sub(f"image_name: {after}", answers)
        if changed != answers:
            yield FileChange(f"{new.name}/{ANSWERS}", answers, changed)


def _mentions(old: RunnableDir) -> list[str]:
    """Files whose text names the dir's path from the repo's root."""
    name = re.escape(old.name)
    end = r"($|[^[:alnum:]_.-])" if "/" in old.name else "/"
    pattern = rf"(^|[^[:alnum:]_./-])(\./)?{name}{end}"
    command = ["git", "grep", "--no-color", "--untracked", "-z", "-l", "-I", "-E", "-e", pattern]
    done = run(command, cwd=old.repo, check=False)  # 1: none
    return sorted(path for path in done.stdout.split("\0") if path)


def _clean_files(repo: Repo, plan: Rename) -> list[str]:
    """Which of the files that change are in git's index as they are on the disk: paths after."""
    found = []
    back = Move(plan.new.name, plan.old.name)
    checkout = checkout_of(plan.old.root)
    for change in plan.changes:
        path = repo.root / back.of(change.path)
        if checkout_of(path.parent) != checkout or not _lists(checkout, "--cached", path):
            continue
        if not _lists(checkout, "--modified", path):
            found.append(change.path)
    return found


def _lists(checkout: Path, which: str, path: Path) -> bool:
    return bool(git(checkout, "ls-files", which, "--", str(path)))


def _move(old: RunnableDir, new: RunnableDir) -> None:
    """By git, which takes along what it does not track; by itself where git tracks nothing."""
    new.root.parent.mkdir(parents=True, exist_ok=True)
    if new.root.is_dir():
        new.root.rmdir()  # or git would move the dir into it
    checkout = checkout_of(old.root)
    if git(checkout, "ls-files", "--cached", "--", str(old.root)):
        run(["git", "mv", "--", old.root, new.root], cwd=checkout)
    else:
        old.root.rename(new.root)
    remove_empty(old.root.parent, checkout)


def _lost(plan: Rename, now: RepoInputs) -> Iterable[Dependency]:
    """Dependencies that the move broke, links and settings of pytest among them."""
    move = Move(plan.old.name, plan.new.name)
    present = {(d.source, d.target) for found in now.graph.dependencies.values() for d in found}
    for found in plan.graph.dependencies.values():
        for dependency in found:
            if (move.of(dependency.source), move.of(dependency.target)) not in present:
                yield dependency
