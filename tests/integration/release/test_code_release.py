"""A release of code to a real registry and index: whole, refused, and killed at each step."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.release.published_versions import code_versions
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, git, make_repo, make_runnable_dir, write_files
from tests.forges import Answer, Asked, FakeForge
from tests.integration.conftest import Workplace
from tests.integration.release.conftest import PYTEST, Place
from tests.package_indexes import PASSWORD, USER, RunningIndex, serve_index
from tests.pages import PAGES, blocks
from tests.registries import Fault, FaultyProxy, serve_registry
from tests.wheel_repos import package

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

DIR = "apps/forecast"
_APP = package("forecast", "flit") | {
    "requirements.txt": PYTEST,
    "requirements_prod.txt": "# nothing\n",
    "pytest.ini": "[pytest]\n",
    "src/forecast/__main__.py": "import time\nprint('serving', flush=True)\ntime.sleep(60)\n",
    "tests/test_it.py": "import forecast\n\n\ndef test_it():\n    assert forecast.NAME\n",
    "devops/config.yaml": "entrypoint: [python, -m, forecast]\n",
}


# How the lines of a dry run begin that are steps, and not more about one.
_STEPS = (
    *("check ", "take ", "build ", "test ", "push ", "make ", "publish ", "tag ", "move "),
    *("rename ", "remove "),
)
# Those of them that change more than this engine.
_CHANGES = ("take ", "test ", "push ", "publish ", "tag ", "remove ", "make the page ", "move ")


@dataclass(frozen=True)
class Scene:
    """A repo whose code is released to a registry, an index and a forge."""

    place: Place
    index: RunningIndex
    forge: FakeForge
    registry: FaultyProxy

    @property
    def root(self) -> Path:
        return self.place.work.repo.root

    def change(self, message: str, path: str = f"{DIR}/src/forecast/more.py") -> str:
        """Commit and push a change of a file."""
        write_files(self.root, {path: f"# {message} {secrets.token_hex(4)}\n"})
        commit = commit_all(self.root, message)
        git(self.root, "push", "--quiet", "--force", "origin", "HEAD:main")
        return commit

    def env(self) -> dict[str, str]:
        return {
            "DOCKER_CONFIG": str(self.place.settings),
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_REPOSITORY": "team/shop",
            "GITHUB_TOKEN": "tok3n-0f-the-forge",
        }

    def typed(self, *args: str) -> ProcessResult:
        """A task with the login of the index."""
        login = ("--username", USER, "--password-stdin")
        return self.place.work.invoke(*args, *login, env=self.env(), stdin=f"{PASSWORD}\n")

    def release(self, *args: str) -> ProcessResult:
        dir = () if {"--dir", "--all"} & set(args) else ("--dir", DIR)
        done = self.typed("release", *dir, *args)
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        assert PASSWORD not in done.stdout + done.stderr
        return done

    def released(self, *args: str) -> ProcessResult:
        done = self.release(*args)
        assert done.status == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done

    def release_once(self) -> None:
        """Whichever test comes first also releases for the first time."""
        if not self.place.digest("latest", "forecast"):
            self.released()

    def remote_tags(self) -> dict[str, str]:
        listed = git(self.root, "ls-remote", "--tags", "origin").splitlines()
        return {line.split("/")[-1]: line.split("\t")[0] for line in listed}

    def next_version(self) -> str:
        steps = self.released("--dry-run").stdout
        (version,) = {str(one) for one in re.findall(r"publish forecast (\S+) at", steps)}
        return version

    def pages(self) -> list[str]:
        return [one.content["tag_name"] for one in self.forge.asked if one.method == "POST"]

    def check_whole(self, version: str, commit: str) -> None:
        """All parts of a release are there, once, and say the same."""
        tag = f"forecast-v{version}"
        assert self.index.names().count(f"forecast-{version}-py3-none-any.whl") == 1
        tags = {one: self.place.digest(one, "forecast") for one in (f"v{version}", "latest")}
        assert tags["latest"] == tags[f"v{version}"] == self.place.digest("stable", "forecast")
        assert self.remote_tags()[f"{tag}^{{}}"] == commit
        assert git(self.root, "rev-parse", f"{tag}^{{commit}}") == commit
        assert self.pages().count(tag) == 1
        said = self.place.labels_of(f"v{version}", "forecast")
        assert said[labels.COMMIT] == commit
        assert (said[labels.RELEASE_VERSION], said[labels.VERSION]) == (version, "1.0.0")
        assert not any("releasing" in one for one in self.place.engine_tags())


class _Pages(dict):  # type: ignore[type-arg]
    """Answers of a forge that keeps pages of releases."""

    def get(self, line: str, default: object = None) -> object:
        method, _, path = line.partition(" ")
        if method == "POST" and path == "/repos/team/shop/releases":
            return self._make
        name = path.removeprefix("/repos/team/shop/releases/tags/")
        return (200, self[name]) if name in self else default

    def _make(self, asked: Asked) -> Answer:
        tag = asked.content["tag_name"]
        self[tag] = {**asked.content, "html_url": f"http://forge/{tag}", "id": len(self)}
        return 201, self[tag]


@pytest.fixture(scope="module")
def scene(client: Client, index_python: Path) -> Iterator[Scene]:
    """One for all tests of the module: versions follow each other in it."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    (folder / "docker").mkdir(parents=True)
    with ExitStack() as running:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        served = running.enter_context(serve_registry(folder / "registry", for_engine=False))
        proxy = running.enter_context(FaultyProxy(served))
        index = running.enter_context(serve_index(index_python, folder / "index"))
        forge = running.enter_context(FakeForge({}))
        forge.answers = _Pages()
        name = f"{TEST_REPO}-{secrets.token_hex(4)}"
        config = f"name: {name}\nregistry: {proxy.address}/team\nrelease: {{}}\n{index.settings}"
        repo = make_repo(folder / "repo", {".gitignore": "tmp.*\n"}, config=config)
        running.callback(engine.remove_images, {labels.REPO: name})
        running.callback(stop_own, client, repo, force=True)
        make_runnable_dir(repo, DIR, _APP)
        project = repo.root / DIR / "pyproject.toml"
        project.write_text(project.read_text().replace('version = "1.2"', 'version = "0.0.0"'))
        commit_all(repo.root, "feat: begin")
        git(folder, "init", "--quiet", "--bare", "remote.git")
        git(repo.root, "remote", "add", "origin", str(folder / "remote.git"))
        git(repo.root, "push", "--quiet", "origin", "HEAD:main")
        git(repo.root, "fetch", "--quiet", "origin")
        place = Place(Workplace(repo, client), served, folder / "docker")
        yield Scene(place, index, forge, proxy)


