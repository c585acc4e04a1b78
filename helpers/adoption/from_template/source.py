"""The templates of runnable dirs: as the toolchain has them, and as it had them at a commit.

A template is the files that all have in common, and above them its own. What copier is given is
put together from both.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from helpers.adoption.upgrades.submodule_bump import extract
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.model.spelling import nearest_value
from helpers.system.process import ProcessError, run
from helpers.vcs.bring import bring_commit
from helpers.vcs.git import git
from helpers.vcs.no_questions import ENVIRONMENT
from helpers.vcs.refs import find_commit, is_shallow

# Relative to the toolchain's root.
FOLDER = "helpers/adoption/templates"
_SHARED = "shared"

# Content by path, relative to the template.
Files = Mapping[str, bytes]


def template_names(toolchain: Path) -> tuple[str, ...]:
    """The templates that there are, sorted."""
    folders = (item.name for item in (toolchain / FOLDER).iterdir() if item.is_dir())
    return tuple(sorted(name for name in folders if name != _SHARED))


def present_template(toolchain: Path, name: str) -> Files:
    """A template as it stands in the toolchain's work tree.

    Raises:
        HelpersError: there is no such template.
    """
    names = template_names(toolchain)
    if name not in names:
        raise HelpersError(
            f"there is no template {name!r}; there are: {', '.join(names)}",
            where=str(toolchain / FOLDER),
            fix=nearest_value("--template", name, names),
        )
    return _put_together(name, dict(read_tree(toolchain / FOLDER)))


def earlier_template(toolchain: Path, name: str, commit: str) -> Files:
    """A template as the toolchain had it at a commit, which is fetched where it is missing.

    Raises:
        HelpersError: the commit cannot be had, or it has no such template.
    """
    _ensure_commit(toolchain, commit)
    with tempfile.TemporaryDirectory() as folder:
        with suppress(ProcessError):  # it had no templates at all
            extract(toolchain, f"{commit}:{FOLDER}", Path(folder))
        files = dict(read_tree(Path(folder)))
    if not any(path.startswith(f"{name}/") for path in files):
        raise HelpersError(
            f"the toolchain has no template {name!r} at commit {commit[:12]}",
            where=str(toolchain),
            fix=f"git -C {quoted(toolchain)} log --stat -- {FOLDER}"
            "   # when it had it, for _commit",
        )
    return _put_together(name, files)


def newest_commit(toolchain: Path) -> str:
    """The commit that stands for the toolchain's templates as they are.

    Raises:
        HelpersError: the toolchain is in no git checkout, or has no commit.
    """
    commit = find_commit(toolchain)
    if not commit:
        raise HelpersError(
            "the toolchain has no commit, so an update could not find its templates again",
            where=str(toolchain),
            fix="git submodule add <url of the toolchain> helpers_root",
        )
    return commit


def differ_from_commit(toolchain: Path) -> bool:
    """Whether the templates were changed since the toolchain's newest commit."""
    return bool(git(toolchain, "status", "--porcelain", "--", FOLDER).strip())


def read_tree(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files in a folder: paths relative to it, and content."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _ensure_commit(toolchain: Path, commit: str) -> None:
    if find_commit(toolchain, commit):
        return
    shallow = is_shallow(toolchain)
    # A shallow clone stays one: it gets the one commit that it lacks.
    depth = ["--depth=1"] if shallow else []
    fetch = ["git", "fetch", "--quiet", "--no-tags", *depth, "origin", commit]
    done = run(fetch, cwd=toolchain, env=ENVIRONMENT, check=False)
    if done.status or not find_commit(toolchain, commit):
        raise HelpersError(
            f"the toolchain's history lacks commit {commit[:12]}, whose template was used",
            where=(done.stderr.strip().splitlines() or [str(toolchain)])[-1],
            fix=bring_commit(toolchain, commit, str(toolchain)),
        )


def _put_together(name: str, files: Files) -> Files:
    """What is shared, and above it what is the template's own."""
    found: dict[str, bytes] = {}
    for layer in (_SHARED, name):
        prefix = f"{layer}/"
        for path, content in files.items():
            if path.startswith(prefix):
                found[path.removeprefix(prefix)] = content
    return found
