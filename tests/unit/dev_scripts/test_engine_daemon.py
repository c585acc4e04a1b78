"""How the engine that we started is told from others."""

import json
import os
from pathlib import Path

import pytest
from bootstrap import daemon


def write_record(state: Path, pid: int, started: int) -> None:
    (state / "engine.json").write_text(json.dumps({"pid": pid, "started": started}))


def test_process_with_its_start_time_is_recognised(tmp_path: Path) -> None:
    started = daemon.process_started(os.getpid())
    assert started is not None
    write_record(tmp_path, os.getpid(), started)

    assert daemon.started_by_us(tmp_path) == daemon.Record(os.getpid(), started)


def test_later_process_with_the_same_id_is_another(tmp_path: Path) -> None:
    write_record(tmp_path, os.getpid(), 12345)

    assert daemon.started_by_us(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_broken_record_is_no_record(tmp_path: Path, text: str) -> None:
    (tmp_path / "engine.json").write_text(text)

    assert daemon.started_by_us(tmp_path) is None


def test_configuration_of_the_system_is_kept_and_the_store_turned_on() -> None:
    text = daemon.merged_config('{"registry-mirrors": ["https://m"], "hosts": ["fd://"]}', "/d")

    assert json.loads(text) == {
        "registry-mirrors": ["https://m"],
        "features": {"containerd-snapshotter": True},
        "data-root": "/d",
    }


def test_store_that_the_system_turned_off_stays_off() -> None:
    text = daemon.merged_config('{"features": {"containerd-snapshotter": false}}', "")

    assert json.loads(text)["features"] == {"containerd-snapshotter": False}