def test_a_release_is_whole_and_a_second_time_nothing_is_done(scene: Scene) -> None:
    (page,) = [page for page in PAGES if page.name == "releasing_code.md"]
    shown = [line for block in blocks(page, "console") for line in block.commands]
    assert shown == [
        "i release --dir apps/forecast --dry-run",
        "i release --dir apps/forecast",
        "i release --all --dry-run",
    ]
    commit = scene.change("feat: whole")
    version = scene.next_version()
    before = (scene.index.names(), scene.place.tags("forecast"), scene.remote_tags())
    dry = scene.released("--dry-run").stdout.splitlines()
    # The image of the tests goes once nobody tests again, and before others see the git tag.
    says = [one.split()[0] for one in dry]
    assert says.index("publish") < says.index("remove") < len(says) - 1
    assert says[-1] == "rename"
    assert before == (scene.index.names(), scene.place.tags("forecast"), scene.remote_tags())
    done = scene.released()
    scene.check_whole(version, commit)
    said = f"apps/forecast {version} released: the tag forecast-v{version} at origin"
    assert said in done.stdout
    steps = [re.sub(r"^\[ *[0-9.]+\] apps/forecast: ", "", one) for one in done.stderr.splitlines()]
    assert all(one in steps for one in dry if one.startswith(_STEPS))
    # The image has the very wheel that is published.
    image = f"{scene.registry.address}/team/forecast:v{version}"
    asks = "import importlib.metadata as m; print(m.version('forecast'))"
    held = run(["docker", "run", "--rm", "--entrypoint", "python", image, "-c", asks])
    assert held.stdout == f"{version}\n"
    message = git(scene.root, "tag", "--list", "--format=%(contents)", f"forecast-v{version}")
    assert message.startswith(f"forecast {version}\n\n### Features\n\n- whole ({commit[:12]})")
    asked = len(scene.registry.asked)
    again = scene.released("--all", "--dry-run")
    assert f"apps/forecast: nothing to release since forecast-v{version}\n" in again.stdout
    assert not [one for one in scene.registry.asked[asked:] if one.startswith(("PUT", "POST"))]
    history = scene.place.released("release_history", "--dir", DIR).stdout
    digest = scene.place.digest(f"v{version}", "forecast")
    assert re.search(rf"{version} .* forecast-v{version} +1\.0\.0 +{digest[:19]}", history)
    for task in ("docker_history", "docker_images"):
        listed = scene.place.released(task, "--dir", DIR).stdout
        assert re.search(r" v0\.1\.0 .* \* +1\.0\.0 +0\.1\.0 ", listed), listed
    # Its index asks each reader for a password.
    agreed = scene.typed("release_check", "--dir", DIR)
    assert agreed.status == 0, agreed.stderr[-3000:]
    assert agreed.stdout.endswith(
        f"{version} is released, there is nothing to release; nothing disagrees\n"
    )
    write_files(scene.root, {"forgotten.txt": ""})
    said = scene.released().stdout
    (scene.root / "forgotten.txt").unlink()
    assert said.endswith("; not committed, so in no release: forgotten.txt\n")


