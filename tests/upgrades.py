"""Scratch toolchains with releases, and repos that have adopted one: for tests of upgrades."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from helpers.vcs.files import list_files
from tests.adopters import toolchain_files
from tests.builders import commit_all, git, make_repo, write_files
from tests.earlier_configurations import adopt_by_hand
from tests.toolchains import invoke_command

# A user with a name for commits, whose own settings decide nothing.
USER = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
}
RELEASES = ("1.2.0", "1.3.0", "1.4.0")
_MIGRATIONS = "helpers/adoption/upgrades/migrations.py"
_TABLE = "MIGRATIONS: tuple[Migration, ...] = (\n"
# What 1.4.0 of the scratch toolchain migrates besides.
_NEW_MIGRATION = """
def _newer_comment(files: AdoptedFiles) -> list[FileChange]:
    text = files.texts["repo_config.yaml"]
    return [FileChange("repo_config.yaml", text, text.replace("# of 1.3", "# of 1.4"))]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(Version(1, 4, 0), "a newer comment", _newer_comment),
"""


def make_toolchain(folder: Path) -> Path:
    """A bare repo with the releases 1.2.0, 1.3.0 and 1.4.0, made of this work tree's files."""
    work = folder / "work"
    git(folder, "init", "--quiet", "work")
    for name in toolchain_files():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOOLCHAIN_ROOT / name, work / name, follow_symlinks=False)
    project = (work / "pyproject.toml").read_text()
    notes = "# Release notes\n"
    for version in RELEASES:
        notes = notes.replace("notes\n", f"notes\n\n## {version}\n\nWhat {version} brings.\n", 1)
        lines = [
            f'version = "{version}"' if line.startswith("version =") else line
            for line in project.splitlines()
        ]
        write_files(work, {"pyproject.toml": "\n".join(lines) + "\n", "CHANGELOG.md": notes})
        if version == "1.4.0":
            text = (work / _MIGRATIONS).read_text()
            assert _TABLE in text
            write_files(
                work, {_MIGRATIONS: text.replace(_TABLE, _NEW_MIGRATION), "new.txt": "new\n"}
            )
        commit_all(work, f"Release {version}")
        git(work, "tag", "-a", f"v{version}", "-m", version)
    remote = folder / "toolchain.git"
    git(folder, "clone", "--quiet", "--bare", str(work), str(remote))
    return remote


@dataclass(frozen=True)
class Adopter:
    """A repo that has a scratch toolchain as a submodule."""

    root: Path
    submodule: str

    @property
    def toolchain(self) -> Path:
        """Where the submodule is checked out."""
        return self.root / self.submodule

    def command(self, *args: str) -> list[str]:
        """What `i` stands for, and arguments."""
        return [*invoke_command(self.root), *args]

    def upgrade(
        self, *args: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> ProcessResult:
        """`i helpers_upgrade`, as typed at the repo's root."""
        command = self.command("helpers_upgrade", *args)
        return run(command, cwd=cwd or self.root, env={**USER, **(env or {})}, check=False)

    def state(self) -> dict[str, str]:
        """All that an undone upgrade must have left as it was: both checkouts, byte for byte."""
        found = {"HEAD": git(self.toolchain, "rev-parse", "HEAD")}
        found["branch"] = git(self.toolchain, "branch", "--show-current")
        found["status"] = git(self.root, "status", "--porcelain")
        found["status of the toolchain"] = git(self.toolchain, "status", "--porcelain")
        for name in list_files(self.root):
            path = self.root / name
            found[name] = (
                f"-> {path.readlink()}"
                if path.is_symlink()
                else f"{path.stat().st_mode:o} {path.read_bytes()!r}"
            )
        return found

    def version(self) -> str:
        """The version that the submodule's files say."""
        lines = (self.toolchain / "pyproject.toml").read_text().splitlines()
        return next(line.split('"')[1] for line in lines if line.startswith("version ="))


def make_adopter(
    root: Path,
    remote: Path,
    files: Mapping[str, str],
    *,
    version: str = "1.3.0",
    submodule: str = "helpers_root",
) -> Adopter:
    """A repo that adopted a release of the toolchain, with `files`; committed."""
    repo = make_repo(root, commit=False)
    git(root, "submodule", "--quiet", "add", str(remote), submodule)
    git(root / submodule, "checkout", "--quiet", "--detach", f"v{version}")
    adopt_by_hand(root, submodule)
    write_files(root, files)
    commit_all(repo.root)
    return Adopter(root, submodule)
