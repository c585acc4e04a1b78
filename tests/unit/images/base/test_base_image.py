import io
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from helpers.console.runs.plain import PlainRunView
from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.engine.pulls import pull_image
from helpers.images.base import archive, prepare
from helpers.images.base.apt_sources import read_debian_sources
from helpers.images.base.archive import base_lease, make_archive
from helpers.images.base.base_image import RETRIES, ensure_base_image
from helpers.images.base.recipe import BaseRecipe, plan_recipe
from helpers.model.errors import HelpersError
from helpers.model.events import BuildGoesOn, Event, Notice
from helpers.system.process import ProcessError
from tests.builders import make_repo, write_files


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
        pull_image("registry.example/python:3", lambda _: None, RETRIES, "linux/amd64")
    assert len((tmp_path / "pulls").read_text().splitlines()) == pulls


def _make_text(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Instead of packages, put a text into archives."""

    def write(recipe: BaseRecipe, file: Path, log: Path) -> None:
        file.write_text(text)

    monkeypatch.setattr(archive, "_bootstrap", write)
    monkeypatch.setattr(archive, "_need_tools", lambda _: None)
    monkeypatch.setattr(prepare, "TOOLS", ())


def test_an_archive_that_was_prepared_is_taken_for_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path)
    _make_text(monkeypatch, "prepared")
    prepare.prepare_base(repo, "linux/amd64")
    _make_text(monkeypatch, "made anew")
    recipe = plan_recipe(repo.config.base_image, "linux/amd64")
    made = make_archive(repo, recipe)
    assert made.read_text() == "prepared"
    long_ago = time.time() - 3700
    os.utime(made, (long_ago, long_ago))
    assert make_archive(repo, recipe).read_text() == "made anew"


class _Engine(Client):
    """Has the base image once it was brought."""

    def __init__(self) -> None:
        super().__init__(Endpoint("unix:///nowhere", "test"))
        self.is_brought = False

    def call(self, method: str, path: str, **_: Any) -> Any:  # noqa: ARG002
        if path == "/images/json":
            return [{"Id": "1", "RepoTags": ["python:3"], "Labels": None, "Size": 1}]
        return {"Id": "1", "RepoTags": ["python:3"], "Os": "linux", "Architecture": "amd64",
                "Config": {"Labels": None}} if self.is_brought else None  # fmt: skip


def test_that_another_brings_the_base_image_is_told_while_it_does(tmp_path: Path) -> None:
    repo, engine = make_repo(tmp_path), _Engine()
    view = PlainRunView(io.StringIO())
    told: list[str] = []
    notices: list[str] = []

    def listen(event: Event) -> None:
        view(event)
        told.append(view._state.going_on(1.0))
        notices.extend([event.text] if isinstance(event, Notice) else [])
        if len(told) == 1:
            engine.is_brought = True
            other.release()

    def interrupt(event: Event) -> None:
        if isinstance(event, BuildGoesOn):
            raise KeyboardInterrupt

    other = base_lease(repo, "python:3")
    with pytest.raises(KeyboardInterrupt):
        ensure_base_image(repo, "linux/amd64", interrupt, engine, "python:3")
    assert ensure_base_image(repo, "linux/amd64", listen, engine, "python:3") == "python:3"
    assert dict.fromkeys(told) == {
        "all: base image: waiting for another build that is getting it": None,
        "": None,
    }
    # Commands that show no steps of builds, such as `i docker_build_base_image`, show this.
    assert notices == ["waiting for another build that is getting the base image"]


def test_an_archive_that_is_not_complete_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(recipe: BaseRecipe, file: Path, log: Path) -> None:
        file.write_text("half")
        raise HelpersError("the disk is full")

    repo = make_repo(tmp_path)
    _make_text(monkeypatch, "whole")
    recipe = plan_recipe(repo.config.base_image, "linux/amd64")
    with monkeypatch.context() as broken:
        broken.setattr(archive, "_bootstrap", fail)
        with pytest.raises(HelpersError, match="the disk is full"):
            make_archive(repo, recipe)
    assert not list(tmp_path.rglob("*.tar"))
    assert make_archive(repo, recipe).read_text() == "whole"


def test_nothing_is_prepared_of_what_no_packages_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path, config="name: demo\nbase_image: ubuntu:24.04\n")
    _make_text(monkeypatch, "never")
    prepare.prepare_base(repo, "linux/amd64")
    assert not list(tmp_path.rglob("*.tar"))


@pytest.mark.parametrize(
    ("environment", "expected"), [({}, False), ({"HTTPS_PROXY": "http://proxy.example:1"}, True)]
)
def test_what_a_proxy_may_reach_is_left_to_the_engine(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert prepare.may_pull(environment) is expected
