from datetime import datetime

from helpers.model.host_state import CONTAINERD_STORE
from helpers.reach.check_hosts import parse_facts

NOW = datetime.fromisoformat("2026-12-01T03:00:00+00:00").timestamp()
ANSWER = {
    "ServerVersion": "26.1.5",
    "DriverStatus": [["driver-type", CONTAINERD_STORE]],
    "Driver": "overlayfs",
    "DockerRootDir": "/var/lib/docker",
    "Architecture": "aarch64",
    "OSType": "linux",
    "NCPU": 4,
    "MemTotal": 8 << 30,
    "SystemTime": "2026-12-01T03:00:02.957333731Z",
}


def test_an_engines_answer_is_read() -> None:
    found = parse_facts(ANSWER, NOW)
    assert (found.version, found.store, found.platform) == (
        "26.1.5",
        CONTAINERD_STORE,
        "linux/arm64",
    )
    assert (found.cores, found.memory) == (4, 8 << 30)
    assert round(found.skew, 1) == 3.0


def test_the_clock_of_another_time_zone_is_not_wrong() -> None:
    found = parse_facts({**ANSWER, "SystemTime": "2026-12-01T12:00:00.5+09:00"}, NOW)
    assert round(found.skew, 1) == 0.5


def test_an_engine_without_the_containerd_store_names_its_driver() -> None:
    old = {**ANSWER, "Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]}
    assert parse_facts(old, NOW).store == "overlay2"
