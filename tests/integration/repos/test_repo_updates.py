"""`--repos` of tasks that update a repo: a branch in each, on real repos, as typed."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.adoption.from_template.source import FOLDER
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.repo_files import load_repo
from tests import engine
from tests.adopters import CLONES_FROM_DISK, in_shell, make_adopter, toolchain_remote
from tests.builders import GIT_ENVIRONMENT, TEST_REPO, commit_all, git, make_repo, write_files
from tests.forges import FakeForge
from tests.integration.sync.conftest import typed

pytestmark = [pytest.mark.slow, pytest.mark.superslow, pytest.mark.timeout(300)]

_SLUGS = f"{FOLDER}/library/{{{{ package }}}}/slugs.py.jinja"
_OLD, _NEW = "longest: int = 60", "longest: int = 80"
_BRANCH = "helpers-update-toolchain"
_REPO = f"{TEST_REPO}-upgraded"
_PULLS = "/repos/team/shop/pulls"


class Scene:
    """A repo whose `i` is typed, and a list of adopters with remotes."""

    def __init__(self, folder: Path, adopted: Path) -> None:
        self.folder = folder
        make_repo(folder / "own")
        self.names = ("one", "the other", "third")
        for name in self.names:
            shutil.copytree(adopted, folder / name, symlinks=True)
            git(folder, "clone", "--quiet", "--bare", name, f"{name}.git")
            git(folder / name, "remote", "add", "origin", f"../{name}.git")
        (folder / "repos.txt").write_text("\n".join(self.names))

    def types(self, task: str, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """`i <task> --repos ../repos.txt`, in the repo of one's own."""
        variables = {**os.environ, **GIT_ENVIRONMENT, **CLONES_FROM_DISK, **env}
        return subprocess.run(
            typed(task, "--repos", "../repos.txt", *args),
            cwd=self.folder / "own", env=variables, capture_output=True, text=True, check=False,
            timeout=250,
        )  # fmt: skip

    def branches(self, where: str, suffix: str = "") -> list[str]:
        """The branches of a repo, or of its remote."""
        names = git(self.folder / f"{where}{suffix}", "branch", "--format=%(refname:short)")
        return names.splitlines()


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo with a dir of a template; since then its toolchain gained a commit."""
    folder = tmp_path_factory.mktemp("adopted")
    remote = toolchain_remote(folder)
    shop = make_adopter(folder / "shop", remote)
    write_files(shop, {"repo_config.yaml": f"name: {_REPO}\n"})
    made = in_shell(shop, "source ./setenv.sh && i runnable_dir_create --dir apps/slug --yes")
    assert made.status == 0, made.stdout + made.stderr
    commit_all(shop)
    git(shop, "branch", "--force", "--move", "main")
    work = folder / "work"
    git(folder, "clone", "--quiet", str(remote), str(work))
    text = (work / _SLUGS).read_text()
    assert _OLD in text
    write_files(work, {_SLUGS: text.replace(_OLD, _NEW)})
    commit_all(work, "Gained")
    git(work, "push", "--quiet", "origin", "HEAD")
    return shop


@pytest.fixture
def scene(workspace: Path, adopted: Path, client: Client) -> Iterator[Scene]:
    """Three such adopters, each with a remote of its own."""
    made = Scene(workspace, adopted)
    yield made
    for name in made.names:
        stop_own(client, load_repo(workspace / name), force=True)
    engine.remove_images({labels.REPO: _REPO})


def test_the_toolchain_is_upgraded_on_a_branch_in_each_and_undone(scene: Scene) -> None:
    shown = scene.types("helpers_upgrade", "--first", "1", "--dry-run")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.count("1 commit") == 3
    assert "says" in shown.stdout
    assert scene.branches("one") == ["main"]

    source = scene.folder / "one" / "apps" / "slug" / "slug" / "slugs.py"
    source.write_text(source.read_text().replace(_OLD, "longest: int = 5"))
    commit_all(scene.folder / "one", "Break it")
    stopped = scene.types("helpers_upgrade", "--first", "1", "--yes")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "tests fail with main of the toolchain" in stopped.stdout
    assert "2 repos left as before" in stopped.stdout
    assert [scene.branches(name) for name in scene.names] == [["main"]] * 3
    assert git(scene.folder / "one", "status", "--porcelain") == ""

    git(scene.folder / "one", "revert", "--no-edit", "HEAD")
    done = scene.types("helpers_upgrade", "--first", "1", "--yes")
    # No forge is known from a path: what is left is said.
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("left to you") == 3
    assert done.stdout.count(f"git push --set-upstream origin {_BRANCH}") == 3
    for name in scene.names:
        assert scene.branches(name) == [_BRANCH, "main"]
        assert git(scene.folder / name, "branch", "--show-current") == "main"
        assert git(scene.folder / name, "status", "--porcelain") == ""
    undone = scene.types("helpers_upgrade", "--undo", "--yes")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert [scene.branches(name) for name in scene.names] == [["main"]] * 3


def test_what_was_pushed_has_one_pull_request_and_is_undone_there(scene: Scene) -> None:
    (scene.folder / "repos.txt").write_text("one\n")
    answers = {
        f"POST {_PULLS}": (201, {"html_url": "https://x/1"}),
        f"GET {_PULLS}": (200, []),
        "GET /repos/team/shop": (200, {"default_branch": "main"}),
    }
    with FakeForge(answers) as forge:
        api = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "team/shop", "GITHUB_TOKEN": "x"}
        done = scene.types("helpers_upgrade", "--yes", **api)
        assert done.returncode == 0, done.stdout + done.stderr
        assert [one.content["head"] for one in forge.asked if one.method == "POST"] == [_BRANCH]
        assert scene.branches("one", ".git") == [_BRANCH, "main"]
        undone = scene.types("helpers_upgrade", "--undo", "--yes", **api)
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert scene.branches("one", ".git") == scene.branches("one") == ["main"]


def test_a_conflict_is_undone_and_stops_no_other_repo(scene: Scene) -> None:
    assert scene.types("helpers_upgrade", "--yes").returncode == 1
    for name in scene.names:
        git(scene.folder / name, "merge", "--quiet", _BRANCH)
        git(scene.folder / name, "-c", "protocol.file.allow=always", "submodule", "update")
    source = scene.folder / "the other" / "apps" / "slug" / "slug" / "slugs.py"
    source.write_text(source.read_text().replace(_OLD, "longest: int = 70"))
    commit_all(scene.folder / "the other", "Mine")
    done = scene.types("runnable_dir_update", "--yes")
    assert done.returncode == 1, done.stdout + done.stderr
    results = [line.split()[-2] for line in done.stdout.splitlines()[-3:]]
    assert results == ["you", "2", "you"], done.stdout
    assert "i repo_update --only templates" in done.stdout
    assert scene.branches("the other") == [_BRANCH, "main"]
    assert git(scene.folder / "the other", "status", "--porcelain") == ""
    assert "longest: int = 70" in source.read_text()
    branch = "helpers-update-templates"
    for name in ("one", "third"):
        assert git(scene.folder / name, "log", "-1", "--format=%s", branch) == (
            "chore: bring what the dirs' templates gained"
        )
