from dataclasses import replace
from pathlib import Path

import pytest

from helpers.containers.plan import (
    DOCKER_CLIENT,
    SOCKET,
    ContainerPlan,
    DataMount,
    Given,
    Options,
    Role,
    Surroundings,
    plan_container,
)
from helpers.engine.containers import Image, TextFile
from helpers.images.installed.ensure import Installed
from helpers.images.resolve import Chosen
from helpers.model import labels
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.scratch import HOME
from helpers.model.settings.config import RepoConfig
from helpers.system.host import Host
from tests.builders import make_host

_ROOT = Path("/home/ann/work/shöp repo")
_REPO = Repo(_ROOT, _ROOT / "helpers_root", RepoConfig("shop", environment=("API_URL",)))
_HOST = make_host(_ROOT, {"API_URL": "http://api", "SECRET": "x"})
_AROUND = Surroundings(socket="/run/real.sock", socket_group=998, git_folders=())
_INSTALLED = Installed((TextFile("site/x-1.dist-info/METADATA", b"Name: x"),))
_CHOSEN = Chosen(Image("sha256:1", (), {}, "", 0), "app:local-ann-1.0.0", Stage.LOCAL, "1.0.0")


def _plan(
    options: Options | None = None,
    *,
    repo: Repo = _REPO,
    host: Host = _HOST,
    around: Surroundings = _AROUND,
    chosen: Chosen = _CHOSEN,
    role: Role = Role.KEPT,
    lease: str = "",
) -> ContainerPlan:
    runnable_dir = repo.runnable_dir("apps/app")
    given = Given(host, options or Options(), around)
    return plan_container(repo, runnable_dir, chosen, given, role, lease)


def _mounts(plan: ContainerPlan) -> dict[str, str]:
    mounts = plan.body["HostConfig"]["Mounts"]
    return {mount["Target"]: mount.get("Source", "") for mount in mounts}


def test_the_repo_is_mounted_at_its_own_path() -> None:
    plan = _plan()
    assert _mounts(plan) == {str(_ROOT): str(_ROOT)}
    assert plan.directory == str(_ROOT / "apps/app")


def test_data_is_mounted_to_be_read_alone_and_a_new_folder_asks_for_a_new_container() -> None:
    one = DataMount("/srv/prices", "/data/prices", 1)
    plan = _plan(Options(data=(one,)))
    assert plan.body["HostConfig"]["Mounts"][-1] == {
        "Type": "bind",
        "Source": "/srv/prices",
        "Target": "/data/prices",
        "ReadOnly": True,
    }
    again = _plan(Options(data=(replace(one, inode=2),)))
    assert (again.seen, again.key == plan.key) == (plan.seen, False)


def test_a_toolchain_outside_the_repo_is_mounted_too() -> None:
    outside = replace(_REPO, toolchain=Path("/opt/toolchain"))
    assert _mounts(_plan(repo=outside))["/opt/toolchain"] == "/opt/toolchain"


def test_commands_run_as_the_hosts_user_with_a_home_of_their_own() -> None:
    plan = _plan()
    assert plan.body["User"] == "1234:1234"
    assert plan.env["HOME"] == HOME
    assert "uid=1234,gid=1234" in plan.body["HostConfig"]["Tmpfs"][HOME]


def test_root_is_root_only_when_asked_for() -> None:
    plan = _plan(Options(root=True))
    assert (plan.body["User"], plan.env["USER"]) == ("0:0", "root")


def test_of_the_hosts_variables_only_the_listed_ones_are_seen() -> None:
    env = _plan().env
    assert env["API_URL"] == "http://api"
    assert "SECRET" not in env


def test_the_engine_writes_down_no_value_of_a_listed_variable_of_tests() -> None:
    other = make_host(_ROOT, {"API_URL": "http://other"})
    plan, changed = _plan(role=Role.TEST), _plan(role=Role.TEST, host=other)
    assert not [one for one in plan.body["Env"] if one.startswith("API_URL=")]
    assert plan.env["API_URL"] == "http://api"
    assert plan.key != changed.key
    assert plan.seen != changed.seen, "a pass with one value is none with another"


