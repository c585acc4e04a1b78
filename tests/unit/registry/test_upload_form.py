"""The form by which a file is uploaded, read back by another program's parser."""

import hashlib
from email import message_from_bytes
from pathlib import Path

from helpers.registry.upload_form import PackageFile, form_of

_METADATA = """\
Metadata-Version: 2.4
Name: one
Version: 1.0
Summary: A word: ü
Keywords: a,b
Classifier: Private :: Do Not Upload
Classifier: Topic :: Utilities
Requires-Dist: iniconfig>=2
Requires-Dist: x ; extra == "y"
Provides-Extra: y
Project-URL: Home, https://example.org
License-File: LICENSE

The description.
"""


def _fields(file: PackageFile, content: bytes) -> dict[str, list[bytes]]:
    body, kind = form_of(file, content)
    message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, list[bytes]] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            value = part.get_payload(decode=True)
            assert isinstance(value, bytes)
            found.setdefault(name, []).append(value)
    return found


def test_a_wheel_is_sent_with_its_metadata() -> None:
    content = bytes(range(256)) * 3
    wheel = Path("one-1.0-cp313-cp313-linux_x86_64.whl")
    found = _fields(PackageFile(wheel, "one", "1.0", _METADATA.encode()), content)
    assert found["content"] == [content]
    assert found["sha256_digest"] == [hashlib.sha256(content).hexdigest().encode()]
    assert (found["filetype"], found["pyversion"]) == ([b"bdist_wheel"], [b"cp313"])
    assert found[":action"] == [b"file_upload"]
    assert found["summary"] == ["A word: ü".encode()]
    assert found["keywords"] == [b"a,b"]
    assert len(found["classifiers"]) == 2
    assert found["requires_dist"] == [b"iniconfig>=2", b'x ; extra == "y"']
    assert found["project_urls"] == [b"Home, https://example.org"]
    assert found["license_file"] == [b"LICENSE"]
    assert found["description"] == [b"The description.\n"]


def test_a_source_distribution_is_told_apart() -> None:
    file = PackageFile(Path("one-1.0.tar.gz"), "one", "1.0", _METADATA.encode())
    found = _fields(file, b"x")
    assert (found["filetype"], found["pyversion"]) == ([b"sdist"], [b"source"])
