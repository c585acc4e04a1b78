"""Wheels are read whatever somebody put into them, and written the same for the same content."""

import base64
import csv
import hashlib
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename

from helpers.model.errors import HelpersError
from helpers.wheels.archive import (
    Entry,
    info_name,
    is_complete,
    read_inputs,
    read_metadata,
    read_seconds,
    read_wheel,
    record_of,
    wheel_file,
    wheel_name,
    write_wheel,
)
from helpers.wheels.renumber import renumbered, without_local

_INFO = "a_b-1.0.dist-info"
_SECONDS = 1_700_000_000
_NAME = "a_b-1.0-py3-none-any.whl"
_PARTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\")
    | st.sampled_from(",\"' "),
    min_size=1,
    max_size=6,
).filter(lambda part: part not in (".", "..") and not part.endswith(".dist-info"))
_FILES = st.dictionaries(
    st.lists(_PARTS, min_size=1, max_size=3).map("/".join),
    st.builds(Entry, st.binary(max_size=40), st.booleans()),
    max_size=4,
)


def _metadata(*needs: str) -> dict[str, Entry]:
    lines = ["Metadata-Version: 2.1", "Name: a-b", "Version: 1.0", *needs, "", "Version: text"]
    return {
        f"{_INFO}/METADATA": Entry("\n".join(lines).encode()),
        f"{_INFO}/WHEEL": Entry(wheel_file(parse_tag("py3-none-any"), pure=True)),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheels")


@given(_FILES)
def test_what_is_written_is_read_and_the_same_bytes_come_of_it(
    folder: Path, files: dict[str, Entry]
) -> None:
    every = {**files, **_metadata()}
    path = folder / _NAME
    write_wheel(path, every, _INFO, _SECONDS)
    first = path.read_bytes()
    found = read_wheel(path)
    assert (found.files, found.info, found.name, found.version) == (every, _INFO, "a-b", "1.0")
    assert found.is_pure
    assert read_seconds(path) == _SECONDS
    write_wheel(path, dict(reversed(every.items())), _INFO, _SECONDS)
    assert path.read_bytes() == first


@given(_FILES)
def test_the_record_has_each_file_with_its_hash(files: dict[str, Entry]) -> None:
    *lines, last = csv.reader(io.StringIO(record_of(files, _INFO).decode(), newline=""))
    assert last == [f"{_INFO}/RECORD", "", ""]
    assert {name: (said, int(size)) for name, said, size in lines} == {
        name: (
            "sha256="
            + base64.urlsafe_b64encode(hashlib.sha256(one.content).digest()).decode()[:-1],
            len(one.content),
        )
        for name, one in files.items()
    }


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_file_is_told_and_gives_no_traceback(
    folder: Path, damage: list[tuple[int, int]]
) -> None:
    path = folder / f"damaged/{_NAME}"
    path.parent.mkdir(exist_ok=True)
    inputs = {f"{_INFO}/helpers_inputs.json": Entry(b'{"inputs": "abc"}')}
    write_wheel(path, {"a.py": Entry(b"x = 1\n" * 9), **inputs, **_metadata()}, _INFO, _SECONDS)
    content = bytearray(path.read_bytes())
    for place, value in damage:
        content[place % len(content)] = value
    path.write_bytes(content)
    for read in (read_wheel, read_metadata):
        with suppress(HelpersError):
            read(path)
    assert isinstance(read_inputs(io.BytesIO(content)), str)


@pytest.mark.parametrize(
    ("flag", "method"), [(1, zipfile.ZIP_STORED), (0, 97)], ids=["encrypted", "unknown method"]
)
def test_what_nobody_can_unpack_is_told(tmp_path: Path, flag: int, method: int) -> None:
    path = tmp_path / _NAME
    write_wheel(path, _metadata(), _INFO, _SECONDS)
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\1\2")
    while at >= 0:  # the list of files at the end says how each is packed
        content[at + 8] |= flag
        content[at + 10 : at + 12] = (method or content[at + 10]).to_bytes(2, "little")
        at = content.find(b"PK\1\2", at + 4)
    path.write_bytes(content)
    for read in (read_wheel, read_metadata):
        with pytest.raises(HelpersError, match="is no complete wheel"):
            read(path)
    assert read_inputs(path) == ""
    assert is_complete(path)


def _zip(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return path


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), "no .dist-info"),
        (("a.py",), "no .dist-info"),
        ((f"{_INFO}/METADATA", "b-1.dist-info/METADATA"), "no .dist-info"),
        ((f"{_INFO}/METADATA", "../a.py"), "leads out"),
        ((f"{_INFO}/METADATA", "a/../../b.py"), "leads out"),
        ((f"{_INFO}/METADATA", "/etc/a.py"), "leads out"),
    ],
)
def test_a_wheel_that_is_none_is_refused(tmp_path: Path, names: tuple[str, ...], why: str) -> None:
    with pytest.raises(HelpersError, match=why):
        read_wheel(_zip(tmp_path / _NAME, *names))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="stands in it twice"):
        read_wheel(_zip(tmp_path / _NAME, f"{_INFO}/METADATA", "a.py", "a.py"))


