"""A file as package indexes take it: a form with the file's metadata, as PyPI defined it."""

import hashlib
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from helpers.model.dataclass import dataclass

# The form's names of what metadata has under others.
_NAMES = {
    "license_files": "license_file",
    "platforms": "platform",
    "supported_platforms": "supported_platform",
}


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A wheel or source distribution that is to be uploaded.

    Attributes:
        name: of the distribution, normalised.
        metadata: its core metadata, as the file has it.
    """

    path: Path
    name: str
    version: str
    metadata: bytes = field(repr=False)

    @property
    def is_wheel(self) -> bool:
        """Otherwise it is a source distribution."""
        return self.path.suffix == ".whl"


def form_of(file: PackageFile, content: bytes) -> tuple[bytes, str]:
    """The body of the request, and its content type."""
    # Imported here: who only lists tasks does not pay for it.
    from urllib3.filepost import encode_multipart_formdata

    fields: list[tuple[str, str | tuple[str, bytes, str]]] = [*_fields(file, content)]
    fields.append(("content", (file.path.name, content, "application/octet-stream")))
    return encode_multipart_formdata(fields)


def _fields(file: PackageFile, content: bytes) -> Iterator[tuple[str, str]]:
    from packaging.metadata import parse_email

    yield ":action", "file_upload"
    yield "protocol_version", "1"
    yield "filetype", "bdist_wheel" if file.is_wheel else "sdist"
    yield "pyversion", file.path.stem.split("-")[-3] if file.is_wheel else "source"
    yield "sha256_digest", hashlib.sha256(content).hexdigest()
    raw, _ = parse_email(file.metadata)
    for name, value in raw.items():
        asked = _NAMES.get(name, name)
        if name == "keywords" and isinstance(value, list):
            yield asked, ",".join(value)
        elif isinstance(value, dict):
            yield from ((asked, f"{label}, {url}") for label, url in value.items())
        elif isinstance(value, list):
            yield from ((asked, str(one)) for one in value)
        else:
            yield asked, str(value)
