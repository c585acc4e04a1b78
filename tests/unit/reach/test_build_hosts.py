import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.engine.builds import BuildError
from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.builders import Site
from helpers.model.errors import HelpersError
from helpers.model.events import Event, Notice, Warned
from helpers.model.settings.hosts_config import THIS_MACHINE, DockerHost
from helpers.reach.build_hosts import BuildHost, BuildHosts, open_build_hosts
from helpers.reach.reached import Reached
from helpers.remote.link import Link

AMD = "linux/amd64"
ARM = "linux/arm64"
CLIENT = Client(Endpoint("unix:///none", "test"))


@contextmanager
def host(name: str, platform: str, most: int = 2) -> Iterator[BuildHost]:
    """A host behind a connection that carries nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        there = DockerHost(name, f"ssh://{name}")
        link = Link(there, ours, Path(f"/{name}.sock"), Path("/none"), {})
        yield BuildHost(Reached(there, CLIENT, link), platform, most)


def name_of(site: Site | None) -> str:
    return site.name if site else "here"


def gave_up() -> BuildError:
    error = BuildError("the Docker Engine went away", step="", lines=())
    error.passing = True
    return error


def test_each_platform_is_built_where_it_is_native_and_by_the_least_busy_host() -> None:
    with host("a", AMD) as a, host("b", AMD) as b, host("c", ARM) as c:
        hosts = BuildHosts([a, b, c])

        def nested(site: Site | None) -> tuple[str, str, str]:
            other = hosts.build(AMD, "two", lambda _: None, name_of)
            return name_of(site), other, hosts.build(ARM, "one", lambda _: None, name_of)

        assert hosts.build(AMD, "one", lambda _: None, nested) == ("a", "b", "c")
        assert hosts.at_once == 6
        assert [one.running for one in hosts.hosts] == [0, 0, 0]


def test_a_platform_that_no_host_has_is_built_here_and_that_is_said() -> None:
    events: list[Event] = []
    with host("a", AMD) as a:
        assert BuildHosts([a]).build(ARM, "one", events.append, name_of) == "here"
    assert events == [Notice(f"no host builds {ARM} natively: it is built here", "one")]


def test_what_a_lost_host_was_building_is_built_by_another_and_no_more_by_that_one() -> None:
    events: list[Event] = []

    def work(site: Site | None) -> str:
        if name_of(site) == "a":
            raise gave_up()
        return name_of(site)

    with host("a", AMD) as a, host("b", AMD) as b:
        hosts = BuildHosts([a, b])
        assert hosts.build(AMD, "one", events.append, work) == "b"
        assert hosts.hosts == [b]
    (lost,) = [one for one in events if isinstance(one, Warned)]
    assert lost.text.startswith("the host a was lost")
    assert lost.fix == "i hosts_check --hosts a"


def test_a_build_that_fails_is_not_built_again_and_its_error_names_the_host() -> None:
    def work(_: Site | None) -> None:
        raise BuildError("this step failed", step="RUN false", lines=(), where="RUN false")

    with host("a", AMD) as a, host("b", AMD) as b:
        hosts = BuildHosts([a, b])
        with pytest.raises(BuildError) as caught:
            hosts.build(AMD, "one", lambda _: None, work)
        assert caught.value.where == "on the host a\nRUN false"
        assert hosts.hosts == [a, b]


def test_this_machine_builds_as_a_host_that_needs_no_connection() -> None:
    here = BuildHost(Reached(THIS_MACHINE, CLIENT), AMD, 1)
    with host("a", AMD, most=1) as a:
        hosts = BuildHosts([here, a])
        assert hosts.build(AMD, "one", lambda _: None, name_of) == "here"
        assert not here.is_lost(gave_up())


def test_without_a_host_that_is_reached_nothing_is_built() -> None:
    events: list[Event] = []
    gone = DockerHost("gone", "ssh://127.0.0.1:1", where="hosts.yaml:1")
    with (
        pytest.raises(HelpersError, match="no host is reached") as caught,
        open_build_hosts([gone], os.environ, events.append),
    ):
        raise AssertionError("nothing to build on")
    assert caught.value.fix == "i hosts_check --hosts gone"
    assert [type(one) for one in events] == [Warned]
