"""Which Python a base image has, and which image has a Python: known from names alone."""

import re
from typing import NamedTuple

# The Python of each release of Debian that the toolchain's own code runs on.
SUITES = {"bookworm": "3.11", "trixie": "3.13"}
_OFFICIAL = re.compile(
    r"(?:docker\.io/)?(?:library/)?python:(?P<python>\d+\.\d+)(?P<patch>\.\d+)?"
    r"(?:-slim)?(?:-(?P<suite>[a-z]+))?"
)
# The same image on a mirror, or with a digest, still says its Python.
_NAMED = re.compile(r"(?:\S+/)?python:(?P<python>\d+\.\d+(?:\.\d+)?)(?![\d.])[^@\s]*(?:@\S+)?")
PYTHON_VERSION = r"3\.[0-9]{1,2}"


class Official(NamedTuple):
    """The parts of the name of a Python image of the Docker library; what it lacks is empty."""

    python: str
    patch: str
    suite: str


def official(image: str) -> Official | None:
    """The parts of a name; None where it is no Python image of the Docker library."""
    match = _OFFICIAL.fullmatch(image)
    return (
        Official(*(match[name] or "" for name in ("python", "patch", "suite"))) if match else None
    )


def python_of(image: str) -> str:
    """The Python that the name of an image promises: `3.11` or `3.11.4`; empty: it names none."""
    match = _NAMED.fullmatch(image)
    return match["python"] if match else ""


def image_of_python(version: str) -> str:
    """The base image that has a Python; of the release of Debian that has the same, or the newest.

    A package of Debian that needs Python then finds the one that it was made for.
    """
    newest = list(SUITES)[-1]
    suite = next((suite for suite, python in SUITES.items() if python == version), newest)
    return f"python:{version}-slim-{suite}"
