"""Dirs of conda packages: locked, built, tested and run, from a channel of this machine's own."""

import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.images.dependencies.change import StaleLockError, plan_dependencies, resolve
from helpers.lockers.commands import Action, Change
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import OutdatedPackage, PackageChange
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from helpers.system.repo_files import read_changelog
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.conda_channels import Channel, ServedChannel, serve_channel, session_channel
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.superslow

_ENVIRONMENT = """\
channels: [../channel]
dependencies:
  - python=3.13
  - geo<1.1  # stays
  - pip: [tomli_w>=1, packaging]
variables: {GEO_MODE: "fast one"}
"""
_TESTS = """\
import os, subprocess, sys, tomli_w

def test_everything_is_there():
    assert os.environ["GEO_DATA"] == "/opt/env/share/geo data"
    assert os.environ["GEO_PRICE"] == '5 $ "each"'
    assert os.environ["GEO_MODE"] == "fast one"
    assert sys.prefix == "/opt/env"
    assert subprocess.check_output(["geo-info"], text=True).startswith("geo 1.0 linux-")
"""
_SHOW = "import os, sys, tomli_w; print(sys.prefix, os.environ['GEO_DATA'], os.environ['GEO_MODE'])"


@dataclass(frozen=True)
class Scene:
    """A repo with a channel, which all tests of the module share."""

    place: Workplace
    channel: Channel
    served: ServedChannel

    @property
    def geo_image(self) -> str:
        """The name of the images of all dirs."""
        return f"{self.place.repo.config.name}-geo"

    @property
    def geo(self) -> RunnableDir:
        """A dir with a Python, packages of both sorts, and more for developing; it is locked."""
        return self.place.repo.runnable_dir("geo")

    def change(
        self, item: RunnableDir, change: Change, environment: str = "", **settings: str
    ) -> Any:
        """Carry a change out in a dir, perhaps with other files and settings of the host."""
        host = read_host()
        host = replace(host, environment={**host.environment, **settings})
        if environment:
            write_files(item.root, {"environment.yml": environment})
        repo = self.place.repo
        return resolve(repo, plan_dependencies(repo, item, host, change), host, lambda _: None)

    def local_image(self, item: RunnableDir) -> str:
        """The name of a dir's local image."""
        image = read_changelog(item).image_name
        name = self.place.repo.image_name(image).on_engine
        return f"{name}:local-{read_host().user.name}-1.0.0"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory, client: Client) -> Channel:
    """The channel, made once for the session."""
    return session_channel(tmp_path_factory, client)


@pytest.fixture(scope="module")
def scene(channel: Channel, client: Client) -> Iterator[Scene]:
    """The repo, with a dir that is locked."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    settings = f"name: {name}\nplatforms: [linux/amd64, linux/arm64]\n"
    repo = make_repo(folder / "repo ü", config=settings)
    shutil.copytree(channel.folder, repo.root / "channel")
    files = {
        "environment.yml": _ENVIRONMENT,
        "environment_dev.yml": "dependencies: [pytest]\n",
        "tests/test_it.py": _TESTS,
        "pytest.ini": "[pytest]\n",
        "app.py": _SHOW,
        "devops/config.yaml": "entrypoint: [python, app.py]\n",
    }
    # One builder image for all dirs.
    geo = make_runnable_dir(repo, "geo", files, image_name=f"{name}-geo")
    with serve_channel(channel.folder) as served:
        made = Scene(Workplace(repo, client), channel, served)
        made.change(geo, Change(Action.LOCK))
        commit_all(repo.root)
        yield made
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def other(scene: Scene) -> Iterator[RunnableDir]:
    """A dir of a test's own, with what the locked one has."""
    name = f"other{secrets.token_hex(2)}"
    files = {path.name: path.read_text() for path in scene.geo.root.glob("environment*.yml")}
    files["pixi.lock"] = (scene.geo.root / "pixi.lock").read_text()
    image = scene.geo_image
    item = make_runnable_dir(scene.place.repo, name, files, image_name=image)
    yield item
    shutil.rmtree(item.root)


def _name_images(item: RunnableDir) -> None:
    """No other dir's images have its name from now on."""
    text = item.changelog.read_text()
    item.changelog.write_text(text.replace("-geo-1", f"-geo-{item.name}-1"))


def _contents(root: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in root.iterdir() if item.is_file()}


def test_a_lock_is_for_all_platforms_and_other_tools_read_it(scene: Scene, tmp_path: Path) -> None:
    text = (scene.geo.root / "pixi.lock").read_text()
    assert str(scene.place.repo.root) not in text
    found = {}
    for platform in ("linux-64", "linux-aarch64"):
        for environment in ("default", "dev"):
            made = tmp_path / f"{platform}.{environment}.json"
            wanted = ("--platform", platform, "--environment", environment, "--output", made)
            run([scene.channel.sbom, "--lockfile", scene.geo.root / "pixi.lock", *wanted])
            parts = json.loads(made.read_text())["components"]
            found[platform, environment] = {one["name"]: one["version"] for one in parts}
    main, dev = found["linux-64", "default"], found["linux-64", "dev"]
    assert main["geo"] == "1.0"
    assert "pytest" not in main
    # A constraint of the pip part is what conda has for developing, and of production the same.
    assert main.items() <= dev.items()
    assert "pytest" in dev
    assert found["linux-64", "dev"] == found["linux-aarch64", "dev"]


