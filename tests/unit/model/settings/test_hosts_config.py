import pytest

from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.hosts_config import (
    THIS_MACHINE,
    DockerHost,
    choose_hosts,
    parse_hosts,
)

BUILD1 = "build1: {address: ssh://ci@build1:22, slots: 8, memory: 32g, resources: {gpu: 1}}\n"
KNOWN = parse_hosts(BUILD1 + "arm1: {address: ssh://arm1}\n", "hosts.yaml")


def no_context(name: str) -> str:
    return ""


def test_a_repo_and_a_persons_file_say_the_same_of_a_host() -> None:
    build1 = DockerHost(
        "build1", "ssh://ci@build1:22", 8, 32 << 30, {"gpu": 1}, where="hosts.yaml:1"
    )
    assert KNOWN["build1"] == build1
    config = parse_repo_config(f"name: shop\nhosts:\n  {BUILD1}", "c")
    assert config.hosts["build1"].where == "c:3"
    assert config.hosts["build1"].address == build1.address


def test_what_is_not_said_is_left_to_the_host() -> None:
    assert KNOWN["arm1"] == DockerHost("arm1", "ssh://arm1", where="hosts.yaml:2")


def test_the_path_of_an_address_is_that_of_the_engines_socket() -> None:
    found = parse_hosts("a: {address: ssh://a:2222/run/user/1000/docker.sock}\n", "h")["a"]
    assert (found.address, found.socket) == ("ssh://a:2222", "/run/user/1000/docker.sock")


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ("\nb: {address: tcp://build1:2375}", "h:2", "without ssh or TLS", "ssh://[<user>@]"),
        ("b: {address: build1}", "h:1", "is no address of ssh", "ssh://[<user>@]"),
        ("b: {address: ssh://ci:word@build1}", "h:1", "***@build1", "ssh://[<user>@]"),
        ("b: {address: ssh://-oProxyCommand=x}", "h:1", "is no address", "ssh://[<user>@]"),
        ("b: {slots: 2}", "h:1", "key 'address' is missing", "address"),
        ("b: {address: ssh://b,\n slot: 2}", "h:2", "unknown key 'slot'", "'slots'"),
        ("b: {address: ssh://b, memory: much}", "h:1", "is not a size", "memory: 32g"),
        ("b: {address: ssh://b,\n resources: {gpu: few}}", "h:2", "expected a number", "gpu"),
        ("local: {address: ssh://b}", "h:1", "'local' is this machine", "build1"),
        ("b: ssh://b", "h:1", "names, each with keys of its own", "names"),
        ("- b", "h:1", "key: value", "key: value"),
    ],
)
def test_a_mistake_names_file_line_and_what_is_meant(
    text: str, where: str, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_hosts(text, "h")
    assert caught.value.where == where
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_an_empty_file_names_no_host() -> None:
    assert parse_hosts("", "h") == {}


def test_each_host_is_meant_once_in_the_order_given() -> None:
    found = choose_hosts("arm1, local,build1,arm1", KNOWN, no_context)
    assert found == (KNOWN["arm1"], THIS_MACHINE, KNOWN["build1"])


def test_the_name_of_a_docker_context_with_an_ssh_address_will_do() -> None:
    found = choose_hosts("far", KNOWN, lambda name: f"ssh://ci@{name}")
    assert found == (DockerHost("far", "ssh://ci@far", where="Docker context far"),)


@pytest.mark.parametrize(
    ("wanted", "what", "fix"),
    [
        ("build3", "there are: build1, arm1, local", "--hosts build1"),
        ("zzz", "there is no host 'zzz'", "--hosts build1 or --hosts arm1 or --hosts local"),
        (",", "names no host", "--hosts build1,arm1"),
        ("tcp://build1:2375", "without ssh or TLS is refused", "{address: ssh://"),
        ("ssh://build1", "is an address, not the name of a host", "{address: ssh://"),
    ],
)
def test_a_wrong_name_is_told_with_those_that_there_are(wanted: str, what: str, fix: str) -> None:
    with pytest.raises(HelpersError) as caught:
        choose_hosts(wanted, KNOWN, no_context)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_a_context_without_ssh_is_refused() -> None:
    with pytest.raises(HelpersError, match="without ssh or TLS is refused"):
        choose_hosts("far", KNOWN, lambda _: "tcp://far:2375")
