"""What is laid over a stack's file."""

from typing import Any

import yaml

from helpers.model.stack.services import Service
from helpers.stacks.overlay import Made, overlay

_LABELS = {"org.helpers.repo": "demo", "org.helpers.repo-root": "/srv/$x"}


class _Loader(yaml.SafeLoader):
    """Reads Compose's own word as None, as Compose does."""


_Loader.add_constructor("!reset", lambda *_: None)


def _laid(given: dict[str, Any], *, dir: str = "", made: Made | None = None, **more: Any) -> Any:
    service = Service("api", dir, "build" in given, once=False, ports=(), where="")
    config = {"name": "demo-1", "services": {"api": given}, **more}
    text = overlay(config, (service,), {dir: made} if made else {}, _LABELS, {})
    return yaml.load(text, Loader=_Loader)


def test_a_dirs_service_runs_that_very_image_and_nothing_else() -> None:
    given = {"image": "demo/api", "build": {"context": "."}}
    found = _laid(given, dir="api", made=Made("sha256:1", {}))["services"]["api"]
    assert (found["image"], found["pull_policy"]) == ("sha256:1", "never")
    assert found["build"] is None
    assert found["labels"]["org.helpers.dir"] == "api"


def test_a_dollar_in_a_path_begins_no_variable() -> None:
    found = _laid({"image": "redis"})["services"]["api"]
    assert found == {"labels": {**_LABELS, "org.helpers.repo-root": "/srv/$$x"}}


def test_no_name_is_one_that_another_checkout_may_have() -> None:
    given = {"image": "redis", "container_name": "queue", "networks": {"default": None}}
    volumes = {
        "own": {"name": "kept"},
        "whole": {"name": "demo-1_whole"},
        "far": {"external": True},
    }
    found = _laid(given, networks={"default": {"name": "demo-1_default"}}, volumes=volumes)
    assert found["services"]["api"]["container_name"] is None
    assert found["services"]["api"]["networks"] == {"default": {"aliases": ["queue"]}}
    assert found["volumes"] == {"own": {"name": "demo-1_kept"}}
    assert set(found["networks"]["default"]) == {"labels"}


def test_what_a_person_wrote_of_a_service_counts() -> None:
    settings = {
        "command": ["serve"],
        "working_dir": "/repo/api",
        "environment": {"HOME": "/h", "LANG": "C.UTF-8"},
        "volumes": [{"type": "bind", "source": "/repo", "target": "/repo"}],
        "healthcheck": {"test": ["CMD", "true"]},
    }
    given = {
        "command": ["migrate"],
        "environment": {"LANG": "de"},
        "volumes": [{"type": "volume", "target": "/data"}],
        "healthcheck": {"disable": True},
    }
    found = _laid(given, dir="api", made=Made("sha256:1", settings))["services"]["api"]
    assert "command" not in found
    assert "healthcheck" not in found
    assert found["environment"] == {"HOME": "/h"}
    assert found["working_dir"] == "/repo/api"
    assert found["volumes"] == settings["volumes"]