@pytest.mark.parametrize(
    ("asks", "instead", "told"),
    [
        ("geo<1.1", "future", "__glibc >=9, for which no candidates were found"),
        ("geo<1.1", "no-such-thing", "No candidates were found for no-such-thing"),
        ("python=3.13", "geo", "the pip part needs a Python"),
        ("tomli_w>=1", "tomli_w>=999", "you require tomli-w>=999"),
        ("../channel", "../no-channel", "no-channel"),
    ],
)
def test_what_fails_changes_nothing_and_says_why(
    scene: Scene, other: RunnableDir, asks: str, instead: str, told: str
) -> None:
    write_files(other.root, {"environment.yml": _ENVIRONMENT.replace(asks, instead)})
    before = _contents(other.root)
    with pytest.raises(HelpersError) as caught:
        scene.change(other, Change(Action.LOCK))
    assert told in caught.value.what + caught.value.where
    assert caught.value.fix
    assert _contents(other.root) == before


def test_a_day_of_a_lock(scene: Scene, other: RunnableDir) -> None:
    wider = _ENVIRONMENT.replace("geo<1.1", "geo")
    write_files(other.root, {"environment.yml": wider})
    with pytest.raises(StaleLockError, match=r"not what environment\.yml asks for"):
        scene.change(other, Change(Action.CHECK))
    assert scene.change(other, Change(Action.LOCK)).changes == ()
    outdated = scene.change(other, Change(Action.OUTDATED)).outdated
    assert outdated == (OutdatedPackage("geo", "1.0", "1.1"),)
    updated = scene.change(other, Change(Action.UPDATE, ("geo",)))
    assert updated.changes == (PackageChange("geo", ("1.0",), ("1.1",)),)
    added = scene.change(other, Change(Action.ADD, ("linky >=1",), "dev"))
    assert added.changes == (PackageChange("linky", (), ("1.0",)),)
    assert added.written == ("pixi.lock", "environment_dev.yml")
    more = scene.change(other, Change(Action.ADD, ("wheel<0.45",), pip=True))
    assert [change.name for change in more.changes] == ["wheel"]
    assert "# stays" in (other.root / "environment.yml").read_text()
    removed = scene.change(other, Change(Action.REMOVE, ("wheel",)))
    assert [change.name for change in removed.changes] == ["wheel"]
    assert scene.change(other, Change(Action.CHECK)).written == ()
    # What is kept is named as it was.
    assert _channels(other) == _channels(scene.geo)


def _channels(item: RunnableDir) -> set[str]:
    lines = (item.root / "pixi.lock").read_text().splitlines()
    return {line.strip() for line in lines if line.startswith("  channel: ")}


def test_a_lock_of_another_tool_is_compared_with_what_is_asked_for(
    scene: Scene, other: RunnableDir
) -> None:
    """As one of pixi, it does not say what it was made from."""
    text = (other.root / "pixi.lock").read_text()
    write_files(other.root, {"pixi.lock": text.partition("\n")[2]})
    assert scene.change(other, Change(Action.CHECK)).written == ()
    with pytest.raises(StaleLockError):
        scene.change(other, Change(Action.CHECK), _ENVIRONMENT.replace("geo<1.1", "geo>1.0"))


def test_tests_run_in_the_dirs_container(scene: Scene) -> None:
    done = scene.place.main_pytest("--dir", "geo")
    assert done.status == 0, done.stdout + done.stderr
    assert "1 passed, 0 failed" in done.stdout
    tag = scene.local_image(scene.geo)
    bill = json.loads(scene.place.invoke("docker_sbom", "--dir", "geo").stdout)
    purls = {one["purl"].partition("?")[0] for one in bill["components"] if "purl" in one}
    assert {"pkg:conda/geo@1.0", "pkg:conda/pytest@8.4.2", "pkg:pypi/tomli-w@1.2.0"} <= purls
    look = "command -v conda mamba pixi; find / -xdev -name '*rattler*'"
    assert run(["docker", "run", "--rm", tag, "sh", "-c", look], check=False).stdout == ""


def test_production_has_what_production_needs(scene: Scene) -> None:
    done = scene.place.invoke("docker_build_prod_image", "--dir", "geo")
    assert done.status == 0, done.stderr[-3000:]
    image = next(word for word in done.stdout.split() if scene.geo_image in word)
    assert (
        run(["docker", "run", "--rm", image]).stdout
        == "/opt/env /opt/env/share/geo data fast one\n"
    )
    python = ["docker", "run", "--rm", "--entrypoint", "python", image, "-c"]
    assert run([*python, "import pytest"], check=False).status


