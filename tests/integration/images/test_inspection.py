import io
import json
import re
import secrets
import signal
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.simple_server import make_server

import pytest

from helpers.containers.leftovers import remove_leftovers
from helpers.engine.client import Client, EngineError
from helpers.engine.image_files import read_image
from helpers.images.contents.inspection import ROLE, inspecting
from helpers.images.contents.packages import read_packages
from helpers.images.resolve import references_of
from helpers.model import labels
from helpers.model.images.files import FileKind
from helpers.model.labels import own_labels
from helpers.model.packages.installed import PackageKind
from helpers.model.repo import Repo
from helpers.system.host import read_host
from helpers.system.process import run
from helpers.system.repo_files import read_changelog
from tests import engine
from tests.builders import make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.sboms import sbom_problem

pytestmark = pytest.mark.slow

SITE = "opt/venv/lib/python3.13/site-packages"
STATUS = b"Package: bash\nStatus: install ok installed\nArchitecture: arm64\nVersion: 5\n"


def inspections(client: Client, repo: Repo) -> list[str]:
    """Containers that were made to look into images, and are still there."""
    found = engine.containers(own_labels(repo) | {labels.ROLE: ROLE})
    return [container.id for container in found]


@pytest.fixture
def place(workplace: Workplace) -> Workplace:
    """A scratch repo with a dir whose image is built."""
    workplace.add_dir("app", "def test_it(): pass\n")
    built = workplace.invoke("docker_build_local_image", "--dir", "app")
    assert built.status == 0, built.stderr[-3000:]
    return workplace