@pytest.mark.superslow
def test_a_candidate_between_two_releases_has_the_wheel_of_its_version(scene: Scene) -> None:
    commit = scene.change("feat: a candidate")
    image = _candidate(scene, "wheel")
    tag = image.rpartition(":")[2]
    assert re.fullmatch(rf"\d+\.\d+\.\d+\.dev0-g{commit[:12]}-[0-9a-f]{{6}}", tag)
    own = scene.place.labels_of(tag, "forecast")[labels.RELEASE_VERSION]
    assert tag.startswith(f"{own}-")
    asks = "import importlib.metadata as m; print(m.version('forecast'))"
    held = run(["docker", "run", "--rm", "--entrypoint", "python", image, "-c", asks])
    assert held.stdout == f"{own.replace('-', '+')}\n"


@pytest.mark.superslow
def test_code_that_is_released_makes_no_layer_anew(scene: Scene) -> None:
    scene.change("feat: before a release")
    before = _candidate(scene, "copy").rpartition(":")[2]
    git(scene.root, "tag", "forecast-v99.0.0")
    after = _candidate(scene, "copy").rpartition(":")[2]
    git(scene.root, "tag", "--delete", "forecast-v99.0.0")
    assert scene.place.labels_of(after, "forecast")[labels.RELEASE_VERSION] == "99.0.0"
    assert scene.place.labels_of(before, "forecast")[labels.RELEASE_VERSION] != "99.0.0"
    layers = [scene.place.manifest(tag, "forecast")["layers"] for tag in (before, after)]
    assert layers[0] == layers[1]


def _candidate(scene: Scene, code: str) -> str:
    command = ("docker_create_candidate_image", "--dir", DIR, "--code", code)
    return scene.place.released(*command).stdout.strip()


# `i release`, killed as a step begins whose text begins as the first argument.
_KILLED = """
import os, signal, sys
from contextlib import contextmanager
from invoke.context import Context
from helpers.model.events import ReleaseStep
from helpers.tasks import release_dirs
from helpers.tasks.code_release import release

@contextmanager
def listener(_):
    def listen(event):
        if isinstance(event, ReleaseStep) and event.text.startswith(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
    yield listen

release_dirs.listener = listener
release(Context(), dir="apps/forecast", username="ann", password_stdin=True)
"""


def _killed_at(scene: Scene, step: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, step],
        cwd=scene.root,
        env={**os.environ, **scene.env(), "PYTHONPATH": str(TOOLCHAIN_ROOT)},
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2000:]
    return done.returncode