def test_a_package_with_another_hash_makes_no_image(scene: Scene, other: RunnableDir) -> None:
    text = (other.root / "pixi.lock").read_text()
    digest = text.partition("/geo-1.0-0.conda\n  subdir")[2].partition("sha256: ")[2][:64]
    write_files(other.root, {"pixi.lock": text.replace(digest, "0" * 64)})
    _name_images(other)
    done = scene.place.invoke("docker_build_local_image", "--dir", other.name)
    assert done.status == 2
    assert "geo-1.0-0.conda has another hash than the lock" in done.stderr
    assert digest in done.stderr
    assert "0" * 64 in done.stderr
    assert f"i dependency_update --dir {other.name} --package geo" in done.stderr
    assert run(["docker", "images", "--quiet", scene.local_image(other)]).stdout == ""


def test_a_token_opens_a_channel_and_no_lock_names_it(
    scene: Scene, other: RunnableDir, tmp_path: Path
) -> None:
    login = tmp_path / "credentials.json"
    login.write_text(
        json.dumps({scene.served.address.partition(":")[0]: {"CondaToken": scene.served.token}})
    )
    url = scene.served.url
    (other.root / "environment_dev.yml").unlink()
    (other.root / "pixi.lock").unlink()
    asks = f"channels: ['{url}']\ndependencies: [linky, geo]\n"
    with pytest.raises(HelpersError, match="a channel cannot be read") as caught:
        scene.change(other, Change(Action.LOCK), asks)
    assert url in caught.value.what
    assert not (other.root / "pixi.lock").exists()
    scene.change(other, Change(Action.LOCK), RATTLER_AUTH_FILE=str(login))
    lock = (other.root / "pixi.lock").read_text()
    assert f"conda: {url}/linux-64/linky-1.0-0.conda" in lock
    assert scene.served.token not in lock

    _name_images(other)
    words = ("docker_build_local_image", "--dir", other.name)
    built = scene.place.invoke(*words, env={"RATTLER_AUTH_FILE": str(login)})
    assert built.status == 0, built.stderr[-3000:]
    image = scene.local_image(other)
    assert run(["docker", "run", "--rm", image, "geo-info"]).stdout.startswith("geo 1.1 linux-")
    history = run(["docker", "history", "--no-trunc", image]).stdout
    assert scene.served.token not in history


def test_the_same_lock_is_the_same_layer(scene: Scene, other: RunnableDir) -> None:
    # Another text of the same: no step that reads it is taken from the cache.
    lock = (other.root / "pixi.lock").read_text()
    write_files(other.root, {"pixi.lock": f"{lock}# {other.name}\n"})
    _name_images(other)
    layers = []
    for item in (scene.geo, other):
        built = scene.place.invoke("docker_build_local_image", "--dir", item.name)
        assert built.status == 0, built.stderr[-3000:]
        layers.append(engine.image(scene.local_image(item))["RootFS"]["Layers"])
    assert layers[0] == layers[1]


@pytest.mark.timeout(1800)
def test_a_c_library_is_linked_for_each_platform(
    scene: Scene, other: RunnableDir, foreign_base: str
) -> None:
    (other.root / "environment_dev.yml").unlink()
    asks = "channels: [../channel]\ndependencies: [libgeo]\n"
    scene.change(other, Change(Action.LOCK), asks)
    _name_images(other)
    place = replace(scene.place, timeout=1700)
    load = "import ctypes; print(ctypes.CDLL('/opt/env/lib/libgeo.so').geo_answer())"
    for platform in (read_host().platform, foreign_base):
        words = ("docker_build_local_image", "--dir", other.name, "--platform", platform)
        built = place.invoke(*words)
        assert built.status == 0, built.stderr[-3000:]
        image = built.stderr.rpartition(" built ")[2].split()[0]
        python = ["docker", "run", "--rm", "--platform", platform, image, "/usr/bin/python3"]
        assert run([*python, "-c", load]).stdout == "42\n"


def test_scripts_of_packages_run_where_they_may(scene: Scene, other: RunnableDir) -> None:
    (other.root / "environment_dev.yml").unlink()
    asks = "channels: [../channel]\ndependencies: [linky, geo]\n"
    scene.change(other, Change(Action.LOCK), asks)
    _name_images(other)
    built = scene.place.invoke("docker_build_local_image", "--dir", other.name)
    assert 'allow_link_scripts: ["linky"]' in built.stderr, built.stderr[-3000:]
    look = ["docker", "run", "--rm", scene.local_image(other), "ls", "/opt/env/share"]
    assert run(look).stdout.split() == ["geo", "data", "linky.txt"]
    write_files(other.root, {"devops/config.yaml": "allow_link_scripts: [linky]\n"})
    built = scene.place.invoke("docker_build_local_image", "--dir", other.name)
    assert built.status == 0, built.stderr[-3000:]
    image = scene.local_image(other)
    shown = ["docker", "run", "--rm", image, "cat", "/opt/env/share/linked.txt"]
    assert run(shown).stdout == "linky 1.0\n"
