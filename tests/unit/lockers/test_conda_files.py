from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.lockers.conda_files import DEV, MAIN, Needs, read_asked
from helpers.model.errors import HelpersError
from tests.builders import write_files

_ENVIRONMENT = """\
name: geo
channels: [conda-forge, nodefaults]
platforms: [linux-64, osx-arm64]
dependencies:
  - python=3.13
  - conda-forge::gdal >=3
  - pip
  - pip: [requests>=2, -e ../lib, -r more.txt]
variables: {GDAL_CACHEMAX: 512}
"""
_PIXI = """\
[workspace]
channels = ["conda-forge", {channel = "https://example.org/geo", priority = 1}]
platforms = ["linux-64", "linux-aarch64", "win-64"]
[dependencies]
python = "3.13.*"
gdal = {version = ">=3", channel = "conda-forge", build = "h*"}
pip = "*"
[target.linux-64.dependencies]
mkl = "*"
[pypi-dependencies]
requests = {version = ">=2", extras = ["socks"]}
lib = {path = "../lib", editable = true}
[feature.dev.dependencies]
pytest = ">=8"
[system-requirements]
cuda = "12.4"
[activation.env]
MODE = "fast"
"""


def _root(folder: Path, files: Mapping[str, str]) -> Path:
    write_files(folder, files)
    return folder


def test_an_environment_file_asks_for_the_same_on_every_platform(tmp_path: Path) -> None:
    asked = read_asked(_root(tmp_path, {"environment.yml": _ENVIRONMENT}))
    assert asked.channels == ("conda-forge",)
    assert asked.platforms == ("linux-64",)
    assert asked.variables == {"GDAL_CACHEMAX": "512"}
    assert asked.local == ("-e ../lib",)
    conda = ("python=3.13", "conda-forge::gdal >=3", "pip")
    needs = Needs(conda, ("requests>=2", "-r more.txt"))
    assert asked.needs == {MAIN: {"linux-64": needs, "linux-aarch64": needs}}


def test_developing_needs_more(tmp_path: Path) -> None:
    dev = "dependencies: [pytest, pip, {pip: [black]}]\n"
    files = {"environment.yml": _ENVIRONMENT, "environment_dev.yml": dev}
    asked = read_asked(_root(tmp_path, files))
    both = asked.needs[DEV]["linux-64"]
    assert both.conda == ("python=3.13", "conda-forge::gdal >=3", "pip", "pytest")
    assert both.pypi == ("requests>=2", "-r more.txt", "black")
    assert "pytest" not in asked.needs[MAIN]["linux-64"].conda


def test_a_pixi_file_asks_per_platform_and_feature(tmp_path: Path) -> None:
    asked = read_asked(_root(tmp_path, {"pixi.toml": _PIXI}))
    assert asked.channels == ("conda-forge", "https://example.org/geo")
    assert asked.platforms == ("linux-64", "linux-aarch64")
    assert (asked.cuda, asked.variables, asked.local) == ("12.4", {"MODE": "fast"}, ("./../lib",))
    arm = asked.needs[MAIN]["linux-aarch64"]
    assert arm == Needs(
        ("python 3.13.*", "conda-forge::gdal >=3 h*", "pip"), ("requests[socks]>=2",)
    )
    assert asked.needs[DEV]["linux-64"].conda == (*arm.conda, "mkl", "pytest >=8")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"environment.yml": "channels: [a\n"}, "environment.yml is malformed"),
        ({"environment.yml": "- a\n"}, "it is no table"),
        ({"environment.yml": "channels: [a]\ndependencies: [{npm: [x]}]\n"}, "neither a package"),
        ({"environment.yml": "dependencies: [python]\n"}, "names no channel"),
        ({"pixi.toml": "[workspace\n"}, "pixi.toml is malformed"),
        ({"pixi.toml": '[dependencies]\nx = {git = "https://x"}\n'}, "built from source"),
        ({"environment.yml": _ENVIRONMENT, "pixi.toml": _PIXI}, "which one counts"),
        ({}, "there is no environment.yml"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, files: Mapping[str, str], told: str) -> None:
    with pytest.raises(HelpersError) as caught:
        read_asked(_root(tmp_path, files))
    assert told in caught.value.what
    assert str(tmp_path) in caught.value.where
    assert caught.value.fix


def test_only_what_decides_about_the_lock_changes_its_hash(tmp_path: Path) -> None:
    first = read_asked(_root(tmp_path, {"environment.yml": _ENVIRONMENT})).digest()
    write_files(tmp_path, {"environment.yml": f"# a comment\n{_ENVIRONMENT}"})
    assert read_asked(tmp_path).digest() == first
    write_files(tmp_path, {"environment.yml": _ENVIRONMENT.replace("3.13", "3.12")})
    assert read_asked(tmp_path).digest() != first