@pytest.mark.parametrize("name", ["a.whl", "a-1.0.whl", "a-x y-py3-none-any.whl", "a-1.0.tar.gz"])
def test_a_name_that_is_none_of_a_wheel_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HelpersError, match="is no complete wheel"):
        read_wheel(_zip(tmp_path / name, f"{_INFO}/METADATA"))


def test_folders_signatures_and_the_record_are_no_files(tmp_path: Path) -> None:
    record = [f"{_INFO}/RECORD{end}" for end in ("", ".jws", ".p7s")]
    path = _zip(tmp_path / _NAME, "a/", "a/RECORD", f"{_INFO}/METADATA", *record)
    assert set(read_wheel(path).files) == {"a/RECORD", f"{_INFO}/METADATA"}


@pytest.mark.parametrize(
    "tag", ["py3-none-any", "cp313-cp313-linux_x86_64", "py2.py3-none-manylinux1_x86_64.linux_i686"]
)
@pytest.mark.parametrize(
    ("name", "version"), [("A.b_c", "1.0"), ("x", "1!2.0rc1.post2.dev3+local.1")]
)
def test_the_name_of_a_file_is_read_as_it_was_written(name: str, version: str, tag: str) -> None:
    found = parse_wheel_filename(wheel_name(name, version, parse_tag(tag)))
    assert (str(found[1]), found[3]) == (version, parse_tag(tag))
    assert info_name(name, version).count("-") == 1


_VERSIONS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["1.0", "1!2", "0.0.1"]),
    st.sampled_from(["", "a1", "rc2"]),
    st.sampled_from(["", ".post3"]),
    st.sampled_from(["", ".dev4"]),
)


@given(_VERSIONS, st.sampled_from(["", "+abc", "+1.g2"]), st.integers(0, 999))
def test_a_version_without_its_local_part_is_one_that_indexes_take(
    public: str, local: str, commits: int
) -> None:
    from packaging.version import Version

    found = Version(without_local(f"{public}{local}", commits))
    assert found.local is None
    if not local or ".dev" in public:
        assert found == Version(public)
    else:
        assert (found.dev, found.base_version) == (commits, Version(public).base_version)
        assert found < Version(public)


@pytest.mark.parametrize(
    ("need", "after"),
    [
        ("c-d==1.0", "c-d==2.0"),
        ("C_D[x]==1.0+abc ; python_version == '3.13'", "C_D[x]==2.0 ; python_version == '3.13'"),
        ("c-d-e==1.0", "c-d-e==1.0"),
        ("other==1.0", "other==1.0"),
    ],
)
def test_only_what_gets_another_version_is_required_in_it(
    tmp_path: Path, need: str, after: str
) -> None:
    path = tmp_path / _NAME
    files = {"a.py": Entry(b""), "a_b-1.0.data/scripts/run": Entry(b"#!python\n", runs=True)}
    write_wheel(path, {**files, **_metadata(f"Requires-Dist: {need}")}, _INFO, _SECONDS)
    found = renumbered(read_wheel(path), {"a-b": "3.0.dev4", "c-d": "2.0"})
    head, _, body = found.metadata("METADATA").decode().partition("\n\n")
    assert head.split("\n")[2:] == ["Version: 3.0.dev4", f"Requires-Dist: {after}"]
    assert body == "Version: text"
    assert found.files["a_b-3.0.dev4.data/scripts/run"].runs
    assert not [name for name in found.files if "-1.0." in name]
