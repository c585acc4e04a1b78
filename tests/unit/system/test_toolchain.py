"""What a checkout of the toolchain says of itself."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.version import Version
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.toolchain import is_toolchain, toolchain_version


def test_own_version_is_read() -> None:
    assert toolchain_version(TOOLCHAIN_ROOT) >= Version(1, 3, 0)


def test_own_checkout_is_a_toolchain_and_another_folder_is_none(tmp_path: Path) -> None:
    assert is_toolchain(TOOLCHAIN_ROOT)
    assert not is_toolchain(tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "does not say its version"),
        ("project = 3\n", "cannot read the toolchain's version"),
        ("[project]\nversion = 3\n", "does not say its version"),
        ("[project]\nversion = 'soon'\n", "is not a version"),
        ("[project\n", "cannot read the toolchain's version"),
    ],
)
def test_version_that_is_missing_or_malformed_is_told(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(HelpersError, match=what):
        toolchain_version(tmp_path)


def test_checkout_without_its_project_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="does not say its version"):
        toolchain_version(tmp_path)
