"""What is laid over any stack: nothing of the person's file is lost, and no text is a variable."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.model.stack.services import Service
from helpers.stacks.overlay import Made, overlay

_LABELS = {"org.helpers.repo": "demo"}
_RESET = "!reset"


class _Loader(yaml.SafeLoader):
    """Reads Compose's own word as itself."""


_Loader.add_constructor(_RESET, lambda *_: _RESET)
_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('$"\\{}'), max_size=8
)


def _service(name: str, dir: str = "", *, built: bool = False) -> Service:
    return Service(name, dir, built, once=False, ports=(), where="")


def _laid(
    config: dict[str, Any],
    *services: Service,
    made: dict[str, Made] | None = None,
    variables: dict[str, str] | None = None,
) -> Any:
    text = overlay({"name": "p", **config}, services, made or {}, _LABELS, variables or {})
    return yaml.load(text.replace("$$", "$"), Loader=_Loader)


@settings(max_examples=40)
@given(st.dictionaries(_TEXTS, _TEXTS, max_size=2), st.lists(_TEXTS, max_size=2))
def test_any_text_arrives_as_it_is(environment: dict[str, str], words: list[str]) -> None:
    keys = {"environment": environment, "command": words}
    text = overlay(
        {"name": "p", "services": {"a": {"build": {}}}},
        (_service("a", "apps/a"),),
        {"apps/a": Made("sha256:1", keys)},
        _LABELS,
        {},
    )
    assert not text.replace("$$", "").count("$")
    found = yaml.load(text.replace("$$", "$"), Loader=_Loader)["services"]["a"]
    assert found["environment"] == environment
    assert found["command"] == words
    assert found["build"] == _RESET


@given(
    st.dictionaries(st.sampled_from("ABC"), _TEXTS), st.dictionaries(st.sampled_from("ABC"), _TEXTS)
)
def test_a_variable_of_the_persons_is_never_replaced(
    own: dict[str, str], ours: dict[str, str]
) -> None:
    config = {"services": {"a": {"environment": own}}}
    made = {"apps/a": Made("sha256:1", {"environment": ours})}
    found = _laid(config, _service("a", "apps/a"), made=made)["services"]["a"]["environment"]
    assert {**ours, **own} == {**found, **own}
    assert not found.keys() & own.keys()


def test_an_image_that_is_built_here_is_never_pulled_and_named_by_what_it_is_made_of() -> None:
    build = {"context": "/nowhere", "dockerfile_inline": "FROM scratch\n", "args": {"A": "1"}}
    names = set()
    for given_args in ({"A": "1"}, {"A": "2"}, {"A": "1"}):
        config = {"services": {"DB": {"build": {**build, "args": given_args}}}}
        found = _laid(config, _service("DB", built=True))["services"]["DB"]
        assert found["image"].startswith("helpers-service-db:")
        assert found["image"] == found["image"].lower()
        assert found["pull_policy"] in ("never", "build")
        assert found["build"] == {"labels": _LABELS}
        names.add(found["image"])
    assert len(names) <= 2


@pytest.mark.parametrize("networks", [None, {}, {"default": None, "back": {"aliases": ["x"]}}])
def test_a_name_of_a_container_becomes_an_alias_on_each_network(networks: Any) -> None:
    given_service = {"image": "redis", "container_name": "queue", "networks": networks}
    found = _laid({"services": {"a": given_service}}, _service("a"))["services"]["a"]
    assert found["container_name"] == _RESET
    assert found["networks"] == {key: {"aliases": ["queue"]} for key in networks or ()}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"name": "p_own"}, None),
        ({"name": "shared"}, {"name": "p_shared"}),
        ({"name": "p"}, {"name": "p_p"}),
        (None, {"name": "p_own"}),
        ({"external": True, "name": "far"}, None),
    ],
)
def test_what_another_checkout_could_have_gets_the_projects_name(
    item: dict[str, Any] | None, expected: dict[str, str] | None
) -> None:
    config = {
        "services": {"a": {"image": "x"}},
        "volumes": {"own": item},
        "networks": {"own": item},
    }
    found = _laid(config, _service("a"))
    assert found.get("volumes", {}).get("own") == expected
    external = bool(item and item.get("external"))
    network = None if external else {"labels": _LABELS, **(expected or {})}
    assert found.get("networks", {}).get("own") == network


def test_a_stack_of_images_alone_gets_labels_and_nothing_else() -> None:
    assert _laid({"services": {"a": {"image": "x"}}}, _service("a")) == {
        "services": {"a": {"labels": _LABELS}}
    }
