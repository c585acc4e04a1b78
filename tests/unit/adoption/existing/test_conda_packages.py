from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.existing.plan import ExistingRequest, plan_existing
from helpers.model.errors import HelpersError
from tests.builders import write_files

_ENVIRONMENT = "channels: [conda-forge]\ndependencies: [python, gdal]\n"
_CODE = {"geo/__init__.py": "", "tests/test_geo.py": "def test_it():\n    pass\n"}


def _plan(folder: Path, files: Mapping[str, str], file: str) -> tuple[dict[str, str], bool]:
    write_files(folder, {**_CODE, **files})
    request = ExistingRequest(folder, "apps/geo", "geo", file, date(2026, 11, 30), False)
    plan = plan_existing(request)
    return {
        one.path.removeprefix("apps/geo/"): one.after or "" for one in plan.changes
    }, plan.to_lock


def test_what_tests_need_besides_is_for_developing(tmp_path: Path) -> None:
    written, to_lock = _plan(tmp_path, {"environment.yml": _ENVIRONMENT}, "environment.yml")
    assert to_lock
    assert written["environment_dev.yml"] == "dependencies:\n- pytest\n"
    assert written["changelog.txt"].startswith("# geo-1.0.0\n")
    assert not {name for name in written if "requirements" in name}


def test_what_is_asked_for_already_is_not_added(tmp_path: Path) -> None:
    files = {"environment.yml": _ENVIRONMENT.replace("gdal", "conda-forge::pytest>=8")}
    written, to_lock = _plan(tmp_path, files, "environment.yml")
    assert to_lock
    assert "environment_dev.yml" not in written


def test_a_file_of_another_name_becomes_the_one_that_counts(tmp_path: Path) -> None:
    written, to_lock = _plan(tmp_path, {"ci/env.yaml": _ENVIRONMENT}, "ci/env.yaml")
    assert to_lock
    assert written["environment.yml"] == _ENVIRONMENT
    assert written["environment_dev.yml"] == "dependencies:\n- pytest\n"


_URL = "https://h.example.org/c/linux-64/pytest-9.2.0-0.conda"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "conda-lock.yml",
            "version: 1\nmetadata: {platforms: [linux-64]}\npackage:\n"
            "- {name: pytest, version: 9.2.0, manager: conda, platform: linux-64,\n"
            f"   dependencies: {{}}, url: '{_URL}', hash: {{sha256: {'0' * 64}}},\n"
            "   category: main, optional: false}\n",
        ),
        ("conda-linux-64.lock", f"@EXPLICIT\n{_URL}#{'0' * 64}\n"),
    ],
)
def test_a_lock_of_another_tool_may_stand_there_already(
    name: str, text: str, tmp_path: Path
) -> None:
    written, to_lock = _plan(tmp_path, {name: text}, name)
    assert not to_lock
    assert {"changelog.txt", "devops/os_packages.txt", "pytest.ini"} == set(written)


@pytest.mark.parametrize(
    ("files", "file", "told"),
    [
        ({}, "environment.yml", "there is no environment.yml"),
        ({"environment.yml": "a: [\n"}, "environment.yml", "malformed"),
        (
            {"environment.yml": _ENVIRONMENT, "e.yml": _ENVIRONMENT},
            "e.yml",
            "already, which counts",
        ),
        (
            {"environment.yml": _ENVIRONMENT, "requirements.txt": "a\n"},
            "environment.yml",
            "decides",
        ),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: Path, files: Mapping[str, str], file: str, told: str
) -> None:
    with pytest.raises(HelpersError, match=told) as caught:
        _plan(tmp_path, files, file)
    assert caught.value.fix
