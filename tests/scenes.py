"""A repo with submodules inside each other, whose remotes are bare repos on the disk."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.builders import commit_all, git, make_repo, write_files

GIT_SETTINGS = """\
[protocol "file"]
    allow = always
[user]
    name = Test
    email = test@example.org
[init]
    defaultBranch = main
"""


@dataclass(frozen=True)
class Scene:
    """`root` is a clone of `top`, which has `my lib` as a submodule, which has `deep`."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "mine" / "top"

    @property
    def lib(self) -> Path:
        return self.root / "my lib"

    @property
    def deep(self) -> Path:
        return self.lib / "deep"

    def remote(self, name: str) -> Path:
        return self.folder / "remotes" / f"{name}.git"

    def theirs(self, name: str) -> Path:
        """Where somebody else works."""
        return self.folder / "theirs" / name

    def release(self, name: str, files: Mapping[str, str] | None = None, branch: str = "") -> str:
        """Somebody else pushes a commit of `files`; its id."""
        place = self.theirs(name)
        if branch:
            git(place, "switch", "--quiet", "--force-create", branch)
        write_files(place, {f"{name}.txt": _more(place / f"{name}.txt"), **(files or {})})
        commit = commit_all(place, f"More of {name}")
        git(place, "push", "--quiet", "origin", "HEAD")
        return commit

    def record(self, name: str, inside: str, path: str, commit: str) -> str:
        """Somebody else lets the repo `inside` record a commit of `name`; the commit that does."""
        place = self.theirs(inside)
        git(place, "update-index", "--cacheinfo", f"160000,{commit},{path}")
        git(place, "commit", "--quiet", "--message", f"Newer {name}")
        git(place, "push", "--quiet", "origin", "HEAD")
        return git(place, "rev-parse", "HEAD")

    def release_lib(self) -> str:
        """A commit of `lib` that `top` records."""
        commit = self.release("lib")
        self.record("lib", "top", "my lib", commit)
        return commit


def make_scene(folder: Path) -> Scene:
    """Everything is checked out, on `main`, and pushed."""
    scene = Scene(folder)
    for name in ("deep", "lib", "top"):
        work = folder / "seed" / name
        make_repo(
            work, {f"{name}.txt": "1\n", ".gitignore": "*.secret\n"}, config=f"name: {name}\n"
        )
        inner = {"lib": ("deep", "deep"), "top": ("lib", "my lib")}.get(name)
        if inner:
            git(work, "submodule", "--quiet", "add", str(scene.remote(inner[0])), inner[1])
            # Relative to where the repo itself comes from: the scene can be copied.
            url = f"submodule.{inner[1]}.url"
            git(work, "config", "--file", ".gitmodules", url, f"../{inner[0]}.git")
            commit_all(work, f"Add {inner[1]}")
        scene.remote(name).parent.mkdir(exist_ok=True)
        git(folder, "clone", "--quiet", "--bare", str(work), str(scene.remote(name)))
        scene.theirs(name).parent.mkdir(exist_ok=True)
        git(folder, "clone", "--quiet", str(scene.remote(name)), str(scene.theirs(name)))
    scene.root.parent.mkdir()
    git(
        folder,
        "clone",
        "--quiet",
        "--recurse-submodules",
        str(scene.remote("top")),
        str(scene.root),
    )
    for checkout in (scene.lib, scene.deep):
        git(checkout, "switch", "--quiet", "main")
    shutil.rmtree(folder / "seed")
    return scene


def copy_scene(scene: Scene, folder: Path) -> Scene:
    """The same elsewhere: ten times as fast as to make it."""
    shutil.copytree(scene.folder, folder, dirs_exist_ok=True, symlinks=True)
    for config in folder.rglob("config"):
        config.write_text(config.read_text().replace(str(scene.folder), str(folder)))
    return Scene(folder)


def head(checkout: Path) -> str:
    return git(checkout, "rev-parse", "HEAD")


def branch(checkout: Path) -> str:
    """Empty where it is detached."""
    return git(checkout, "branch", "--show-current")


def _more(path: Path) -> str:
    return path.read_text() + "more\n"
