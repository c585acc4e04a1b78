"""The version of this package, which is saved with each model."""

import tomllib
from importlib import metadata
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def package_version() -> str:
    """The version: of the installed package, or of the project where the code merely lies there."""
    try:
        return metadata.version(__package__)
    except metadata.PackageNotFoundError:
        with _PROJECT.open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])
