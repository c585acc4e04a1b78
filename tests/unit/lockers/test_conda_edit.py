from pathlib import Path

import pytest

from helpers.lockers.conda_edit import edit_asked
from helpers.lockers.conda_files import read_asked
from helpers.model.errors import HelpersError
from tests.builders import write_files

_ENVIRONMENT = """\
name: geo   # the name
channels:
  - conda-forge
dependencies:
  - python=3.13
  - gdal  # stays
  - pip:
      - requests
"""
_PIXI = """\
[workspace]
channels = ["conda-forge"]
platforms = ["linux-64"]

[dependencies]
gdal = "*"  # stays
"""


def _edited(
    root: Path, *packages: str, group: str = "", pip: bool = False, adds: bool = True
) -> str:
    edit = edit_asked(root, packages, group, pip=pip, adds=adds)
    read_asked(root, {edit.name: edit.after})
    return edit.after


def test_a_package_comes_before_the_pip_part_and_comments_stay(tmp_path: Path) -> None:
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT})
    assert _edited(tmp_path, "numpy >=2") == _ENVIRONMENT.replace(
        "  - pip:", "  - numpy >=2\n  - pip:"
    )
    assert (
        _edited(tmp_path, "flask[async]>=3", pip=True) == f"{_ENVIRONMENT}      - flask[async]>=3\n"
    )
    assert "- python=3.12\n" in _edited(tmp_path, "python=3.12")


def test_a_pip_part_is_made_and_goes_with_its_last_package(tmp_path: Path) -> None:
    plain = _ENVIRONMENT.partition("  - pip:")[0]
    write_files(tmp_path, {"environment.yml": plain})
    with_pip = _edited(tmp_path, "requests", pip=True)
    write_files(tmp_path, {"environment.yml": with_pip})
    assert read_asked(tmp_path).needs["default"]["linux-64"].pypi == ("requests",)
    assert _edited(tmp_path, "Requests", adds=False) == plain


def test_what_developing_needs_has_a_file_of_its_own(tmp_path: Path) -> None:
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT})
    edit = edit_asked(tmp_path, ["pytest"], "dev", pip=False, adds=True)
    assert (edit.name, edit.before) == ("environment_dev.yml", None)
    assert edit.after == "dependencies:\n- pytest\n"


def test_a_pixi_file_gets_tables(tmp_path: Path) -> None:
    write_files(tmp_path, {"pixi.toml": _PIXI})
    assert _edited(tmp_path, "conda-forge::numpy >=2") == (
        f'{_PIXI}numpy = {{version = ">=2", channel = "conda-forge"}}\n'
    )
    assert 'gdal = ">=3"  # stays\n' in _edited(tmp_path, "GDAL>=3")
    in_dev = _edited(tmp_path, "pytest", group="dev")
    assert '[feature.dev.dependencies]\npytest = "*"\n' in in_dev
    assert '[environments]\ndev = ["dev"]\n' in in_dev
    pip = _edited(tmp_path, "requests[socks]>=2", pip=True)
    assert '[pypi-dependencies]\nrequests = {version = ">=2", extras = ["socks"]}\n' in pip
    assert "gdal" not in _edited(tmp_path, "gdal", adds=False)


@pytest.mark.parametrize(
    ("packages", "group", "pip", "told"),
    [
        (("numpy",), "", False, "does not ask for numpy"),
        (("gdal",), "", True, "in its pip part"),
        (("gdal",), "docs", False, "there is no group 'docs'"),
        (("!",), "", False, "is no package"),
    ],
)
def test_what_cannot_be_taken_out_is_told(
    tmp_path: Path, packages: tuple[str, ...], group: str, pip: bool, told: str
) -> None:
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT})
    with pytest.raises(HelpersError, match=told) as caught:
        edit_asked(tmp_path, packages, group, pip=pip, adds=False)
    assert caught.value.fix
