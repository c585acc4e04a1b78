"""What is published, in which order and version; the index stands in memory."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from packaging.tags import Tag

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.wheel import BuiltWheel, Mode
from helpers.registry.package_index import IndexClient, OtherContentError
from helpers.registry.upload_form import PackageFile
from helpers.wheels.archive import Entry, read_wheel, wheel_file, wheel_name, write_wheel
from helpers.wheels.check import read_back
from helpers.wheels.on_index import version_there
from helpers.wheels.options import BuildOptions
from helpers.wheels.publish import Upload, planned_uploads, publish
from helpers.wheels.renumber import without_local
from tests.builders import make_host, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import package

_ANY = [Tag("py3", "none", "any")]


class _Index(IndexClient):
    """Keeps files in memory, and notes what it is asked."""

    def __init__(self, *, local_versions: bool = False, stolen: str = "") -> None:
        index = PackageIndex("team", "https://h/simple", "https://h/", local_versions)
        super().__init__(index, cast("Any", None), lambda: None)
        self.kept: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.stolen = stolen

    def files(self, project: str) -> dict[str, IndexFile]:
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in self.kept.items()}
        return {
            name: IndexFile(name, name, {"sha256": digest})
            for name, digest in hashes.items()
            if name.startswith(f"{project.replace('-', '_')}-")
        }

    def upload(self, file: PackageFile) -> None:
        if file.name == self.stolen:
            raise OtherContentError("another one")
        self.asked.append(f"upload {file.path.name}")
        self.kept[file.path.name] = file.path.read_bytes()

    def wait_listed(self, file: PackageFile) -> None:
        self.asked.append(f"wait {file.path.name}")


def _wheel(out: Path, name: str, version: str, *requires: str, mode: Mode = Mode.PIN) -> BuiltWheel:
    info = f"{name}-{version}.dist-info"
    lines = "".join(f"Requires-Dist: {one}\n" for one in requires)
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{lines}\nVersion: 0\n"
    files = {
        f"{name}/__init__.py": Entry(b"X = 1\n"),
        f"{name}-{version}.data/data/x": Entry(b""),
        f"{info}/METADATA": Entry(metadata.encode()),
        f"{info}/WHEEL": Entry(wheel_file(_ANY, pure=True)),
    }
    path = out / wheel_name(name, version, _ANY)
    write_wheel(path, files, info, 1_700_000_000)
    needs = tuple(re.split(r"\W", one)[0] for one in requires if "==" in one)
    return BuiltWheel(f"libs/{name}", path, name, version, "", mode, needs)


def _done(
    repo: Path, wheels: Iterable[BuiltWheel], index: _Index, *, locked: bool = False
) -> list[Upload]:
    inputs = read_repo_inputs(make_repo(repo, commit=False))
    told: list[Upload] = []
    with planned_uploads(inputs, [*wheels], index, BuildOptions(repo, locked=locked)) as uploads:
        publish(uploads, index, told.append)
    return told


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    make_repo(tmp_path, files={"libs/api/x": "", "libs/log/x": ""})
    return tmp_path


def test_what_others_require_is_listed_before_they_are_published(repo: Path) -> None:
    log, api = _wheel(repo, "log", "1.0"), _wheel(repo, "api", "2.0", "log==1.0", "iniconfig>=2")
    index = _Index()
    _done(repo, [log, api], index)
    names = [log.path.name, api.path.name]
    assert index.asked == [f"upload {names[0]}", f"wait {names[0]}", f"upload {names[1]}"]
    # The same command again goes on where it ended; nothing is uploaded twice.
    del index.kept[names[1]]
    index.asked.clear()
    assert [one.step.name for one in _done(repo, [log, api], index)] == ["THERE", "UPLOAD"]
    assert index.asked == [f"upload {names[1]}"]


@pytest.mark.parametrize("mode", Mode)
def test_another_content_of_a_version_is_refused_before_anything_is_uploaded(
    repo: Path, mode: Mode
) -> None:
    index = _Index()
    log, api = _wheel(repo, "log", "1.0", mode=mode), _wheel(repo, "api", "2.0", mode=mode)
    index.kept[api.path.name] = b"other"
    with pytest.raises(HelpersError, match="with another content") as caught:
        _done(repo, [log, api], index, locked=True)
    assert not index.asked
    vendored = "i package_publish --dir libs/api --index team --locked --version 2.1"
    pinned = 'write  version = "2.1"  in libs/api/pyproject.toml'
    assert caught.value.fix == (vendored if mode is Mode.VENDOR else pinned)


@pytest.mark.parametrize(
    ("there", "platforms", "sdist", "found"),
    [
        (["api-1.2-py3-none-any.whl"], "[linux/amd64, linux/arm64]", False, "1.2"),
        (["api-1.1-py3-none-any.whl", "api-1.2.tar.gz"], "[linux/amd64]", False, ""),
        # What an upload that was cut left out is published by the next command.
        (["api-1.2-py3-none-any.whl"], "[linux/amd64]", True, ""),
        (["api-1.2-py3-none-any.whl", "api-1.2.tar.gz"], "[linux/amd64]", True, "1.2"),
        (["api-1.2-cp313-cp313-linux_x86_64.whl"], "[linux/amd64]", False, "1.2"),
        (["api-1.2-cp313-cp313-linux_x86_64.whl"], "[linux/amd64, linux/arm64]", False, ""),
    ],
)
def test_a_version_is_there_where_the_index_has_all_of_its_files(
    tmp_path: Path, there: list[str], platforms: str, sdist: bool, found: str
) -> None:
    made, index = make_repo(tmp_path / "one", commit=False), _Index()
    files = {f"projects/api/{path}": text for path, text in package("api", "flit").items()}
    make_runnable_dir(
        made,
        "projects/api",
        {"devops/config.yaml": f"platforms: {platforms}\n"},
    )
    write_files(made.root, files)
    index.kept = dict.fromkeys(there, b"")
    inputs, options = read_repo_inputs(made), BuildOptions(made.root / "dist", sdist=sdist)
    host = make_host(made.root)
    assert version_there(inputs, "projects/api", options, index, host) == found
    project = "projects/api/pyproject.toml"
    dynamic = files[project].replace('version = "1.2"', 'dynamic = ["version"]')
    write_files(made.root, {project: dynamic})
    assert not version_there(read_repo_inputs(made), "projects/api", options, index, host)


def test_somebody_who_was_quicker_with_another_content_is_told(repo: Path) -> None:
    with pytest.raises(HelpersError, match="with another content") as caught:
        _done(repo, [_wheel(repo, "api", "2.0")], _Index(stolen="api"))
    assert "2.1" in caught.value.fix


def test_a_local_version_becomes_one_that_every_index_takes(repo: Path) -> None:
    log, api = _wheel(repo, "log", "1.0+abc"), _wheel(repo, "api", "2.0", "log[x]==1.0+abc ; a>'1'")
    index = _Index()
    told = _done(repo, [log, api], index)
    assert [one.said for one in told] == [
        "log 1.0+abc is 1.0.dev1 at team, which takes no local versions",
        "",
    ]
    assert sorted(index.kept) == ["api-2.0-py3-none-any.whl", "log-1.0.dev1-py3-none-any.whl"]
    for name, content in index.kept.items():
        (repo / name).write_bytes(content)
    found = read_back(repo / "log-1.0.dev1-py3-none-any.whl", (), ())
    assert b"\nVersion: 1.0.dev1\n" in found.metadata("METADATA")
    assert found.metadata("METADATA").endswith(b"\n\nVersion: 0\n")
    assert "log-1.0.dev1.data/data/x" in found.files
    requires = read_wheel(repo / "api-2.0-py3-none-any.whl").metadata("METADATA")
    assert b"Requires-Dist: log[x]==1.0.dev1 ; a>'1'\n" in requires
    # The same bytes again, so that it is there already.
    assert [one.step.name for one in _done(repo, [log], index)] == ["THERE"]
    as_it_is = _Index(local_versions=True)
    _done(repo, [log], as_it_is)
    assert [*as_it_is.kept] == [log.path.name]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2+abc", "1.2.dev7"),
        ("1.3.dev4+gabc.d20261129", "1.3.dev4"),
        ("1!2rc1+a", "1!2rc1.dev7"),
        ("1.2.post1+a", "1.2.post1.dev7"),
        ("1.2", "1.2"),
    ],
)
def test_a_development_version_keeps_its_number(version: str, expected: str) -> None:
    assert without_local(version, 7) == expected
