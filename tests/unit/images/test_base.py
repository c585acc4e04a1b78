import os
from pathlib import Path

import pytest

from helpers.engine.pulls import pull_image
from helpers.images.apt_sources import read_debian_sources
from helpers.images.base import PATIENCE, plan_recipe
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from tests.builders import write_files


@pytest.mark.parametrize(
    ("wanted", "suite"),
    [
        ("python:3.13-slim-trixie", "trixie"),
        ("python:3.13-slim", "trixie"),
        ("docker.io/library/python:3.11-slim", "bookworm"),
        ("python:3.13.5-slim-trixie", "trixie"),
    ],
)
def test_the_suite_is_the_one_with_the_promised_python(wanted: str, suite: str) -> None:
    assert plan_recipe(wanted, "linux/amd64").suite == suite


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ("python:3.12-slim", "no Debian has Python 3.12"),
        ("python:3.13-slim-bookworm", "bookworm has no Python 3.13"),
        ("python:3.13-slim@sha256:" + "0" * 64, "cannot be made from packages"),
        ("ubuntu:24.04", "cannot be made from packages"),
    ],
)
def test_what_debian_cannot_give_is_an_error(wanted: str, what: str) -> None:
    with pytest.raises(HelpersError, match=what):
        plan_recipe(wanted, "linux/amd64")


def test_platforms_have_images_of_their_own() -> None:
    tags = {plan_recipe("python:3.13-slim", f"linux/{arch}").tag for arch in ("amd64", "arm64")}
    assert len(tags) == 2


def test_mirrors_come_from_the_machines_sources_in_both_formats(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "sources.list.d/debian.sources": "Types: deb\n# old\nURIs: http://mirror.example/debian\n"
            "Suites: bookworm bookworm-updates\nComponents: main\n\nTypes: deb\n"
            "URIs: https://other.example/node\nSuites: nodistro\nComponents: main\n",
            "sources.list": "deb [arch=amd64] http://security.example/s bookworm-security main\n",
        },
    )
    assert read_debian_sources("trixie", tmp_path) == (
        "deb http://mirror.example/debian trixie main",
        "deb http://mirror.example/debian trixie-updates main",
        "deb http://security.example/s trixie-security main",
    )


def test_a_machine_without_debian_names_no_mirror(tmp_path: Path) -> None:
    write_files(tmp_path, {"sources.list": "deb http://ubuntu.example/u noble main\n"})
    assert read_debian_sources("trixie", tmp_path) == ()


@pytest.mark.parametrize(
    ("said", "pulls"), [("read: connection reset by peer", 3), ("dial tcp: connection refused", 1)]
)
def test_a_pull_is_tried_again_where_the_connection_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, pulls: int
) -> None:
    script = tmp_path / "docker"
    script.write_text(f"#!/bin/sh\necho >> '{tmp_path}/pulls'\necho '{said}' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ProcessError, match="docker pull"):
        pull_image("registry.example/python:3", lambda _: None, PATIENCE, "linux/amd64")
    assert len((tmp_path / "pulls").read_text().splitlines()) == pulls
