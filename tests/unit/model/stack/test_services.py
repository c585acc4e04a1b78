"""Which dir's image a service runs, and what it asks of the host."""

from typing import Any

import pytest

from helpers.model.errors import HelpersError
from helpers.model.stack.services import Service, plan_services, without_tag
from helpers.model.stack.stack_file import StackFile

_FILE = StackFile("f", {("services", "api"): 2, ("services", "api", "labels", "helpers.dir"): 3})
_DIRS = {"projects/api": "projects/api", "projects/worker": "projects/worker", ".": "."}


def _planned(**services: Any) -> dict[str, Service]:
    names = {"shop/api": "projects/api", "reg.example.org:5000/shop/api": "projects/api"}
    found = plan_services({"services": services}, _FILE, names, _DIRS)
    return {one.name: one for one in found}


def _refused(**services: Any) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        _planned(**services)
    return caught.value


def test_a_service_belongs_to_a_dir_by_its_image_or_by_a_label() -> None:
    found = _planned(
        a={"image": "shop/api:prod"},
        b={"image": "reg.example.org:5000/shop/api@sha256:12"},
        c={"labels": {"helpers.dir": "./projects/worker/"}, "image": "other"},
        d={"image": "redis:7"},
        e={"build": {"context": "."}},
        f={"labels": {"helpers.dir": "."}},
    )
    assert [one.dir for one in found.values()] == [
        "projects/api", "projects/api", "projects/worker", "", "", ".",
    ]  # fmt: skip
    assert found["e"].built


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("a", "a"),
        ("a:1", "a"),
        ("h:5000/a", "h:5000/a"),
        ("h:5000/a:1@sha256:0", "h:5000/a"),
    ],
)
def test_the_name_of_an_image_is_without_its_tag(image: str, name: str) -> None:
    assert without_tag(image) == name


def test_a_service_that_leads_nowhere_is_refused_with_the_dirs_that_are_near() -> None:
    error = _refused(api={"command": ["x"]})
    assert error.what == "the service api leads to no dir and has no image"
    assert error.where == "f:2"
    assert "labels: {helpers.dir: projects/api}" in error.fix


def test_a_label_that_names_no_dir_is_refused_at_its_line() -> None:
    error = _refused(api={"labels": {"helpers.dir": "projects/apy"}})
    assert (error.where, "'projects/apy'" in error.what) == ("f:3", True)
    assert "projects/api" in error.fix


def test_a_service_on_whose_end_another_waits_is_done_when_it_has_ended() -> None:
    waits = {"condition": "service_completed_successfully"}
    found = _planned(
        a={"image": "x", "depends_on": {"b": waits, "c": {"condition": "service_started"}}},
        b={"image": "x"},
        c={"image": "x"},
        d={"image": "x", "labels": {"helpers.once": "true"}},
    )
    assert {name for name, one in found.items() if one.once} == {"b", "d"}


def test_two_services_cannot_have_one_port() -> None:
    port = {"published": "8000", "target": 80, "protocol": "tcp"}
    error = _refused(a={"image": "x", "ports": [port]}, b={"image": "x", "ports": [port]})
    assert error.what == "port 8000 is asked for by a and by b"


def test_a_port_of_a_range_or_of_the_engines_choice_is_any_that_is_free() -> None:
    ports = [{"published": "8000-8010", "target": 80}, {"target": 81}]
    assert [one.number for one in _planned(a={"image": "x", "ports": ports})["a"].ports] == [0, 0]


def test_a_file_without_services_is_refused() -> None:
    assert "no services" in _refused().what
