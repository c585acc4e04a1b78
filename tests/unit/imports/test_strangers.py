"""Names of the repo's packages that somebody else's have at an index, which stands in memory."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from helpers.imports.strangers import find_strangers, internal_names
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.registry.errors import RegistryUnavailableError
from helpers.registry.package_index import IndexClient
from tests.builders import make_repo, make_runnable_dir


class _Index(IndexClient):
    def __init__(self, name: str, publish: str = "") -> None:
        super().__init__(PackageIndex(name, "https://h", publish), cast("Any", None), lambda: None)
        self.kept: dict[str, bytes] = {}

    def files(self, project: str) -> dict[str, IndexFile]:
        if project == "broken":
            raise RegistryUnavailableError("it stopped answering", where="GET x", fix="wait")
        return {
            name: IndexFile(name, name, {"sha256": hashlib.sha256(content).hexdigest()})
            for name, content in self.kept.items()
            if name.startswith(f"{project.replace('-', '_')}-")
        }

    def download(self, file: IndexFile) -> bytes:
        return self.kept[file.name]


def _wheel(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(f"x.dist-info/{name}", '{"inputs": "abc"}')
    return data.getvalue()


_OURS, _THEIRS = _wheel("helpers_inputs.json"), _wheel("METADATA")


def test_names_are_those_of_packages_that_others_can_install(tmp_path: Path) -> None:
    files = {
        "libs/log/pyproject.toml": '[project]\nname = "Log_Lib"\n',
        "libs/old/pyproject.toml": '[tool.poetry]\nname = "old.lib"\n',
    }
    repo = make_repo(tmp_path, files=files)
    make_runnable_dir(repo, "app", {"pyproject.toml": '[project]\nname = "app"\n'})
    inputs = read_repo_inputs(repo, keep=False)
    folders = ["libs/log", "libs/old", "app", "libs/none"]
    assert internal_names(inputs, folders) == {"libs/log": "log-lib", "libs/old": "old-lib"}


@pytest.mark.parametrize(
    ("publish", "there", "expected"),
    [
        ("", _OURS, [False]),
        ("", None, []),
        ("https://h/up", _OURS, []),
        ("https://h/up", _THEIRS, [True]),
        ("https://h/up", b"no archive", [True]),
    ],
)
def test_a_name_is_ours_where_we_publish_what_we_made(
    publish: str, there: bytes | None, expected: list[bool]
) -> None:
    index = _Index("team", publish)
    if there is not None:
        index.kept = {
            "log_lib-1.9-py3-none-any.whl": _THEIRS,
            "log_lib-1.10-py3-none-any.whl": there,
        }
    found = find_strangers({"libs/log": "log-lib"}, [index])
    assert [one.note for one in found] == expected
    assert all("log-lib" in one.what and one.file == "libs/log/pyproject.toml" for one in found)


def test_an_index_that_cannot_be_asked_is_a_finding() -> None:
    (found,) = find_strangers({"libs/b": "broken"}, [_Index("team")])
    assert (found.note, found.subject, found.fix) == (False, "team", "wait")
    assert "it stopped answering" in found.what
