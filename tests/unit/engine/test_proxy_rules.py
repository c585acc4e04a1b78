import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.engine.proxy.requests import Asked, Forward, Refused, Rules, parse_target
from helpers.engine.proxy.rules import decide
from helpers.model.settings.socket_policy import SocketPolicy

_LABELS = {"org.helpers.run": "r1", "org.helpers.dir": "app"}
_OWN_ID, _OTHER_ID = "a" * 64, "b" * 64


class FakeEngine:
    """Two containers, networks and volumes: one's own, and another's."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.host: dict[str, Any] = {}
        self.version = "1.45"
        self.roots: list[dict[str, str]] = []
        self.labels = _LABELS

    def get(self, path: str, **query: str) -> Any:  # noqa: ARG002
        if path == "/version":
            return {"ApiVersion": self.version}
        kind, name = path.split("/")[1:3]
        labels = self.labels if name in ("mine", _OWN_ID) else {"org.helpers.run": "r2"}
        if name not in ("mine", "other", _OWN_ID, _OTHER_ID, "bridge", "shared"):
            return None
        id = _OWN_ID if labels is self.labels else _OTHER_ID
        if kind in ("networks", "volumes"):
            return {"Id": id, "Name": name, "Labels": labels}
        if kind == "exec":
            return {"ContainerID": id}
        ports: Any = {"8000/tcp": {}} if kind == "images" else None
        config = {"Labels": labels, "ExposedPorts": ports}
        return {"Id": id, "Config": config, "HostConfig": self.host}

    def call(self, method: str, path: str, **given: Any) -> Any:  # noqa: ARG002
        if "DriverOpts" in given["body"]:
            self.roots.append(given["body"]["DriverOpts"])
        else:
            self.made.append(given["body"]["Name"])
        return given["body"]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "repo"
    (root / "inside").mkdir(parents=True)
    (root / "out").symlink_to("/etc")
    (tmp_path / "certificates").mkdir()
    return root


def _rules(policy: str = "own", root: object = "/repo", **more: Any) -> Rules:
    return Rules(SocketPolicy(policy), _LABELS, str(root), **more)


def _ask(
    rules: Rules, method: str, target: str, body: Any = None, engine: FakeEngine | None = None
) -> Forward:
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return decide(Asked(method, parse_target(target), data), rules, engine or FakeEngine())


def _create(rules: Rules, body: Any, engine: FakeEngine | None = None) -> dict[str, Any]:
    forward = _ask(rules, "POST", "/v1.45/containers/create", body, engine)
    assert forward.body is not None
    created: dict[str, Any] = json.loads(forward.body)
    return created


def _status(rules: Rules, method: str, target: str, body: Any = None) -> int:
    try:
        _ask(rules, method, target, body)
    except Refused as refused:
        return refused.status
    return 200


_REFUSED_OF_THE_HOST = [
    {"Privileged": True},
    {"CapAdd": ["NET_ADMIN"]},
    {"CapAdd": "ALL"},
    {"Devices": [{"PathOnHost": "/dev/sda"}]},
    {"DeviceRequests": [{"Count": -1}]},
    {"DeviceCgroupRules": ["a *:* rwm"]},
    {"SecurityOpt": ["seccomp=unconfined"]},
    {"SecurityOpt": ["no-new-privileges", "apparmor:unconfined"]},
    {"SecurityOpt": ["systempaths=unconfined"]},
    {"NetworkMode": "host"},
    {"NetworkMode": "container:other"},
    {"NetworkMode": "container:/other"},
    {"NetworkMode": "other"},
    {"NetworkMode": "Host"},
    {"NetworkMode": ["host"]},
    {"PidMode": "host"},
    {"PidMode": "container:other"},
    {"IpcMode": "host"},
    {"IpcMode": "container:other"},
    {"UTSMode": "host"},
    {"UsernsMode": "host"},
    {"CgroupnsMode": "host"},
    {"Cgroup": "container:other"},
    {"Binds": ["/etc:/e"]},
    {"Binds": ["/:/e:ro"]},
    {"Binds": ["{root}/../..:/e"]},
    {"Binds": ["{root}/out:/e"]},
    {"Binds": ["{root}/out/ssl:/e"]},
    {"Binds": ["{root}2:/e"]},
    {"Binds": ["{root}:/e:rshared"]},
    {"Binds": ["{root}/inside:/e:ro:rw"]},
    {"Binds": ["other:/e"]},
    {"Binds": ["/run/docker.sock:/var/run/docker.sock"]},
    {"Binds": "/etc:/e"},
    {"Binds": ["{certificates}:/c"]},
    {"Binds": ["{certificates}:/c:ro,rw"]},
    {"Mounts": [{"Type": "bind", "Source": "/etc", "Target": "/e"}]},
    {"Mounts": [{"type": "bind", "Source": "/etc", "Target": "/e"}]},
    {"Mounts": [{"Type": "volume", "source": "other", "Target": "/e"}]},
    {"Mounts": [{"Type": "volume", "Source": "other", "Target": "/e"}]},
    {"Mounts": [{"Type": "cluster", "Source": "x", "Target": "/e"}]},
    {"Mounts": [{"Type": "BIND", "Source": "/etc", "Target": "/e"}]},
    {
        "Mounts": [
            {
                "Type": "volume",
                "Target": "/e",
                "VolumeOptions": {
                    "DriverConfig": {"Name": "local", "Options": {"device": "/", "o": "bind"}}
                },
            }
        ]
    },
    {"VolumeDriver": "sshfs", "Binds": ["new:/e"]},
    {"VolumesFrom": ["other"]},
    {"VolumesFrom": ["mine:ro", "other:rw"]},
    {"Links": ["other:db"]},
    {"Runtime": "kata"},
    {"CgroupParent": "/"},
    {"Sysctls": {"net.ipv4.ip_forward": "1"}},
    {"OomScoreAdj": -1},
    {"OomKillDisable": True},
    {"ReadonlyPaths": []},
    {"MaskedPaths": []},
    {"Annotations": {"a": "b"}},
    {"StorageOpt": {"size": "1T"}},
    {"LogConfig": {"Type": "syslog", "Config": {"syslog-address": "unix:///x"}}},
    {"RestartPolicy": {"Name": "always"}, "Binds": ["{root}/inside:/e"]},
    {"RestartPolicy": {"Name": "unless-stopped"}, "VolumesFrom": ["mine"]},
    {"PortBindings": {"80/tcp": [{"hostip": "0.0.0.0"}]}},
    {"SomethingNew": "host"},
    {"privileged": True},
    {"Privileged": False, "privileged": True},
]


@pytest.mark.parametrize("host", _REFUSED_OF_THE_HOST, ids=json.dumps)
def test_a_container_gets_nothing_of_the_host_or_of_others(repo: Path, host: Any) -> None:
    certificates = str(repo.parent / "certificates")
    text = json.dumps(host).replace("{root}", str(repo)).replace("{certificates}", certificates)
    rules = _rules(root=repo, read_only_paths=(certificates,), engine_socket="/run/docker.sock")
    with pytest.raises(Refused):
        _create(rules, {"Image": "x", "HostConfig": json.loads(text)})


@pytest.mark.parametrize(
    "body",
    [
        {"Image": "x", "Privileged": True},
        {"Image": "x", "hostconfig": {"Privileged": True}},
        {"Image": "x", "Ho\u017ftConfig": {"Privileged": True}},
        {"Image": "x", "NetworkingConfig": {"EndpointsConfig": {"host": {}}}},
        {"Image": "x", "NetworkingConfig": {"EndpointsConfig": {"other": {}}}},
        {"Image": "x", "NetworkingConfig": {"endpointsconfig": {"other": {}}}},
        {"Image": "x", "HostConfig": []},
        b'{"Image": "x", "HostConfig": {"Privileged": true}, "HostConfig": {}}',
        b'{"Image": "x"} {"HostConfig": {"Privileged": true}}',
        b'{"Image": "\xff"}',
        b'{"Image": "\\ud800"}',
        b"[" * 100_000,
        b'{"Image": NaN}',
        b"[]",
    ],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(body: Any) -> None:
    with pytest.raises(Refused):
        _create(_rules(), body)


def test_what_a_test_needs_of_a_container_passes(repo: Path) -> None:
    engine = FakeEngine()
    created = _create(
        _rules(root=repo, read_only_paths=(str(repo.parent / "certificates"),)),
        {
            "Image": "x",
            "Labels": {"a": "b", "org.helpers.run": "forged"},
            "HostConfig": {
                "Binds": [
                    f"{repo}/inside/..:/r",
                    "new:/v",
                    f"{repo.parent}/certificates:/c:ro",
                ],
                "Mounts": [
                    {"Type": "bind", "Source": f"{repo}/inside", "Target": "/i"},
                    {"Type": "volume", "Source": "mine", "Target": "/w"},
                    {"Type": "volume", "Target": "/x"},
                    {"Type": "tmpfs", "Target": "/y"},
                ],
                "NetworkMode": "container:mine",
                "PortBindings": {"80/tcp": [{"HostPort": ""}], "81/tcp": None},
                "Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 1}],
                "Privileged": False,
                "MaskedPaths": None,
                "RestartPolicy": {"Name": "no"},
            },
        },
        engine,
    )
    host = created["HostConfig"]
    assert created["Labels"] == {"a": "b", **_LABELS}
    assert host["Binds"][:2] == [f"{repo}:/r", "new:/v"]
    assert sorted(engine.made) == ["mine", "new"], "else they would be nobody's"
    assert host["Mounts"][2]["VolumeOptions"]["Labels"] == _LABELS
    assert host["NetworkMode"] == f"container:{_OWN_ID}"
    assert host["PortBindings"]["80/tcp"] == [{"HostPort": "", "HostIp": "127.0.0.1"}]


@pytest.mark.parametrize("how", ["Binds", "Mounts"])
def test_a_folder_below_the_repo_is_mounted_beneath_its_root(repo: Path, how: str) -> None:
    source = str(repo / "inside")
    mount = {"Type": "bind", "Source": source, "Target": "/i", "ReadOnly": True}
    host = {"Binds": [f"{source}:/i:ro"]} if how == "Binds" else {"Mounts": [mount]}
    engine = FakeEngine()
    asked = ("POST", "/v1.41/containers/create", {"HostConfig": host})
    forward = _ask(_rules(root=repo), *asked, engine)
    assert forward.body is not None
    assert forward.target.minor == 45, "older ones know no subpath"
    created = json.loads(forward.body)["HostConfig"]
    (made,) = created["Mounts"]
    assert (made["Type"], made["Target"], made["ReadOnly"]) == ("volume", "/i", True)
    assert made["VolumeOptions"] == {"NoCopy": True, "Subpath": "inside"}
    assert engine.roots == [{"type": "none", "o": "bind", "device": str(repo)}]
    assert not created.get("Binds")


def test_an_engine_without_subpaths_binds_the_root_alone(repo: Path) -> None:
    engine = FakeEngine()
    engine.version = "1.44"
    rules = _rules(root=repo)
    with pytest.raises(Refused, match="Docker Engine 26"):
        _create(rules, {"HostConfig": {"Binds": [f"{repo}/inside:/i"]}}, engine)
    created = _create(rules, {"HostConfig": {"Binds": [f"{repo}:/i"]}}, engine)
    assert created["HostConfig"]["Binds"] == [f"{repo}:/i"]


def test_a_folder_that_is_missing_is_made_for_a_bind_and_refused_for_a_mount(repo: Path) -> None:
    rules = _rules(root=repo)
    _create(rules, {"HostConfig": {"Binds": [f"{repo}/new/deep:/i"]}})
    assert (repo / "new" / "deep").is_dir()
    mount = {"Type": "bind", "Source": f"{repo}/missing", "Target": "/i"}
    with pytest.raises(Refused, match="does not exist"):
        _create(rules, {"HostConfig": {"Mounts": [mount]}})


def test_a_folder_that_holds_the_engines_socket_is_not_bound(repo: Path) -> None:
    rules = _rules(root=repo, engine_socket=f"{repo}/inside/docker.sock")
    for folder in (repo, repo / "inside", repo / "inside" / "docker.sock"):
        with pytest.raises(Refused, match="socket"):
            _create(rules, {"HostConfig": {"Binds": [f"{folder}:/e:ro"]}})


def test_a_folder_that_became_a_link_stops_the_start(repo: Path) -> None:
    engine = FakeEngine()
    engine.host = {"Binds": [f"{repo}/inside:/e"], "Mounts": None}
    rules = _rules(root=repo)
    assert _ask(rules, "POST", "/containers/mine/start", engine=engine)
    (repo / "inside").rmdir()
    (repo / "inside").symlink_to("/etc")
    for verb in ("start", "restart"):
        with pytest.raises(Refused):
            _ask(rules, "POST", f"/containers/mine/{verb}", engine=engine)


@pytest.mark.parametrize("policy", ["own", "full"])
@pytest.mark.parametrize(
    ("mode", "networks"),
    [
        ("", ["bridge", "shared"]),
        ("default", ["bridge", "shared"]),
        ("bridge", ["bridge", "shared"]),
        ("mine", ["mine", "shared"]),
        ("shared", ["shared"]),
        ("none", []),
        ("container:mine", []),
    ],
)
def test_a_container_joins_the_network_besides_its_own(
    policy: str, mode: str, networks: list[str]
) -> None:
    body = {"Image": "x", "HostConfig": {"NetworkMode": mode}}
    forward = _ask(_rules(policy, network="shared"), "POST", "/v1.41/containers/create", body)
    assert forward.body is not None
    found = json.loads(forward.body)["NetworkingConfig"].get("EndpointsConfig", {})
    assert sorted(found) == networks
    assert forward.target.minor == (44 if networks else 41), "older ones know one network alone"


def test_full_passes_everything_and_still_labels() -> None:
    rules = _rules("full")
    created = _create(rules, {"Image": "x", "HostConfig": {"Privileged": True, "New": 1}})
    assert created["HostConfig"] == {"Privileged": True, "New": 1}
    assert created["Labels"] == _LABELS
    with pytest.raises(Refused):
        _create(rules, {"Image": "x", "labels": {}})
    for kind in ("networks", "volumes"):
        forward = _ask(rules, "POST", f"/{kind}/create", {"Name": "n", "Driver": "odd"})
        assert forward.body is not None
        assert json.loads(forward.body)["Labels"] == _LABELS
    forward = _ask(rules, "POST", '/build?labels={"a":"b"}&networkmode=host')
    assert json.loads(forward.target.values("labels")[0]) == {"a": "b", **_LABELS}
    assert _ask(rules, "POST", "/v1.45/swarm/init").body is None


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/images/prune"),
        ("DELETE", "/images/x"),
        ("POST", "/images/load"),
        ("POST", "/images/x/push"),
        ("POST", "/images/x/tag?repo=y"),
        ("POST", "/images/create?fromSrc=-"),
        ("POST", "/images/create?fromImage=x&fromSrc=http://x"),
        ("GET", "/images/get"),
        ("GET", "/images/other/get"),
        ("GET", "/images/get?names=mine&names=other"),
        ("POST", "/containers/prune"),
        ("POST", "/volumes/prune"),
        ("POST", "/networks/prune"),
        ("POST", "/build/prune"),
        ("POST", "/system/prune"),
        ("GET", "/system/df"),
        ("POST", "/auth"),
        ("POST", "/session"),
        ("POST", "/grpc"),
        ("GET", "/plugins"),
        ("GET", "/swarm"),
        ("GET", "/nodes"),
        ("GET", "/services"),
        ("GET", "/secrets"),
        ("GET", "/configs"),
        ("GET", "/containers/mine/attach/ws"),
        ("POST", "/build?networkmode=host"),
        ("POST", "/build?remote=http://x"),
        ("POST", "/build?version=2"),
        ("POST", "/build?t=other"),
        ("POST", "/build?cgroupparent=x"),
        ("POST", "/commit?container=other"),
        ("POST", "/commit?container=mine&container=other"),
        ("POST", "/Containers/create"),
        ("POST", "/containers/Create"),
        ("PUT", "/containers/other/archive"),
        ("GET", "/containers/other/archive"),
        ("GET", "/containers/other/export"),
        ("GET", "/containers/other/json"),
        ("GET", f"/containers/{_OTHER_ID}/logs"),
        ("POST", "/containers/other/start"),
        ("POST", "/containers/other/exec"),
        ("POST", "/containers/other/attach"),
        ("POST", "/exec/other/start"),
        ("DELETE", "/containers/other"),
        ("DELETE", "/networks/other"),
        ("DELETE", "/networks/bridge"),
        ("DELETE", "/volumes/other"),
        ("GET", "/volumes/other"),
        ("GET", "/networks/other"),
    ],
)
def test_own_refuses_what_is_not_ones_own(method: str, target: str) -> None:
    assert _status(_rules(), method, target) in (400, 403, 404)
    assert _status(_rules(), method, f"/v1.45{target}") in (400, 403, 404)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/containers/mine/exec", {"Cmd": ["id"], "Privileged": True}),
        ("/containers/mine/exec", {"Cmd": ["id"], "privileged": True}),
        ("/containers/mine/update", {"Devices": [{"PathOnHost": "/dev/sda"}]}),
        ("/volumes/create", {"Name": "n", "DriverOpts": {"device": "/", "o": "bind"}}),
        ("/volumes/create", {"Name": "n", "driveropts": {"device": "/"}}),
        ("/volumes/create", {"Name": "n", "Driver": "sshfs"}),
        ("/volumes/create", {"Name": "other"}),
        ("/networks/create", {"Name": "n", "Driver": "macvlan"}),
        ("/networks/create", {"Name": "n", "Driver": "host"}),
        (
            "/networks/create",
            {"Name": "n", "Options": {"com.docker.network.bridge.name": "docker0"}},
        ),
        ("/networks/create", {"Name": "n", "ConfigFrom": {"Network": "other"}}),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Subnet": "8.8.8.0/24"}]}}),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Subnet": "127.1.0.0/16"}]}}),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Subnet": "169.254.0.0/16"}]}}),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Subnet": "0.0.0.0/0"}]}}),
        (
            "/networks/create",
            {"Name": "n", "IPAM": {"Config": [{"Subnet": "10.9.0.0/24", "Gateway": "10.8.0.1"}]}},
        ),
        ("/networks/create", {"Name": "n", "IPAM": {"Config": [{"Gateway": "10.8.0.1"}]}}),
        ("/networks/mine/connect", {"Container": "other"}),
        ("/networks/other/connect", {"Container": "mine"}),
        ("/networks/host/connect", {"Container": "mine"}),
        ("/networks/mine/disconnect", {"Container": "other", "Force": True}),
    ],
)
def test_own_refuses_bodies_that_reach_further(target: str, body: Any) -> None:
    assert _status(_rules(), "POST", target, body) in (400, 403, 404)


def test_a_request_is_passed_on_with_the_id_that_was_checked() -> None:
    for method, before, after in [
        ("POST", "/containers/mine/stop?t=1", f"/containers/{_OWN_ID}/stop?t=1"),
        ("DELETE", "/v1.45/containers/mine", f"/v1.45/containers/{_OWN_ID}"),
        ("DELETE", "/networks/mine", f"/networks/{_OWN_ID}"),
        ("POST", "/commit?container=mine", f"/commit?container={_OWN_ID}"),
    ]:
        assert str(_ask(_rules(), method, before).target).startswith(after)


def test_labels_of_a_commit_are_words_of_a_dockerfile() -> None:
    # A repo may be anywhere; what JSON escapes there, the engine takes as it is written.
    own = {"org.helpers.started": '/srv/ü $HOME "q" \\b'}
    rules, engine = Rules(SocketPolicy("own"), own, "/repo"), FakeEngine()
    engine.labels = own
    forward = _ask(rules, "POST", "/commit?container=mine", engine=engine)
    found = forward.target.values("changes")
    assert found[-1] == r'''LABEL "org.helpers.started"="/srv/ü \$HOME \"q\" \\b"'''


def test_own_networks_may_choose_private_addresses() -> None:
    pools = [{"Subnet": "10.9.0.0/24", "Gateway": "10.9.0.1"}, {"Subnet": "fd00:9::/64"}, {}]
    body = {"Name": "n", "Driver": "bridge", "IPAM": {"Driver": "default", "Config": pools}}
    assert _status(_rules(), "POST", "/networks/create", body) == 200


def test_with_own_nothing_poses_as_the_toolchains() -> None:
    given = {"a": "b", "org.helpers.key": "forged", "org.helpers.run": "forged"}
    assert _create(_rules(), {"Labels": given})["Labels"] == {"a": "b", **_LABELS}
    expected = given | _LABELS
    assert _create(_rules("full"), {"Labels": given})["Labels"] == expected


def test_lists_show_ones_own_alone() -> None:
    wanted = {f"{name}={value}": True for name, value in _LABELS.items()}
    for path in ("containers/json", "networks", "volumes", "events"):
        filters = json.loads(_ask(_rules(), "GET", f"/{path}").target.values("filters")[0])
        assert filters == {"label": wanted}
    for asked in ({"label": ["a=b"]}, {"label": {"a=b": True}}, {"name": ["x"]}):
        target = f"/containers/json?all=1&filters={quote(json.dumps(asked))}&filters=%7B%7D"
        given = _ask(_rules(), "GET", target).target.values("filters")
        assert len(given) == 1
        found = json.loads(given[0])
        assert found["label"].items() >= wanted.items()
        assert all(isinstance(value, dict) for value in found.values())


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/containers/json", 200),
        ("GET", "/containers/other/json", 200),
        ("GET", "/images/json", 200),
        ("GET", "/images/a/b:c/json", 200),
        ("GET", "/networks/other", 200),
        ("GET", "/containers/mine/logs", 200),
        ("GET", "/containers/other/logs", 404),
        ("GET", "/containers/other/archive?path=/", 404),
        ("GET", "/containers/other/export", 404),
        ("POST", "/containers/mine/stop", 403),
        ("POST", "/containers/create", 403),
        ("POST", "/containers/mine/exec", 403),
        ("DELETE", "/containers/mine", 403),
        ("PUT", "/containers/mine/archive", 403),
    ],
)
def test_read_only_looks_and_changes_nothing(method: str, target: str, status: int) -> None:
    assert _status(_rules("read-only"), method, target) == status


def test_a_refusal_says_how_to_get_more() -> None:
    with pytest.raises(Refused, match=r"Privileged.*`sibling: full` in devops/config.yaml"):
        _create(_rules(), {"HostConfig": {"Privileged": True}})


def test_without_labels_nothing_would_be_anothers() -> None:
    with pytest.raises(ValueError, match="labels"):
        Rules(SocketPolicy.OWN, {}, "/repo")


@pytest.mark.parametrize(
    "target",
    [
        "containers/json",
        "http://docker/containers/json",
        "//containers/json",
        "/containers//json",
        "/containers/../images/json",
        "/containers/%2e%2e/json",
        "/containers/a%2fjson",
        "/containers/a%2Fb/json",
        "/containers/a%252fb/json",
        "/containers/a%00/json",
        "/containers/a\\b",
        "/containers/json#x",
        "/containers/json?a=1;b=2",
        "/v1.45/v1.44/containers/create",
        "/v1/containers/create",
        "/v1..45/containers/create",
        "/V1.45/containers/create",
        "/containers/ä/json",
        "/containers/a%0d%0aX:y/json",
        "/containers/json?a=%ff",
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_refused(target: str) -> None:
    for policy in SocketPolicy:
        assert _status(_rules(policy.value), "GET", target) in (400, 403)


@given(st.text(alphabet="ab./%25efEF?#\\;:@ -_~é\x00v14", max_size=40))
def test_a_path_that_is_read_says_the_same_when_it_is_read_again(text: str) -> None:
    try:
        target = parse_target("/" + text)
    except Refused:
        return
    assert parse_target(str(target)) == target
    assert not {"", ".", ".."} & set(target.path.split("/")[1:]) or target.path == "/"
    assert "%" not in target.path


@given(st.text(max_size=40))
def test_own_knows_no_container_by_any_other_name(name: str) -> None:
    try:
        forward = _ask(_rules(), "GET", f"/containers/{quote(name)}/logs")
    except Refused:
        return
    assert forward.target.path == f"/containers/{_OWN_ID}/logs"


def test_ports_that_are_all_published_are_so_at_the_hosts_address() -> None:
    rules = _rules(host_ip="10.9.0.1")
    host = {"PublishAllPorts": True, "PortBindings": {"81/tcp": [], "82/tcp": [{"HostPort": "9"}]}}
    body = {"Image": "mine", "ExposedPorts": {"80/tcp": {}}, "HostConfig": host}
    found = _create(rules, body)["HostConfig"]
    anywhere = [{"HostIp": "10.9.0.1", "HostPort": ""}]
    assert found["PublishAllPorts"] is False, "the engine would take all addresses"
    assert found["PortBindings"] == {
        "80/tcp": anywhere,
        "81/tcp": anywhere,
        "82/tcp": [{"HostIp": "10.9.0.1", "HostPort": "9"}],
        "8000/tcp": anywhere,
    }
    with pytest.raises(Refused) as caught:
        _create(rules, {"Image": "missing", "HostConfig": {"PublishAllPorts": True}})
    assert caught.value.status == 404, "clients pull what is missing"


@pytest.mark.parametrize(
    ("method", "target", "left"),
    [
        ("POST", "/containers/mine/start?checkpoint=x&checkpoint-dir=/etc&detachKeys=a", set()),
        ("POST", "/containers/mine/restart?t=1&checkpoint=x", {"t"}),
        ("POST", "/containers/mine/stop?t=1&new=1", {"t"}),
        ("DELETE", "/containers/mine?force=1&new=1", {"force"}),
        ("GET", "/containers/mine/archive?path=/x&follow=1", {"path"}),
        ("GET", "/containers/mine/export?path=/x", set()),
        ("GET", "/info?x=1", set()),
        ("POST", "/images/create?fromImage=x&changes=y&new=1", {"fromImage"}),
    ],
)
def test_what_a_request_does_not_know_is_dropped_from_its_query(
    method: str, target: str, left: set[str]
) -> None:
    assert {name for name, _ in _ask(_rules(), method, target).target.query} == left


def test_containers_of_builds_are_never_kept() -> None:
    for policy in ("own", "full"):
        query = _ask(_rules(policy), "POST", "/build?rm=0&forcerm=0").target
        assert (query.values("rm"), query.values("forcerm")) == (["1"], ["1"])


_SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "target",
    [
        "/info",
        "/images/json",
        "/images/x/json",
        "/images/x/history",
        "/containers/json",
        "/containers/other/json",
        "/networks",
        "/networks/other",
        "/volumes",
        "/volumes/other",
    ],
)
def test_read_only_shows_names_and_states_and_nobodys_secrets(target: str) -> None:
    forward = _ask(_rules("read-only"), "GET", target)
    assert forward.shape
    secret = {"a": _SECRET}
    one: Any = {
        "Id": "i",
        "Name": "n",
        "State": {"Status": "running", "Health": {"Status": "healthy", "Log": [secret]}},
        "Command": _SECRET,
        "CreatedBy": _SECRET,
        "Comment": _SECRET,
        "Path": _SECRET,
        "Args": [_SECRET],
        "Labels": secret,
        "Options": secret,
        "Mounts": [secret],
        "Config": {"Env": [_SECRET], "Cmd": [_SECRET], "Labels": secret, "Healthcheck": secret},
        "HostConfig": secret,
        "HttpProxy": _SECRET,
        "Author": _SECRET,
    }
    if target == "/info":
        one = {"Name": "n", "HttpProxy": _SECRET, "HttpsProxy": _SECRET, "Labels": [_SECRET]}
    if target == "/containers/json":
        one["State"] = "running"
    many = target in ("/images/json", "/images/x/history", "/containers/json", "/networks")
    given: Any = [one] if many else {"Volumes": [one]} if target == "/volumes" else one
    shown = json.dumps(forward.shape(given))
    assert _SECRET not in shown
    assert "i" in shown or "n" in shown


def test_read_only_sees_the_events_of_its_own_alone() -> None:
    filters = _ask(_rules("read-only"), "GET", "/events").target.values("filters")
    wanted = {f"{name}={value}": True for name, value in _LABELS.items()}
    assert json.loads(filters[0]) == {"label": wanted}