def test_a_release_that_was_killed_at_any_step_is_finished_by_the_same_command(
    scene: Scene,
) -> None:
    """Each attempt goes further, and is killed after one more step that changes something."""
    scene.release_once()
    commit = scene.change("feat: killed")
    before = scene.place.digest("latest", "forecast")
    steps = scene.released("--dry-run").stdout.splitlines()
    (version,) = {one for line in steps for one in re.findall(r"forecast (\d+\.\d+\.\d+)", line)}
    every = list(dict.fromkeys(one for one in steps if one.startswith(_STEPS)))
    after = [step for last, step in pairwise(every) if last.startswith(_CHANGES)]
    assert len(after) > 9
    for step in after:
        assert _killed_at(scene, step) == -signal.SIGKILL, step
        whole = scene.place.digest(f"v{version}", "forecast")
        # Half of a release is none: the tag names what it named, or the whole new version.
        assert scene.place.digest("latest", "forecast") in (before, whole)
        if re.fullmatch(rf"tag \S+:v{version}, read it back", step):
            _check_later_commits(scene, version, commit)
    scene.released()
    scene.check_whole(version, commit)
    assert scene.released().stdout.startswith("apps/forecast: nothing to release since")
    git(scene.root, "switch", "--quiet", "main")


def _check_later_commits(scene: Scene, version: str, commit: str) -> None:
    """The wheel is published, and no tag names its commit: a later one is told how to end it."""
    scene.change("fix: later")
    done = scene.release()
    assert done.status == 2
    assert f"the release of forecast v{version} was not ended" in done.stderr
    assert f"git switch --detach {commit[:12]} && i release --dir apps/forecast" in done.stderr
    git(scene.root, "switch", "--quiet", "--detach", commit)


def test_what_refuses_on_the_way_leaves_the_floating_tags_and_the_same_command_finishes(
    scene: Scene,
) -> None:
    scene.release_once()
    commit = scene.change("fix: refused")
    last = scene.place.digest("latest", "forecast")
    version = scene.next_version()
    for proxy, request in (
        (scene.registry, "PUT .*/manifests/sha256"),
        (scene.index.proxy, "POST "),
        (scene.registry, f"PUT .*/manifests/v{version}$"),
        (scene.registry, "PUT .*/manifests/stable$"),
    ):
        proxy.fail(Fault(request, times=1000, status=403))
        assert scene.release().status == 2, request
        assert scene.place.digest("latest", "forecast") == last, request
        proxy.clear()
    scene.released()
    scene.check_whole(version, commit)


def test_a_release_of_code_is_pulled_verified_and_rolled_back(scene: Scene) -> None:
    place, told = scene.place, ("--dir", DIR)
    while len(there := code_versions(place.tags("forecast"))) < 2:
        scene.change("fix: another one")
        scene.released()
    newest, *earlier = map(str, there)
    # Where the tests run in a container the engine reaches no registry of theirs.
    pull = ("docker_pull", *told, "--stage", "prod", "--dry-run")
    name = f"{scene.registry.address}/team/forecast"
    pulled = place.released(*pull, "--version", earlier[0]).stdout.splitlines()
    assert pulled[0].startswith(f"pull {name}:v{earlier[0]} for linux/")
    assert pulled[1:] == [f"tag {name}:v{earlier[0]} as {name}:v{earlier[0]}"]
    current = place.released(*pull).stdout.splitlines()
    assert current[0].startswith(f"pull {name}:latest for linux/")
    names = [line.rpartition(":")[2] for line in current[1:]]
    assert names == ["latest", "prod", f"v{newest}"]
    assert "team/forecast:v" in place.released("docker_verify", *told, "--version", newest).stdout
    lacking = place.work.invoke("docker_verify", *told, "--version", "99.0.0", env=scene.env())
    assert f"has no v99.0.0\n  where: it has: v{newest}, v{earlier[0]}" in lacking.stderr
    beside = place.work.invoke("docker_release_prod_image", *told, "--dry-run", env=scene.env())
    assert (beside.status, f"fix:   i release --dir {DIR}\n" in beside.stderr) == (2, True)
    for version in (f"v{earlier[0]}", newest):
        back = ("docker_rollback_prod_image", *told, "--version", version)
        done = place.released(*back).stdout
        tag = f"v{version.removeprefix('v')}"
        assert done.count(f" to {tag} (") == 2, done
        named = {place.digest(one, "forecast") for one in ("latest", "stable", tag)}
        assert len(named) == 1
    history = place.released("docker_history", *told).stdout.partition("rolled back")[2]
    moves = [tuple(line.split()[-2:]) for line in history.splitlines() if " prod " in line]
    assert moves[:2] == [(f"v{earlier[0]}", f"v{newest}"), (f"v{newest}", f"v{earlier[0]}")]


