import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.images.building.build import build_images
from helpers.images.building.many import build_all
from helpers.images.building.plan import BuildOptions
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStep, Event
from helpers.model.repo import Repo
from helpers.model.version import Part
from helpers.system.host import Host, read_host
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.needs import lack

pytestmark = pytest.mark.slow

PROJECT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["iniconfig"]
"""


@pytest.fixture
def repo(workspace: Path, client: Client) -> Iterator[Repo]:
    """A repo whose images have names of their own, removed after the test."""
    made = make_repo(workspace / "repo ü", config=f"name: {TEST_REPO}-{secrets.token_hex(4)}\n")
    yield made
    engine.remove_images({labels.REPO: made.config.name})


@pytest.fixture
def host() -> Host:
    return read_host()


def build(repo: Repo, host: Host, name: str = "app", **options: object) -> tuple[str, list[Event]]:
    events: list[Event] = []
    wanted = BuildOptions(**options)  # type: ignore[arg-type]
    return build_images(repo, repo.runnable_dir(name), host, wanted, events.append)[0], events


def steps_done(events: list[Event]) -> list[str]:
    return [
        event.step
        for event in events
        if isinstance(event, BuildStep)
        and event.step.startswith("RUN")
        and event.ended
        and not event.cached
    ]


def unseen_marker() -> str:
    """What is always true, and keeps what asks for it from being found in the cache of builds."""
    return f"python_version > '3' or platform_machine == '{secrets.token_hex(8)}'"


def undisturbed(steps: Callable[[], list[str]], wanted: Callable[[list[str]], bool]) -> list[str]:
    """What `steps` says of a build of its own, after as many builds as that takes.

    BuildKit shares what two builds need while both run, and tells each of them of a shared step as
    if it had just been made for that one. What is rebuilt wrongly is rebuilt each time.
    """
    until = time.monotonic() + 120
    found = steps()
    while not wanted(found) and time.monotonic() < until:
        time.sleep(5)
        found = steps()
    return found


def in_image(reference: str, *command: str) -> str:
    return run(["docker", "run", "--rm", "--network=none", reference, *command]).stdout.strip()


def test_a_requirements_file_without_hashes_is_installed_with_what_it_needs(
    repo: Repo, host: Host
) -> None:
    make_runnable_dir(repo, "app", {"requirements.txt": "pytest==8.4.2\n-e ../lib\n"})
    reference, events = build(repo, host)
    assert "pytest 8.4.2" in in_image(reference, "pytest", "--version")
    assert any("-e ../lib" in str(event) for event in events)


@pytest.mark.superslow
def test_what_has_no_wheel_is_built(repo: Repo, host: Host) -> None:
    make_runnable_dir(repo, "app", {"requirements.txt": "docopt\niniconfig==2.0.0\n"})
    reference, _ = build(repo, host)
    script = "import docopt, iniconfig; print(docopt.__version__)"
    assert in_image(reference, "python", "-c", script) == "0.6.2"


@pytest.mark.superslow
def test_a_lock_file_of_uv_is_installed(repo: Repo, host: Host) -> None:
    # The lock file is made here: it would name the index.
    uv = shutil.which("uv") or lack("uv on PATH", "python -m pip install uv")
    app = make_runnable_dir(repo, "app", {"pyproject.toml": PROJECT})
    run([uv, "lock", "--quiet", "--directory", app.root])
    reference, _ = build(repo, host)
    found = in_image(reference, "python", "-c", "import iniconfig, sys; print(sys.prefix)")
    assert found == "/opt/venv"


def test_source_code_rebuilds_nothing_and_the_image_stays_the_same(
    repo: Repo, host: Host, client: Client
) -> None:
    make_runnable_dir(repo, "app")
    reference, _ = build(repo, host)
    before = engine.image(reference)["Id"]

    def change() -> list[str]:
        write_files(repo.root / "app", {"main.py": f"x = '{secrets.token_hex(8)}'\n"})
        commit_all(repo.root)
        return steps_done(build(repo, host)[1])

    assert undisturbed(change, lambda steps: not steps) == []
    assert engine.image(reference)["Id"] == before


def test_changed_dependencies_rebuild_their_layer_alone(repo: Repo, host: Host) -> None:
    app = make_runnable_dir(repo, "app", {"requirements.txt": "iniconfig==2.0.0\n"})
    build(repo, host)

    def change() -> list[str]:
        write_files(app.root, {"requirements.txt": f"iniconfig==2.1.0; {unseen_marker()}\n"})
        return steps_done(build(repo, host)[1])

    def its_own(steps: list[str]) -> bool:
        return bool(steps) and all("install_requirements.py" in step for step in steps)

    steps = undisturbed(change, its_own)
    assert its_own(steps), steps


def test_labels_say_what_the_image_is(repo: Repo, host: Host, client: Client) -> None:
    make_runnable_dir(repo, "app")
    commit = commit_all(repo.root)
    reference, _ = build(repo, host)
    image = engine.image(reference)
    wanted = {
        labels.REPO: repo.config.name,
        labels.DIR: "app",
        labels.VERSION: "1.0.0",
        labels.STAGE: "local",
        labels.COMMIT: commit,
        labels.DIRTY: "false",
        labels.OCI_REVISION: commit,
    }
    assert wanted.items() <= image["Config"]["Labels"].items()


def test_a_bump_whose_build_fails_leaves_the_changelog_as_it_was(repo: Repo, host: Host) -> None:
    app = make_runnable_dir(repo, "app", {"requirements.txt": "no-such-package-anywhere==9\n"})
    before = app.changelog.read_bytes()
    with pytest.raises(HelpersError, match="no package index has no-such-package") as caught:
        build(repo, host, bump=Part.MINOR, message="Break")
    place, log = caught.value.where.splitlines()
    assert place == "app/requirements.txt:1: no-such-package-anywhere==9"
    assert log.startswith("whole log: ")
    assert app.changelog.read_bytes() == before


def test_a_bump_writes_the_changelog_and_tags_the_new_version(
    repo: Repo, host: Host, client: Client
) -> None:
    app = make_runnable_dir(repo, "app")
    reference, _ = build(repo, host, bump=Part.MINOR, message="Fix")
    assert reference.endswith("-1.1.0")
    assert app.changelog.read_text().startswith("# app-1.1.0\n")
    assert engine.image(reference)


def test_a_stale_lock_file_names_the_command(repo: Repo, host: Host) -> None:
    lock = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11"\ncontent-hash = "old"\n'
    make_runnable_dir(repo, "app", {"pyproject.toml": PROJECT, "poetry.lock": lock})
    with pytest.raises(HelpersError, match="does not match") as caught:
        build(repo, host)
    assert caught.value.fix.startswith("i dependency_lock --dir ")


def test_a_debian_package_that_there_is_not_is_told_with_its_line(repo: Repo, host: Host) -> None:
    app = make_runnable_dir(repo, "app", {"devops/os_packages.txt": "# None:\nno-such-package\n"})
    with pytest.raises(HelpersError, match="has no package no-such-package") as caught:
        build(repo, host)
    assert caught.value.where.startswith("app/devops/os_packages.txt:2: no-such-package\n")
    write_files(app.root, {"devops/os_packages.txt": "# None.\n"})
    build(repo, host)


def test_two_builds_of_the_same_dir_at_once_both_succeed(repo: Repo, host: Host) -> None:
    make_runnable_dir(repo, "app", {"requirements.txt": "iniconfig==2.0.0\n"})
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda _: build(repo, host)[0], range(2)))
    assert results[0] == results[1]


def test_one_dir_that_cannot_be_built_does_not_stop_the_others(repo: Repo, host: Host) -> None:
    dirs = [make_runnable_dir(repo, name) for name in ("app", "bad", "other")]
    write_files(repo.root / "bad", {"poetry.lock": "<<<<<<<\n", "pyproject.toml": PROJECT})
    built = build_all(repo, dirs, host, BuildOptions(), lambda _: None)
    assert [one.dir for one in built if one.error] == ["bad"]


def test_a_dockerfile_of_the_dirs_own_is_built(repo: Repo, host: Host) -> None:
    own = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY greeting.txt /\nCMD ["cat", "/greeting.txt"]\n'
    make_runnable_dir(repo, "app", {"devops/Dockerfile": own, "greeting.txt": "hello"})
    reference, _ = build(repo, host)
    assert in_image(reference) == "hello"


@pytest.mark.superslow
def test_index_settings_are_in_no_image(repo: Repo, host: Host, tmp_path: Path) -> None:
    token = f"token{secrets.token_hex(8)}"
    make_runnable_dir(repo, "app", {"requirements.txt": f"iniconfig==2.0.0; {unseen_marker()}\n"})
    environment = {
        **os.environ,
        "PIP_TRUSTED_HOST": f"{token}.example",
        "UV_INDEX_CORP_PASSWORD": token,
    }
    reference, events = build(repo, replace(host, environment=environment))
    assert steps_done(events)
    saved = tmp_path / "image.tar"
    run(["docker", "save", "--output", saved, reference])
    run(["tar", "--extract", "--file", saved, "--directory", tmp_path])
    told = run(["docker", "history", "--no-trunc", reference]).stdout
    told += str(engine.image(reference))
    told += "".join(log.read_text() for log in (repo.root / "tmp.helpers/builds").glob("*.log"))
    assert token not in told
    assert blobs_with(tmp_path, "site-packages/iniconfig")  # the search finds what is there
    assert blobs_with(tmp_path, token) == 0


def blobs_with(folder: Path, text: str) -> int:
    """How many blobs of a saved image hold the text, unpacked or in their layers' archives."""
    search = 'for blob; do zstd -cdf "$blob" | grep -qa "$TEXT" && echo yes; done; true'
    blobs = list(folder.glob("blobs/sha256/*"))
    return run(["sh", "-c", search, "-", *blobs], env={"TEXT": text}).stdout.count("yes")