def test_the_socket_is_mounted_only_when_asked_for() -> None:
    assert SOCKET not in _mounts(_plan())
    plan = _plan(Options(sibling=True))
    assert _mounts(plan)[SOCKET] == "/run/real.sock"
    assert plan.body["HostConfig"]["GroupAdd"] == ["998"]


def test_a_docker_client_comes_by_a_mount_and_last_on_the_path() -> None:
    client = Path("/repo/tmp.helpers/docker_client/amd64-1")
    image = replace(_CHOSEN.image, path="/opt/venv/bin:/usr/bin")
    plan = _plan(Options(sibling=True, docker_client=client), chosen=replace(_CHOSEN, image=image))
    assert _mounts(plan)[DOCKER_CLIENT] == str(client)
    assert plan.env["PATH"] == f"/opt/venv/bin:/usr/bin:{DOCKER_CLIENT}"
    without = _plan(Options(sibling=True))
    assert DOCKER_CLIENT not in _mounts(without)
    assert "PATH" not in without.env


def test_nothing_is_privileged() -> None:
    for options in (Options(), Options(root=True, sibling=True)):
        assert "Privileged" not in _plan(options).body["HostConfig"]


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("8080:80", {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}),
        ("0.0.0.0:8080:80", {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}),
    ],
)
def test_ports_are_published_on_loopback_unless_said_otherwise(
    port: str, expected: dict[str, object]
) -> None:
    assert _plan(Options(ports=(port,))).body["HostConfig"]["PortBindings"] == expected


def test_certificates_of_the_host_are_named_to_every_program() -> None:
    env = _plan(around=replace(_AROUND, certificates=Path("/r/ca.pem"))).env
    assert env["SSL_CERT_FILE"] == env["REQUESTS_CA_BUNDLE"] == env["PIP_CERT"] == "/r/ca.pem"


def test_the_name_stays_and_the_key_changes_with_what_it_is_made_of() -> None:
    plan = _plan()
    newer_image = replace(_CHOSEN, image=Image("sha256:2", (), {}, "", 0))
    other_variable = make_host(_ROOT, {"API_URL": "http://other"})
    changed = [
        _plan(chosen=newer_image),
        _plan(host=other_variable),
        _plan(around=replace(_AROUND, git_folders=(Path("/elsewhere"),))),
        _plan(around=replace(_AROUND, certificates=Path("/r/ca.pem"))),
        _plan(around=replace(_AROUND, inodes=(2,))),
        _plan(around=replace(_AROUND, installed=_INSTALLED)),
    ]
    assert {other.name for other in changed} == {plan.name}
    assert plan.key not in {other.key for other in changed}
    assert _plan().key == plan.key


def test_other_options_are_another_container() -> None:
    options = [Options(), Options(root=True), Options(sibling=True)]
    assert len({_plan(item).name for item in options}) == len(options)


def test_a_container_that_ends_with_its_command_names_its_lease() -> None:
    assert labels.RUN not in _plan().body["Labels"]
    plan = _plan(role=Role.ONCE, lease="once-1")
    assert plan.body["Labels"][labels.RUN] == "once-1"


def test_memory_and_gpus_are_limits_of_the_container() -> None:
    host = _plan(Options(memory=64 << 20, gpus=2)).body["HostConfig"]
    assert (host["Memory"], host["MemorySwap"]) == (64 << 20, 64 << 20)
    assert host["DeviceRequests"] == [{"Count": 2, "Capabilities": [["gpu"]]}]


def test_a_view_stands_at_the_repos_path_and_changes_no_key() -> None:
    plan = _plan(Options(view=True))
    named = plan.with_view("v1", Path("/work/views/v1/tree"))
    assert plan.view
    assert not named.view
    assert named.key == plan.key
    (mount,) = named.body["HostConfig"]["Mounts"]
    assert mount["Source"] == "/work/views/v1/tree"
    assert named.body["Labels"][labels.VIEW] == "v1"


def test_tests_with_a_proxied_socket_are_in_no_other_group() -> None:
    plan = _plan(Options(sibling=True, socket="/run/s.sock", host_address="10.0.0.1"))
    assert plan.body["HostConfig"]["GroupAdd"] == []
    assert plan.env["TESTCONTAINERS_HOST_OVERRIDE"] == "10.0.0.1"
    assert plan.env["HELPERS_HOST_SOCKET"] == "/run/s.sock"