def test_somebody_elses_release_of_the_version_is_told_and_nothing_is_done(scene: Scene) -> None:
    scene.release_once()
    there = git(scene.root, "rev-parse", "HEAD")
    version = "9.0.0"
    git(scene.root, "push", "--quiet", "origin", f"{there}:refs/tags/forecast-v{version}")
    commit = scene.change("fix: mine")
    files, tags = scene.index.names(), scene.place.tags("forecast")
    try:
        done = scene.release("--version", version)
    finally:
        git(scene.root, "push", "--quiet", "origin", f":refs/tags/forecast-v{version}")
    assert done.status == 2
    assert there[:12] in done.stderr
    assert commit[:12] in done.stderr
    assert "nothing was done" in done.stderr
    assert "i release --dir apps/forecast --version 9.0.1" in done.stderr
    assert (scene.index.names(), scene.place.tags("forecast")) == (files, tags)


def test_of_a_version_that_is_on_two_commits_nothing_is_released(scene: Scene) -> None:
    scene.release_once()
    scene.change("fix: more")
    last = max(tag for tag in git(scene.root, "tag").splitlines() if tag.startswith("forecast"))
    again = f"{last}+again"
    git(scene.root, "tag", "forecast-v1.x")
    git(scene.root, "tag", again)
    try:
        done = scene.release()
    finally:
        git(scene.root, "tag", "--delete", again)
    assert done.status == 2
    for tag in (last, again):
        assert git(scene.root, "rev-parse", "HEAD")[:12] in done.stderr
        assert f"{tag} on " in done.stderr
    dry = scene.released("--dry-run")
    git(scene.root, "tag", "--delete", "forecast-v1.x")
    assert dry.stderr.count("forecast-v1.x") == 1
    assert f"forecast-v{scene.next_version()}" not in scene.remote_tags()


def test_what_is_not_pushed_is_not_released(scene: Scene) -> None:
    scene.change("fix: what is released next")
    write_files(scene.root, {f"{DIR}/src/forecast/here.py": "HERE = 1\n"})
    done = scene.release()
    assert done.status == 2
    assert "the tree is not clean" in done.stderr
    assert "--force" not in done.stderr
    commit_all(scene.root, "fix: only here")
    assert "is not pushed" in scene.release().stderr
    git(scene.root, "push", "--quiet", "origin", "HEAD:main")


def test_a_dir_without_wheel_and_image_has_its_tests_its_tag_and_its_page(scene: Scene) -> None:
    plain = {
        "requirements.txt": PYTEST,
        "pytest.ini": "[pytest]\n",
        "words.py": "WORD = 'it'\n",
        "test_words.py": "import words\n\n\ndef test_it():\n    assert words.WORD\n",
    }
    make_runnable_dir(scene.place.work.repo, "words", plain)
    commit = scene.change("feat: words", "words/more.py")
    done = scene.released("--dir", "words")
    assert "words: left out: the wheel, since no pyproject.toml" in done.stderr
    assert "left out: the image, since words/devops/config.yaml has no entrypoint" in done.stderr
    assert "1 passed" in done.stderr
    assert "words 0.1.0 released: the tag words-v0.1.0 at origin\n" in done.stdout
    assert scene.remote_tags()["words-v0.1.0^{}"] == commit
    assert scene.pages().count("words-v0.1.0") == 1
