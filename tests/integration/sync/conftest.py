"""Scratch toolchains and repos that have them as submodules; tasks are called as typed."""

import io
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from invoke.context import Context
from invoke.parser import Parser

from helpers.system.process import ProcessResult
from helpers.tasks.namespace import namespace
from tests.builders import add_submodule, commit_all, git, make_repo, write_files
from tests.toolchains import invoke_command

# What it parses changes nothing in it.
_PARSER = Parser(contexts=namespace.to_contexts())
_MARKS = {"helpers/tasks/namespace.py": "", "dev_scripts/thin_env.py": ""}
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    # Submodules of these tests come from folders.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
}


def shared(path: str, mode: str, **more: str) -> str:
    """An entry of `sync.yaml`."""
    lines = [f"- path: {path}", "  owner: team", f"  mode: {mode}"]
    return "\n".join([*lines, *(f"  {key}: {value}" for key, value in more.items())]) + "\n"


@dataclass(frozen=True)
class Adopter:
    """A repo with a toolchain as a submodule, and where that one comes from."""

    root: Path
    source: Path

    def i(self, *args: str, env: Mapping[str, str] | None = None) -> ProcessResult:
        """`i`, as typed at the repo's root, by a user without a terminal."""
        return invoke(self.root, *args, env=env)

    def move_on(self, files: Mapping[str, str | bytes]) -> str:
        """Change what is shared, commit, and move the submodule there; the commit."""
        write_files(self.source, files)
        commit = commit_all(self.source, "Share something else")
        git(self.root / "tools", "fetch", "--quiet", "origin")
        git(self.root / "tools", "checkout", "--quiet", commit)
        commit_all(self.root, "Move the toolchain on")
        return commit

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Change files of the repo and commit them."""
        write_files(self.root, files)
        commit_all(self.root, "Work of this repo")

    def read(self, path: str) -> str:
        """The text of one of its files."""
        return (self.root / path).read_text()

    def apply(self, *args: str) -> ProcessResult:
        """Bring everything in step, and commit it."""
        done = self.i("sync_apply", "--yes", *args)
        commit_all(self.root, "Apply what is shared")
        return done

    def states(self) -> dict[str, str]:
        """What `sync_check` says of each file."""
        lines = self.i("sync_check").stdout.split("\n\n")[0].splitlines()
        column = lines[0].index("state")
        return {line.split()[0]: line[column:] for line in lines[1:] if line}


def invoke(root: Path, *args: str, env: Mapping[str, str] | None = None) -> ProcessResult:
    """A task, as typed at the root of a repo; it runs in this process, which is quicker."""
    (called,) = _PARSER.parse_argv(list(args))
    assert called.name is not None
    out, err, status = io.StringIO(), io.StringIO(), 0
    with ExitStack() as restored:
        patch = restored.enter_context(pytest.MonkeyPatch.context())
        for name, value in {**GIT_ENVIRONMENT, **(env or {})}.items():
            patch.setenv(name, value)
        patch.chdir(root)
        restored.enter_context(redirect_stdout(out))
        restored.enter_context(redirect_stderr(err))
        try:
            namespace[called.name](Context(), **called.as_kwargs)
        except SystemExit as end:
            status = int(end.code or 0)
    return ProcessResult(args, status, out.getvalue(), err.getvalue(), 0)


def typed(*args: str) -> list[str]:
    """The command that `i` stands for, for a process of its own."""
    return [*invoke_command(), *args]


MakeAdopter = Callable[..., Adopter]


@pytest.fixture
def make_adopter(tmp_path: Path) -> MakeAdopter:
    """Makes a toolchain that shares files, and a repo that has it."""

    def make(sync: str, files: Mapping[str, str | bytes], name: str = "repo") -> Adopter:
        source = tmp_path / "toolchain"
        if not source.exists():
            make_repo(source, {**_MARKS, "sync.yaml": sync, **files})
        root = tmp_path / name
        make_repo(root)
        add_submodule(root, "tools", source)
        return Adopter(root, source)

    return make
