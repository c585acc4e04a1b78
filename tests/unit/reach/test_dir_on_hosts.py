"""Files of results that a host sends are unpacked below their folder alone."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from helpers.reach.dir_on_hosts import _unpack


def _archive() -> io.BytesIO:
    """Files as tests write them, and such as lead out of their folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, kind, leads in (
            ("log.txt", tarfile.REGTYPE, ""),
            ("written/inner", tarfile.SYMTYPE, "../log.txt"),
            ("same", tarfile.LNKTYPE, "log.txt"),
            ("out", tarfile.SYMTYPE, ".."),
            ("out/through.txt", tarfile.REGTYPE, ""),
            ("absolute", tarfile.SYMTYPE, "/etc"),
            ("hard", tarfile.LNKTYPE, "../beside.txt"),
            ("../above.txt", tarfile.REGTYPE, ""),
            ("pipe", tarfile.FIFOTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.uid = kind, leads, 12345
            member.size = len("text") if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"text"))
    packed.seek(0)
    return packed


@pytest.mark.parametrize("filters", [True, False])
def test_what_leads_out_of_the_folder_is_left_out_by_every_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: bool
) -> None:
    if not filters:  # as Python 3.11.2
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    beside = tmp_path / "beside.txt"
    beside.write_text("beside")
    folder = tmp_path / "results"
    folder.mkdir()
    _unpack(_archive(), folder)
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    assert found == {"log.txt", "written", "written/inner", "same", "out", "out/through.txt"}
    assert not (folder / "out").is_symlink()
    assert (folder / "written" / "inner").read_text() == "text"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside.txt", "results"]
    assert (folder / "log.txt").stat().st_uid == os.getuid()
