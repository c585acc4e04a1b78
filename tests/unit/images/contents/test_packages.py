import pytest

from helpers.images.contents.packages import (
    find_packages,
    is_wanted,
    parse_conda,
    parse_metadata,
    parse_os_release,
)
from helpers.model.packages.installed import OperatingSystem, Package, PackageKind

OS_RELEASE = b'NAME="Debian"\nID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n'
STATUS = b"""\
Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.37-2+b5
Description: a shell
 Package: not-this-one
 .
 Version: 9

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: held
Status: hold ok installed
Architecture: all
Version: 1:2.0

Package: half
Status: install ok half-configured
Version: 1
"""
SITE = "/opt/venv/lib/python3.13/site-packages"


def metadata(*lines: str) -> str:
    return "\n".join(("Metadata-Version: 2.4", *lines, "", "A long description: 1.0"))


def test_installed_packages_of_the_system_are_found() -> None:
    found = find_packages({"/var/lib/dpkg/status": STATUS, "/usr/lib/os-release": OS_RELEASE})
    assert found.system == OperatingSystem("debian", "13", "trixie")
    assert [(item.name, item.version, item.architecture) for item in found.packages] == [
        ("bash", "5.2.37-2+b5", "amd64"),
        ("held", "1:2.0", "all"),
    ]
    assert found.packages[1].purl == "pkg:deb/debian/held@1:2.0?arch=all&distro=trixie"


def test_a_package_with_a_file_of_its_own_is_installed() -> None:
    content = b"Package: base-files\nVersion: 13.8\nArchitecture: arm64\n"
    (found,) = find_packages({"/var/lib/dpkg/status.d/base-files": content}).packages
    assert (found.name, found.place) == ("base-files", "/var/lib/dpkg/status.d/base-files")


def test_python_packages_are_found_in_every_place() -> None:
    text = metadata("Name: Foo_Bar", "Version: 1.2").encode()
    places = [SITE, "/usr/lib/python3/dist-packages"]
    found = find_packages({f"{place}/foo_bar-1.2.dist-info/METADATA": text for place in places})
    assert [(item.name, item.purl, item.place) for item in found.packages] == [
        ("Foo_Bar", "pkg:pypi/foo-bar@1.2", place) for place in places
    ]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/var/lib/dpkg/status", True),
        ("/var/lib/dpkg/status-old", False),
        ("/var/lib/dpkg/status.d/tzdata", True),
        ("/var/lib/dpkg/status.d/tzdata.md5sums", False),
        (f"{SITE}/foo-1.dist-info/METADATA", True),
        (f"{SITE}/foo-1.dist-info/RECORD", False),
        (f"{SITE}/foo-1-py3.13.egg-info", True),
        (f"{SITE}/foo-1.egg-info/PKG-INFO", True),
        (f"{SITE}/setuptools/_vendor/foo-1.dist-info/METADATA", False),
        ("/srv/app/foo-1.dist-info/METADATA", False),
    ],
)
def test_only_files_that_tell_of_installed_packages_are_read(path: str, wanted: bool) -> None:
    assert is_wanted(path) == wanted


@pytest.mark.parametrize(
    "path", [f"{SITE}/foo-1.0.dist-info/METADATA", f"{SITE}/foo-1.0-py3.13.egg-info"]
)
@pytest.mark.parametrize("text", ["", "garbage \x00", metadata("Summary: has no name")])
def test_a_package_with_broken_metadata_is_named_by_its_folder(path: str, text: str) -> None:
    assert parse_metadata(text, path) == Package(
        PackageKind.PYTHON, "foo", "1.0", purl="pkg:pypi/foo@1.0", place=SITE
    )


def test_names_cannot_draw_on_a_terminal() -> None:
    path = f"{SITE}/foo-1.egg-info"
    found = parse_metadata(metadata("Name: f\x1b[31moo", "Version: 1"), path)
    assert found
    assert found.name == "f?[31moo"


def test_a_folder_without_a_version_is_no_package() -> None:
    assert parse_metadata("", f"{SITE}/foo.egg-info/PKG-INFO") is None


@pytest.mark.parametrize(
    ("lines", "licence", "spdx"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: MIT"], "MIT OR Apache-2.0", True),
        (["License: BSD"], "BSD", False),
        (["License: UNKNOWN", "Classifier: License :: OSI Approved :: A"], "A", False),
        (["License: The MIT License", "        Permission is ..."], "", False),
        (["Classifier: License :: OSI Approved"], "", False),
        ([], "", False),
    ],
)
def test_the_licence_is_what_the_package_says(lines: list[str], licence: str, spdx: bool) -> None:
    text = metadata("Name: foo", "Version: 1", *lines)
    found = parse_metadata(text, f"{SITE}/foo-1.dist-info/METADATA")
    assert found
    assert (found.licence, found.spdx) == (licence, spdx)


def test_classifiers_that_name_a_licence_are_kept_by_their_last_words() -> None:
    classifiers = ("OSI Approved", "DFSG approved", "OSI Approved :: MIT License", "Public Domain")
    lines = [f"Classifier: License :: {one}" for one in classifiers]
    text = metadata("Name: foo", "Version: 1", "License: MIT", "Classifier: Topic :: X", *lines)
    found = parse_metadata(text, f"{SITE}/foo-1.dist-info/METADATA")
    assert found
    assert found.classifiers == ("MIT License", "Public Domain")


def test_an_image_that_says_nothing_of_its_system_has_none() -> None:
    assert parse_os_release("") == OperatingSystem()
    assert find_packages({}).packages == ()


def test_a_package_of_a_channel_is_known_by_its_build() -> None:
    path = "/opt/env/conda-meta/gdal-3.9.1-h1_2.json"
    named = '"name": "gdal", "version": "3.9.1", "build": "h1_2"'
    said = f'{{{named}, "subdir": "linux-64", "license": "MIT"}}'
    assert is_wanted(path)
    assert parse_conda(said, path) == Package(
        PackageKind.CONDA,
        "gdal",
        "3.9.1",
        licence="MIT",
        purl="pkg:conda/gdal@3.9.1?build=h1_2&subdir=linux-64",
        place="/opt/env/conda-meta",
    )


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"name": "a"}', '{"name": "a", "version": null}']
)
def test_what_is_no_metadata_of_conda_is_no_package(said: str) -> None:
    assert parse_conda(said, "/opt/env/conda-meta/a-1-0.json") is None
