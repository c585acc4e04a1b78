"""Which packages an image holds: of its operating system, of Python, of conda channels."""

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import HeaderParser

from helpers.engine.client import Client
from helpers.engine.image_files import read_image
from helpers.model.documents.parsing import load_json
from helpers.model.packages.installed import (
    OperatingSystem,
    Package,
    PackageKind,
    PackageSet,
    conda_purl,
    deb_purl,
    python_purl,
)

_STATUS = "/var/lib/dpkg/status"
# Images without a package manager list each package in a file of its own.
_STATUS_FOLDER = "/var/lib/dpkg/status.d/"
# The first is usually a link to the second.
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
# What stands directly in a folder of packages; a package's private copies of others do not.
_METADATA = re.compile(
    r"(?P<place>/.*/(?:site|dist)-packages)/(?P<folder>[^/]+)"
    r"(?:\.dist-info/METADATA|\.egg-info(?:/PKG-INFO)?)"
)
# What an installer of conda's says of each package.
_CONDA = re.compile(r"(?P<place>/.*/conda-meta)/[^/]+\.json")
_CLASSIFIER = "License :: "
# Who approved a licence, without which it is.
_NO_LICENCE = (f"{_CLASSIFIER}OSI Approved", f"{_CLASSIFIER}DFSG approved")
_LONGEST_LICENCE = 100


def read_packages(client: Client, image: str, owner: Mapping[str, str]) -> PackageSet:
    """The packages of an image, which is not started.

    Args:
        image: name or id.
        owner: the labels of the container that is made for it.

    Raises:
        EngineError: there is no such image, or the engine stops answering.
    """
    return find_packages(read_image(client, image, owner, is_wanted).texts)


def is_wanted(path: str) -> bool:
    """Whether the file of that path describes installed packages."""
    if path == _STATUS or path in _OS_RELEASE or _METADATA.fullmatch(path):
        return True
    if _CONDA.fullmatch(path):
        return True
    return path.startswith(_STATUS_FOLDER) and not path.endswith(".md5sums")


def find_packages(texts: Mapping[str, bytes]) -> PackageSet:
    """The packages that files of an image describe; the files by their absolute paths."""
    decoded = {path: content.decode(errors="replace") for path, content in texts.items()}
    system = parse_os_release(next((decoded[p] for p in _OS_RELEASE if p in decoded), ""))
    found: set[Package] = set()
    for path, text in decoded.items():
        if path == _STATUS or path.startswith(_STATUS_FOLDER):
            found.update(parse_status(text, path, system))
        elif path not in _OS_RELEASE:
            parse = parse_conda if _CONDA.fullmatch(path) else parse_metadata
            package = parse(text, path)
            found.update([package] if package else [])
    return PackageSet(tuple(sorted(found)), system)


def parse_os_release(text: str) -> OperatingSystem:
    """Read `os-release`."""
    pairs = (line.partition("=") for line in text.splitlines())
    values = {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}
    return OperatingSystem(
        values.get("ID", ""), values.get("VERSION_ID", ""), values.get("VERSION_CODENAME", "")
    )


def parse_status(text: str, place: str, system: OperatingSystem) -> Iterator[Package]:
    """The installed packages of dpkg's status file; a package without a state is installed."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = (line.partition(":") for line in paragraph.splitlines() if line[:1].strip())
        fields = {key: value.strip() for key, _, value in lines}
        name, version = _clean(fields.get("Package", "")), _clean(fields.get("Version", ""))
        state = fields.get("Status", "install ok installed").split()
        if name and version and state[-1:] == ["installed"]:
            architecture = fields.get("Architecture", "")
            yield Package(
                PackageKind.DEB,
                name,
                version,
                architecture,
                purl=deb_purl(name, version, architecture, system),
                place=place,
            )


def parse_metadata(text: str, path: str) -> Package | None:
    """The Python package that a file of metadata describes; None where its name is unknown.

    Where the file itself does not say name and version, the name of its folder does.
    """
    match = _METADATA.fullmatch(path)
    if not match:
        return None
    fields = HeaderParser().parsestr(text)
    # The folder of an egg ends with the version of Python.
    named = re.sub(r"-py\d[\d.]*$", "", match["folder"]).partition("-")
    name = _clean(fields.get("Name") or named[0])
    version = _clean(fields.get("Version") or named[2])
    if not (name and version):
        return None
    classifiers = _classifiers(fields)
    licence, spdx = _licence(fields, classifiers)
    return Package(
        PackageKind.PYTHON,
        name,
        version,
        licence=licence,
        spdx=spdx,
        purl=python_purl(name, version),
        place=match["place"],
        classifiers=classifiers,
    )


def parse_conda(text: str, path: str) -> Package | None:
    """The package that a file of conda's metadata describes; None where that is no such file."""
    match = _CONDA.fullmatch(path)
    try:
        said = load_json(text)
    except ValueError:
        return None
    if not match or not isinstance(said, dict):
        return None
    keys = ("name", "version", "build", "subdir", "license")
    name, version, build, subdir, licence = (_clean(str(said.get(key) or "")) for key in keys)
    if not (name and version):
        return None
    return Package(
        PackageKind.CONDA,
        name,
        version,
        licence=licence if len(licence) <= _LONGEST_LICENCE else "",
        purl=conda_purl(name, version, build, subdir),
        place=match["place"],
    )


def _clean(text: str) -> str:
    """Replace control characters: we do not trust the contents of an image."""
    return "".join(char if char.isprintable() else "?" for char in text.strip())


def _licence(fields: Message, classifiers: tuple[str, ...]) -> tuple[str, bool]:
    """A licence in a few words, and whether it is an SPDX expression."""
    expression = (fields.get("License-Expression") or "").strip()
    if expression:
        return expression, True
    text = (fields.get("License") or "").strip()
    # Some packages put the whole licence there.
    if text and text.upper() != "UNKNOWN" and "\n" not in text and len(text) <= _LONGEST_LICENCE:
        return text, False
    return ", ".join(classifiers), False


def _classifiers(fields: Message) -> tuple[str, ...]:
    """The last words of the classifiers that name a licence."""
    every = (item.strip() for item in fields.get_all("Classifier") or ())
    return tuple(
        _clean(item.rpartition(" :: ")[2])
        for item in every
        if item.startswith(_CLASSIFIER) and item not in _NO_LICENCE
    )
