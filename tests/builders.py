"""Small builders of real git repos and runnable dirs, for every test that needs one."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import parse_repo_config
from helpers.system.files import write_atomic
from helpers.system.host import Host, User
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run

# In the names of the repos whose images a session of tests builds: all of them go in the end, and
# nothing of another session or of a user is taken for one. Workers have it from the environment.
TEST_REPO = os.environ.setdefault("HELPERS_TEST_REPO", f"test{secrets.token_hex(4)}")

# Nothing of the user's own configuration decides what a test sees.
GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
}


def git(root: Path, *args: str) -> str:
    """Run git in `root`; its standard output without the last line end."""
    settings = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    return run(["git", *settings, *args], cwd=root, env=GIT_ENVIRONMENT).stdout.rstrip("\n")


def write_files(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files, by their paths relative to `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content, durable=False)


def make_repo(
    root: Path,
    files: Mapping[str, str | bytes] | None = None,
    *,
    config: str = "name: demo\n",
    commit: bool = True,
) -> Repo:
    """A git repo at `root` (made when missing) with a `repo_config.yaml` and `files`.

    Args:
        commit: otherwise it has no commits, and its files are untracked.
    """
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet")
    write_files(root, {"repo_config.yaml": config, **(files or {})})
    if commit:
        commit_all(root)
    return Repo(root, TOOLCHAIN_ROOT, parse_repo_config(config, "repo_config.yaml"))


def commit_all(root: Path, message: str = "Work") -> str:
    """Commit whatever differs, also nothing; the commit's id."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
    return git(root, "rev-parse", "HEAD")


def add_submodule(root: Path, name: str, source: Path) -> None:
    """Add and commit the repo at `source` as a submodule that is checked out at `name`."""
    git(root, "submodule", "--quiet", "add", str(source), name)
    commit_all(root, f"Add {name}")


def adopting(repo: Repo, place: str) -> Repo:
    """The repo as one that has the toolchain as its submodule at `place`."""
    return replace(repo, toolchain=repo.root / place, toolchains=(place,))


def make_runnable_dir(
    repo: Repo,
    name: str,
    files: Mapping[str, str | bytes] | None = None,
    *,
    image_name: str = "",
    versions: tuple[str, ...] = ("1.0.0",),
) -> RunnableDir:
    """A runnable dir with the smallest `devops/` and `changelog.txt`, and `files`; not committed.

    Args:
        image_name: the last part of `name` when empty.
        versions: newest first.
    """
    made = repo.runnable_dir(name)
    named = image_name or (repo.config.name if name == "." else name.rpartition("/")[2])
    entries = [f"# {named}-{version}\n- 2026-01-02\n- Change\n" for version in versions]
    defaults = {"changelog.txt": "\n".join(entries), "devops/os_packages.txt": "# none\n"}
    write_files(made.root, {**defaults, **(files or {})})
    return made


def make_host(directory: Path, environment: Mapping[str, str] | None = None) -> Host:
    """A host whose user is `tester`, outside of containers, without a terminal."""
    return Host(
        user=User("tester", 1234, 1234),
        directory=directory,
        environment=environment or {},
        platform="linux/amd64",
        in_container=False,
        is_terminal=False,
        input_is_terminal=False,
    )