def image_archive() -> bytes:
    """A small image's files: a package of the system, and a Python one by a hard link."""
    content = b"Name: linked\nVersion: 1\n"
    files = {"var/lib/dpkg/status": STATUS, "opt/cache/linked": content, "opt/exe": b"x" * 3000}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
        for name, kind, target in (
            (f"{SITE}/linked-1.dist-info/METADATA", tarfile.LNKTYPE, "opt/cache/linked"),
            ("bin", tarfile.SYMTYPE, "usr/bin"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            tar.addfile(info)
    return buffer.getvalue()


@pytest.fixture
def foreign_image(client: Client) -> Iterator[str]:
    """An image of an architecture on which nothing here runs."""
    name = f"helpers-test-foreign-{secrets.token_hex(4)}:1"
    run(["docker", "import", "--platform", "linux/s390x", "-", name], stdin=image_archive())
    yield name
    run(["docker", "image", "rm", "--force", name], check=False)


def test_an_image_of_another_architecture_is_read(workplace: Workplace, foreign_image: str) -> None:
    with inspecting(workplace.repo) as owner:
        found = read_packages(workplace.client, foreign_image, owner)
        contents = read_image(
            workplace.client, foreign_image, owner, lambda _: False, checksums=True
        )
    assert [(item.kind, item.name) for item in found.packages] == [
        (PackageKind.DEB, "bash"),
        (PackageKind.PYTHON, "linked"),
    ]
    entries = {entry.path: entry for entry in contents.entries}
    assert entries["/opt/exe"].size == 3000
    assert entries["/opt/exe"].mode == 0o755
    assert len(entries["/opt/exe"].checksum) == 32
    assert (entries["/bin"].kind, entries["/bin"].target) == (FileKind.LINK, "usr/bin")
    assert contents.texts == {}
    assert inspections(workplace.client, workplace.repo) == []


def test_the_container_goes_also_when_reading_fails(
    workplace: Workplace, foreign_image: str
) -> None:
    def fail(path: str) -> bool:
        assert inspections(workplace.client, workplace.repo)
        raise KeyboardInterrupt

    with inspecting(workplace.repo) as owner, pytest.raises(KeyboardInterrupt):
        read_image(workplace.client, foreign_image, owner, fail)
    assert inspections(workplace.client, workplace.repo) == []


def test_a_missing_image_is_an_error_that_leaves_nothing(workplace: Workplace) -> None:
    with inspecting(workplace.repo) as owner, pytest.raises(EngineError, match="refused"):
        read_packages(workplace.client, "helpers-test-no-such-image:1", owner)
    assert inspections(workplace.client, workplace.repo) == []


def test_what_a_killed_command_leaves_is_removed_by_the_next(place: Workplace) -> None:
    command = [*place.invoke_command(), "docker_sbom", "--dir", "app"]
    process = subprocess.Popen(command, cwd=place.repo.root, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not inspections(place.client, place.repo) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert inspections(place.client, place.repo)
    remove_leftovers(place.client, place.repo)
    assert inspections(place.client, place.repo) == []


@pytest.mark.superslow
def test_the_bill_of_materials_is_valid_and_the_same_each_time(place: Workplace) -> None:
    first = place.invoke("docker_sbom", "--dir", "app")
    assert first.status == 0, first.stderr
    assert sbom_problem(first.stdout) is None
    sbom = json.loads(first.stdout)
    names = {(item["type"], item["name"]) for item in sbom["components"]}
    assert names >= {("library", "pytest"), ("library", "dpkg"), ("operating-system", "debian")}
    purls = [item.get("purl", "") for item in sbom["components"]]
    assert any(purl.startswith("pkg:deb/debian/dpkg@") for purl in purls)
    assert {item["name"] for item in sbom["metadata"]["component"]["properties"]} >= {labels.DIR}
    again = place.invoke("docker_sbom", "--all", "--out", "boms")
    assert again.stdout == f"{place.repo.root}/boms/app/sbom.cdx.json\n"
    assert (place.repo.root / "boms" / "app" / "sbom.cdx.json").read_text() == first.stdout


def test_a_bill_of_materials_of_all_needs_a_folder(workplace: Workplace) -> None:
    done = workplace.invoke("docker_sbom", "--all")
    assert done.status == 2
    assert "--out" in done.stderr


def plant(place: Workplace) -> str:
    """A database that says something of pytest; its path."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}]
    affected = {"package": {"ecosystem": "PyPI", "name": "pytest"}, "ranges": ranges}
    record = {"id": "GHSA-planted", "aliases": ["CVE-2099-1"], "affected": [affected]}
    write_files(place.repo.root, {"database.json": json.dumps([record])})
    return "database.json"


def allow(days: int) -> str:
    until = datetime.now(UTC).astimezone().date() + timedelta(days=days)
    return f"- id: CVE-2099-1\n  until: {until}\n  reason: planted by a test\n"


@pytest.mark.superslow
def test_an_audit_without_a_network_finds_what_is_planted_until_it_is_allowed(
    place: Workplace,
) -> None:
    command = ("docker_audit", "--dir", "app", "--database", plant(place))
    bad = place.invoke(*command)
    assert bad.status == 1, bad.stderr
    assert "GHSA-planted" in bad.stdout
    assert "CVE-2099-1" in bad.stdout
    found = json.loads(place.invoke(*command, "--json").stdout)
    (one,) = found["images"][0]["vulnerabilities"]
    assert one["package"] == "pytest"
    assert one["places"] == [f"/{SITE}"]

    write_files(place.repo.root, {"app/devops/audit_allow.yaml": allow(days=1)})
    good = place.invoke(*command)
    assert good.status == 0, good.stdout
    assert "planted by a test (app/devops/audit_allow.yaml:1)" in good.stderr

    write_files(place.repo.root, {"app/devops/audit_allow.yaml": allow(days=-1)})
    late = place.invoke(*command)
    assert late.status == 1
    assert "warning: app/devops/audit_allow.yaml:1: CVE-2099-1 was allowed until" in late.stderr


@pytest.mark.superslow
def test_licences_are_judged_by_the_image_that_the_lock_asks_for(
    workplace: Workplace,
) -> None:
    workplace.add_dir("licensed", "def test_it(): pass\n")
    good = workplace.invoke("license_check", "--dir", "licensed")
    assert good.status == 0, good.stdout + good.stderr
    assert re.search(
        r"^licensed: all licences allowed in [1-9]\d* Python packages of ", good.stdout
    )

    # MIT is that of pytest, and not of all that it needs.
    config = f"name: {workplace.repo.config.name}\nlicenses: {{allowed: [mit]}}\n"
    write_files(workplace.repo.root, {"repo_config.yaml": config})
    bad = workplace.invoke("license_check", "--all", "--json")
    assert bad.status == 1, bad.stderr
    found = json.loads(bad.stdout)["images"][0]["findings"]
    assert {one["package"]: one["license"] for one in found}["pygments"] == "BSD-2-Clause"
    assert "pytest" not in {one["package"] for one in found}

    # The image is built for the lock as it is now.
    lock = workplace.repo.root / "licensed" / "requirements.txt"
    write_files(workplace.repo.root, {"licensed/requirements.txt": f"{lock.read_text()}certifi\n"})
    changed = workplace.invoke("license_check", "--dir", "licensed")
    assert changed.status == 1, changed.stderr
    assert re.search(r"^licensed +certifi +\S+ +MPL-2.0$", changed.stdout, re.MULTILINE)

    # Others have that version, so it is not built again, and nothing is said of other packages.
    tagged = workplace.invoke("docker_tag_local_image_as_dev", "--dir", "licensed")
    assert tagged.status == 0, tagged.stderr
    write_files(workplace.repo.root, {"licensed/requirements.txt": f"{lock.read_text()}attrs\n"})
    late = workplace.invoke("license_check", "--dir", "licensed")
    assert (late.status, late.stdout) == (2, "")
    assert "is out of date" in late.stderr
    assert "i docker_build_local_image --dir licensed --bump minor" in late.stderr


def test_the_allow_list_of_the_repo_serves_every_dir(place: Workplace) -> None:
    command = ("docker_audit", "--all", "--database", plant(place))
    unused = "- id: CVE-1\n  until: 2999-01-01\n  reason: long gone\n"
    write_files(place.repo.root, {"devops/audit_allow.yaml": allow(days=1) + unused})
    done = place.invoke(*command)
    assert done.status == 0, done.stdout + done.stderr
    assert "warning: devops/audit_allow.yaml:4: CVE-1 matches no image" in done.stderr
    write_files(place.repo.root, {"devops/audit_allow.yaml": "- id: CVE-1\n  till: 1\n"})
    done = place.invoke(*command)
    assert done.status == 2
    assert "devops/audit_allow.yaml:2" in done.stderr


def test_a_dir_without_an_image_does_not_stop_the_audit_of_others(place: Workplace) -> None:
    name = f"helpers-test-x{secrets.token_hex(4)}"
    make_runnable_dir(place.repo, "never_built", image_name=name)
    done = place.invoke("docker_audit", "--all", "--database", plant(place))
    assert done.status == 2
    assert "GHSA-planted" in done.stdout
    assert f"{name}:local" in done.stderr


def answer(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
    """A service of vulnerabilities, which knows one of pytest."""
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    record = {"id": "GHSA-served", "aliases": ["CVE-2099-2"], "affected": []}
    known = asked["package"]["name"] == "pytest"
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"vulns": [record]} if known else {}).encode()]


@pytest.fixture
def service() -> Iterator[str]:
    """The service on this machine; its address."""
    with make_server("127.0.0.1", 0, answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def asking(service: str) -> Mapping[str, str]:
    return {
        "PIP_AUDIT_VULNERABILITY_SERVICE": "osv",
        "PIP_AUDIT_OSV_URL": service,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


@pytest.mark.superslow
def test_an_audit_asks_the_service_of_pip_audit(place: Workplace, service: str) -> None:
    done = place.invoke("docker_audit", "--dir", "app", env=asking(service))
    assert done.status == 1, done.stderr
    assert "GHSA-served" in done.stdout
    assert "CVE-2099-2" in done.stdout
    assert "1 vulnerability in" in done.stdout


def test_a_service_that_does_not_answer_is_an_error_that_says_what_to_do(place: Workplace) -> None:
    done = place.invoke("docker_audit", "--dir", "app", env=asking("http://127.0.0.1:1/"))
    assert done.status == 2
    # That pip-audit is installed, once, may be said before.
    assert "\nerror: pip-audit's service does not answer" in f"\n{done.stderr}"
    assert "--database" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.superslow
def test_a_difference_of_two_images_names_the_package_that_was_added(place: Workplace) -> None:
    host = read_host()
    app = place.repo.runnable_dir("app")
    before = references_of(place.repo, read_changelog(app), host)[0]
    other = make_runnable_dir(
        place.repo,
        "more",
        {"requirements.txt": "iniconfig==2.0.0\n"},
        image_name="helpers-test-more",
    )
    built = place.invoke("docker_build_local_image", "--dir", "more")
    assert built.status == 0, built.stderr[-3000:]
    done = place.invoke("docker_diff", "--dir", other.name, "--from", before, "--to", "local")
    assert done.status == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    (pytest_row,) = [row for row in rows if row[:2] == ["python", "pytest"]]
    assert pytest_row[3] == "-"
    assert any(row[:1] == ["/opt"] for row in rows)
    backwards = place.invoke(
        "docker_diff", "--dir", other.name, "--from", "local", "--to", before, "--files"
    )
    (added,) = [
        line.split()[1]
        for line in backwards.stdout.splitlines()
        if line.startswith("+") and line.split()[1].endswith("/bin/pytest")
    ]
    assert added == "/opt/venv/bin/pytest"


def test_an_image_does_not_differ_from_itself(place: Workplace) -> None:
    done = place.invoke("docker_diff", "--dir", "app", "--from", "local", "--to", "local")
    assert "packages: the same" in done.stdout
    assert "files: the same" in done.stdout


def test_an_image_that_is_not_there_is_told_with_what_could_be_named(place: Workplace) -> None:
    done = place.invoke("docker_diff", "--dir", "app", "--from", "prd", "--to", "local")
    assert done.status == 2
    assert "the image prd is not on this engine" in done.stderr
    assert "local, dev, prod" in done.stderr
