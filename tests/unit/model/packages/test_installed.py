import pytest
from packageurl import PackageURL

from helpers.model.packages.installed import (
    OperatingSystem,
    Package,
    PackageChange,
    PackageKind,
    PackageSet,
    deb_purl,
    diff_packages,
    python_name,
    python_purl,
)

TRIXIE = OperatingSystem("debian", "13", "trixie")


def packages(**versions: str) -> PackageSet:
    return PackageSet(
        tuple(Package(PackageKind.PYTHON, name, version) for name, version in versions.items())
    )


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (deb_purl("bash", "5.2.37-2+b5", "amd64", TRIXIE), "bash@5.2.37-2%2Bb5?arch=amd64"),
        (deb_purl("g++", "4:14.2.0-1", "arm64", TRIXIE), "g%2B%2B@4:14.2.0-1?arch=arm64"),
        (deb_purl("openssl", "3.5.7-1~deb13u3", "all", TRIXIE), "openssl@3.5.7-1~deb13u3?arch=all"),
    ],
)
def test_the_url_of_a_debian_package_is_the_canonical_one(made: str, wanted: str) -> None:
    assert made == f"pkg:deb/debian/{wanted}&distro=trixie"
    assert PackageURL.from_string(made).to_string() == made


def test_a_system_without_a_codename_is_named_by_its_version() -> None:
    made = deb_purl("bash", "1", "amd64", OperatingSystem("ubuntu", "24.04"))
    assert made == "pkg:deb/ubuntu/bash@1?arch=amd64&distro=ubuntu-24.04"
    assert deb_purl("bash", "1", "", OperatingSystem()) == "pkg:deb/debian/bash@1"


@pytest.mark.parametrize(
    ("name", "version", "wanted"),
    [
        ("PyYAML", "6.0.3", "pyyaml@6.0.3"),
        ("typing_extensions", "4.16.0", "typing-extensions@4.16.0"),
        ("zope.interface", "7.0", "zope.interface@7.0"),
        ("torch", "2.1+cu118", "torch@2.1%2Bcu118"),
        ("epoch", "1!2.0", "epoch@1%212.0"),
    ],
)
def test_the_url_of_a_python_package_is_the_canonical_one(
    name: str, version: str, wanted: str
) -> None:
    made = python_purl(name, version)
    assert made == f"pkg:pypi/{wanted}"
    assert PackageURL.from_string(made).to_string() == made


def test_a_python_package_has_one_name_however_it_is_written() -> None:
    assert python_name("Foo.Bar__baz-Q") == "foo-bar-baz-q"


def test_a_difference_is_a_package_in_one_set_only_or_in_other_versions() -> None:
    before = packages(same="1", gone="1", changed="1")
    after = packages(same="1", new="2", changed="1.1")
    assert diff_packages(before, after) == (
        PackageChange(PackageKind.PYTHON, "changed", ("1",), ("1.1",)),
        PackageChange(PackageKind.PYTHON, "gone", ("1",), ()),
        PackageChange(PackageKind.PYTHON, "new", (), ("2",)),
    )


def test_the_same_package_under_another_spelling_or_elsewhere_is_no_difference() -> None:
    before = PackageSet((Package(PackageKind.PYTHON, "Foo_Bar", "1", place="/a"),))
    after = PackageSet(
        (
            Package(PackageKind.PYTHON, "foo-bar", "1", place="/b"),
            Package(PackageKind.PYTHON, "foo.bar", "1", place="/c"),
        )
    )
    assert diff_packages(before, after) == ()


def test_a_debian_and_a_python_package_of_one_name_are_two() -> None:
    deb = PackageSet((Package(PackageKind.DEB, "redis", "7"),))
    python = PackageSet((Package(PackageKind.PYTHON, "redis", "7"),))
    assert [change.kind for change in diff_packages(deb, python)] == [
        PackageKind.DEB,
        PackageKind.PYTHON,
    ]
