"""What a command wrote is data: plain files are kept, and metrics are numbers."""

import os
from pathlib import Path

import pytest

from helpers.containers.inputs_view import View
from helpers.model.settings.train_config import Metric
from helpers.training.written import read_metric, take_files

_METRIC = Metric("loss", "out/m.json", "test.loss", "lower")


def _view(root: Path) -> View:
    view = View(root / "view")
    view.make(root / "none", "app")
    (view.tree / "app" / "out").mkdir()
    return view


@pytest.fixture
def view(tmp_path: Path) -> View:
    (tmp_path / "none").mkdir()
    return _view(tmp_path)


def test_plain_files_of_the_dir_are_kept_and_nothing_else(view: View, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('{"test": {"loss": 1}}')
    out = view.tree / "app" / "out"
    (out / "model.bin").write_bytes(b"x")
    (out / "model.bin").chmod(0o4777)
    (out / "m.json").symlink_to(secret)
    (view.tree / "app" / "all").symlink_to("/")
    os.mkfifo(out / "pipe")
    (view.tree / "elsewhere").write_text("x")
    kept = tmp_path / "kept"
    kept.mkdir()
    files = take_files(view, {}, "app", kept / "files")
    assert files == ["out/model.bin"]
    found = [path for path in (kept / "files").rglob("*") if not path.is_dir()]
    assert found == [kept / "files" / "out" / "model.bin"]
    assert found[0].stat().st_mode & 0o7777 == 0o755
    assert list(kept.iterdir()) == [kept / "files"]
    assert "wrote no out/m.json" in str(read_metric(_METRIC, kept / "files", files))
    assert secret.exists()


def test_a_command_that_writes_nothing_leaves_no_folder(view: View, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    assert take_files(view, {}, "app", kept / "files") == []
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"test": {"loss": 0.5}}', 0.5),
        ('{"test": {"loss": 3}}', 3.0),
        ('{"test": {"loss": NaN}}', "loss is no finite number in out/m.json"),
        ('{"test": {"loss": Infinity}}', "loss is no finite number in out/m.json"),
        ('{"test": {"loss": 1e999}}', "loss is no finite number in out/m.json"),
        ('{"test": {"loss": 1%s}}' % ("0" * 400), "loss is no finite number in out/m.json"),
        ('{"test": {"loss": true}}', "loss is no finite number in out/m.json"),
        ('{"test": {"loss": "0.5"}}', "loss is no finite number in out/m.json"),
        ('{"test": 1}', "out/m.json has no test.loss, where loss should be"),
        ("[]", "out/m.json has no test.loss, where loss should be"),
        ("", "out/m.json is no JSON, so loss was not read"),
        ("[" * 100_000, "out/m.json is no JSON, so loss was not read"),
        ("\udcff", "out/m.json is no JSON, so loss was not read"),
        (" " * 1_000_001, "out/m.json is larger than a megabyte, so loss was not read"),
        ("9" * 5_000, "out/m.json is no JSON, so loss was not read"),
    ],
)
def test_a_metric_is_a_finite_number_or_the_reason_why_not(
    tmp_path: Path, text: str, found: float | str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "m.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    read = read_metric(_METRIC, tmp_path, ["out/m.json"])
    assert read == found if isinstance(found, float) else str(read).startswith(found)
