"""Dirs that conda-lock or conda itself locked: built, tested and run from what they say."""

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.conda_channels import session_channel
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.superslow

_MAIN = ("python", "geo")
_DEV = ("pytest", "iniconfig", "packaging", "pluggy", "pygments")
_TESTS = """\
import os, subprocess

def test_what_is_locked_is_there():
    assert os.environ["GEO_DATA"] == "/opt/env/share/geo data"
    assert os.environ["GEO_MODE"] == "fast"
    assert subprocess.check_output(["geo-info"], text=True).startswith("geo 1.0 linux-")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, client: Client) -> Iterator[Workplace]:
    """A repo that has the channel."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    repo = make_repo(folder / "my repo", config=f"name: {name}\n")
    shutil.copytree(session_channel(tmp_path_factory, client).folder, repo.root / "channel")
    yield Workplace(repo, client, 500)
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


def _records(channel: Path) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Place and record of each package, the oldest version of each."""
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for subdir in ("linux-64", "noarch"):
        index = json.loads((channel / subdir / "repodata.json").read_text())
        for file, record in sorted(index["packages.conda"].items(), reverse=True):
            found[record["name"]] = (f"../channel/{subdir}/{file}", record)
    return found


def _conda_lock(channel: Path) -> str:
    records = _records(channel)
    packages = [
        {
            "name": name,
            "version": record["version"],
            "manager": "conda",
            "platform": "linux-64",
            "dependencies": {one.partition(" ")[0]: "" for one in record["depends"]},
            "url": url,
            "hash": {"md5": record["md5"], "sha256": record["sha256"]},
            "category": "main" if name in _MAIN else "dev",
            "optional": name not in _MAIN,
        }
        for name, (url, record) in records.items()
        if name in (*_MAIN, *_DEV)
    ]
    return json.dumps({"version": 1, "metadata": {}, "package": packages})


def _explicit(channel: Path, *names: str) -> str:
    found = (_records(channel)[name] for name in names)
    lines = (f"{url}#{record['md5']}" for url, record in found)
    return "\n".join(["# platform: linux-64", "@EXPLICIT", *lines, ""])


def _make(place: Workplace, name: str, files: Mapping[str, str]) -> RunnableDir:
    asked = "dependencies: [geo]\nvariables: {GEO_MODE: fast}\n"
    written = {"environment.yml": asked, "tests/test_it.py": _TESTS, "pytest.ini": "[pytest]\n"}
    written["devops/config.yaml"] = "entrypoint: [python]\n"
    image = f"{place.repo.config.name}-{name}"
    item = make_runnable_dir(place.repo, name, {**written, **files}, image_name=image)
    commit_all(place.repo.root)
    return item


def _local(place: Workplace, name: str) -> str:
    image = place.repo.image_name(f"{place.repo.config.name}-{name}").on_engine
    return f"{image}:local-{read_host().user.name}-1.0.0"


def test_what_conda_lock_locked_is_tested_and_released(place: Workplace) -> None:
    channel = place.repo.root / "channel"
    item = _make(place, "locked", {"conda-lock.yml": _conda_lock(channel)})
    done = place.main_pytest("--dir", "locked")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    bill = json.loads(place.invoke("docker_sbom", "--dir", "locked").stdout)
    purls = {one["purl"].partition("?")[0] for one in bill["components"] if "purl" in one}
    assert {"pkg:conda/geo@1.0", "pkg:conda/pytest@8.4.2"} <= purls
    # What the lock does not say of a package the package itself does.
    cat = ["docker", "run", "--rm", _local(place, "locked"), "cat"]
    said = json.loads(run([*cat, "/opt/env/conda-meta/geo-1.0-0.json"]).stdout)
    assert said["arch"] == "x86_64"

    built = place.invoke("docker_build_prod_image", "--dir", "locked")
    assert built.status == 0, built.stderr[-3000:]
    image = built.stdout.rpartition("docker run --rm ")[2].strip()
    python = ["docker", "run", "--rm", "--entrypoint", "python", image, "-c"]
    assert run([*python, "import os; print(os.environ['GEO_MODE'])"]).stdout == "fast\n"
    assert run([*python, "import pytest"], check=False).status

    added = place.invoke("dependency_add", "--dir", "locked", "--package", "linky")
    assert added.status == 2
    assert "conda-lock.yml is read here, and written by other tools alone" in added.stderr
    assert "i dependency_lock --dir" in added.stderr
    assert sorted(path.name for path in item.root.glob("*.lock")) == []


def test_an_explicit_list_is_made_runnable_and_its_hashes_count(place: Workplace) -> None:
    channel = place.repo.root / "channel"
    folder = place.repo.root / "listed"
    names = (*_MAIN, *_DEV)
    tests = "import subprocess\n\ndef test_it():\n    subprocess.check_call(['geo-info'])\n"
    write_files(folder, {"tests/test_it.py": tests, "spec.txt": _explicit(channel, *names)})
    commit_all(place.repo.root)
    image = f"image_name={place.repo.config.name}-listed"
    options = ("--from-environment", "spec.txt", "--data", image, "--yes")
    made = place.invoke("runnable_dir_create", "--dir", "listed", *options)
    assert made.status == 0, made.stdout + made.stderr
    assert (folder / "conda-linux-64.lock").read_text() == _explicit(channel, *names)
    commit_all(place.repo.root)
    done = place.main_pytest("--dir", "listed")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]

    record = _records(channel)["geo"][1]
    changed = (folder / "conda-linux-64.lock").read_text().replace(record["md5"], "0" * 32)
    write_files(folder, {"conda-linux-64.lock": changed})
    failed = place.invoke("docker_build_local_image", "--dir", "listed")
    assert failed.status == 2
    assert "geo-1.0-0.conda has another hash than the lock" in failed.stderr
    assert record["md5"] in failed.stderr
