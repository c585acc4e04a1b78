"""py-rattler, whose API is below 1.0, does what is taken for granted of it; no engine."""

import re
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests.package_indexes import make_environment

pytestmark = pytest.mark.superslow

_REQUIREMENTS = TOOLCHAIN_ROOT / "tests" / "integration" / "conda_requirements.txt"
_INSTALLER = TOOLCHAIN_ROOT / "devops" / "installer" / "conda_requirements.txt"
_SCRIPT = TOOLCHAIN_ROOT / "tests" / "conda_contract.py"


def test_rattler_does_what_is_taken_for_granted_of_it(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env", _REQUIREMENTS)
    # As anybody may have it.
    work = tmp_path / "a ü" / "dir"
    work.mkdir(parents=True)
    run([python, _SCRIPT, work.parent / "channel", TOOLCHAIN_ROOT / "devops/in_build"], cwd=work)


def test_it_is_tried_in_the_version_that_images_are_built_with() -> None:
    pins = [
        re.findall(r"^py-rattler==\S+", one.read_text(), re.M)
        for one in (_REQUIREMENTS, _INSTALLER)
    ]
    assert pins[0] == pins[1] != []
