from collections.abc import Collection
from datetime import date
from pathlib import Path

import pytest

from helpers.engine.containers import Image
from helpers.images.contents.audit import audit_images
from helpers.images.contents.inspection import Inspected
from helpers.images.resolve import Chosen
from helpers.model.images.name import Stage
from helpers.model.packages.audit import Audit, Found, Pin, Unchecked, Vulnerability
from helpers.model.packages.installed import Package, PackageKind, PackageSet
from helpers.model.repo import Repo
from tests.builders import make_repo, make_runnable_dir, write_files

TODAY = date(2026, 5, 10)
ENTRY = "- id: {}\n  until: 2026-12-31\n  reason: no way in\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "repo", commit=False)


def inspected(repo: Repo, name: str, *packages: tuple[str, str, str]) -> Inspected:
    """A dir whose image has these Python packages: name, version, place."""
    image = Image(f"sha256:{name}", (), {}, "", 0)
    found = (Package(PackageKind.PYTHON, item[0], item[1], place=item[2]) for item in packages)
    deb = Package(PackageKind.DEB, "bash", "5")
    return Inspected(
        make_runnable_dir(repo, name),
        Chosen(image, f"{name}:dev", Stage.DEV, "1.0.0"),
        PackageSet((deb, *sorted(found))),
    )


def find(pins: Collection[Pin]) -> Found:
    """Everything called foo is vulnerable; of odd nothing is known."""
    return Found(
        tuple(Vulnerability(pin, "PYSEC-1", ("CVE-1",)) for pin in pins if pin.name == "foo"),
        tuple(Unchecked(pin, "odd") for pin in pins if pin.name == "odd"),
    )


def audit(repo: Repo, *items: Inspected, whole: bool = False) -> list[Audit]:
    return audit_images(repo, items, find, TODAY, whole=whole)


def test_each_image_is_told_what_concerns_its_own_packages(repo: Repo) -> None:
    one = inspected(repo, "one", ("Foo", "1", "/a"), ("foo", "1", "/b"), ("odd", "1", "/a"))
    two = inspected(repo, "two", ("bar", "1", "/a"))
    first, second = audit(repo, one, two)
    (found,) = first.vulnerabilities
    assert (found.pin, found.places) == (Pin("foo", "1"), ("/a", "/b"))
    assert (first.dir, first.image, first.digest) == ("one", "one:dev", "sha256:one")
    assert first.packages == 2
    assert [item.pin.name for item in first.unchecked] == ["odd"]
    assert (second.vulnerabilities, second.unchecked, second.packages) == ((), (), 1)


def test_the_source_is_asked_once_about_python_packages_alone(repo: Repo) -> None:
    asked: list[set[Pin]] = []

    def ask(pins: Collection[Pin]) -> Found:
        asked.append(set(pins))
        return Found()

    items = [inspected(repo, name, ("foo", "1", "/a")) for name in ("one", "two")]
    audit_images(repo, items, ask, TODAY, whole=True)
    assert asked == [{Pin("foo", "1")}]


def test_the_list_of_a_dir_allows_nothing_in_another(repo: Repo) -> None:
    write_files(repo.root, {"one/devops/audit_allow.yaml": ENTRY.format("CVE-1")})
    one, two = (inspected(repo, name, ("foo", "1", "/a")) for name in ("one", "two"))
    first, second = audit(repo, one, two)
    assert (len(first.vulnerabilities), len(first.allowed)) == (0, 1)
    assert (len(second.vulnerabilities), len(second.allowed)) == (1, 0)


def test_an_entry_of_the_repo_is_needless_when_no_dir_needs_it(repo: Repo) -> None:
    entries = ENTRY.format("CVE-1") + ENTRY.format("CVE-2")
    write_files(repo.root, {"devops/audit_allow.yaml": entries})
    with_foo = inspected(repo, "one", ("foo", "1", "/a"))
    without = inspected(repo, "two", ("bar", "1", "/a"))
    audits = audit(repo, with_foo, without, whole=True)
    assert {entry.id for item in audits for entry in item.unused} == {"CVE-2"}
    # Of one dir alone it cannot be told.
    assert audit(repo, without)[0].unused == ()


def test_an_entry_of_a_dir_is_needless_when_the_dir_does_not_need_it(repo: Repo) -> None:
    write_files(repo.root, {"one/devops/audit_allow.yaml": ENTRY.format("CVE-2")})
    (found,) = audit(repo, inspected(repo, "one", ("foo", "1", "/a")))
    assert [entry.where for entry in found.unused] == ["one/devops/audit_allow.yaml:1"]


def test_the_list_of_the_root_is_read_once_where_the_root_is_a_dir(repo: Repo) -> None:
    write_files(repo.root, {"devops/audit_allow.yaml": ENTRY.format("CVE-1")})
    (found,) = audit(repo, inspected(repo, ".", ("foo", "1", "/a")), whole=True)
    assert len(found.allowed) == 1
    assert found.unused == ()
