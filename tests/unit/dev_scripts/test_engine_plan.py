"""What is done to have an engine, decided from facts alone."""

import docker_engine
import pytest
from bootstrap import engine_plan
from bootstrap.actions import (
    Action,
    AptInstall,
    AptUpdate,
    StartDaemon,
    StartService,
    WriteFile,
)
from bootstrap.client import Client
from bootstrap.endpoint import DEFAULT_HOST, Endpoint
from bootstrap.engine_plan import AptFacts
from bootstrap.errors import BootstrapError
from bootstrap.host import Distribution, Host
from bootstrap.probe import Engine, State

TRIXIE = Distribution("debian", (13,), "trixie", "Debian 13")
BOOKWORM = Distribution("debian", (12,), "bookworm", "Debian 12")
NOBLE = Distribution("ubuntu", (24, 4), "noble", "Ubuntu 24.04")
NOTHING = Client(docker=False, buildx=False, compose=False, dockerd=False)
EVERYTHING = Client(docker=True, buildx=True, compose=True, dockerd=True)
SILENT = Engine(State.SILENT)
ANSWERS = Engine(State.ANSWERS, version="26.1")


def host(distribution: Distribution = TRIXIE, *, systemd: bool = False) -> Host:
    return Host(distribution, is_root=True, has_sudo=False, runs_systemd=systemd)


def plan(
    distribution: Distribution = TRIXIE,
    client: Client = NOTHING,
    engine: Engine = SILENT,
    *,
    fresh: bool = True,
    has_daemon_config: bool = True,
) -> tuple[Action, ...]:
    facts = AptFacts("http://mirror/debian", fresh, has_daemon_config)
    return engine_plan.plan_install(host(distribution), client, engine, facts)


def installed(actions: tuple[Action, ...]) -> set[str]:
    return {
        name for action in actions if isinstance(action, AptInstall) for name in action.packages
    }


def test_debian_gets_the_engine_buildx_and_compose() -> None:
    wanted = {"docker.io", "containerd", "docker-cli", "docker-buildx", "docker-compose"}

    assert installed(plan(TRIXIE)) >= wanted


def test_ubuntu_gets_its_own_names_of_the_packages() -> None:
    found = installed(plan(NOBLE))

    assert {"docker.io", "docker-buildx", "docker-compose-v2"} <= found
    assert "docker-cli" not in found


def test_nothing_is_planned_when_everything_is_there() -> None:
    assert plan(client=EVERYTHING) == ()


def test_engine_that_answers_gets_only_what_the_client_lacks() -> None:
    client = Client(docker=True, buildx=False, compose=True, dockerd=False)

    assert plan(client=client, engine=ANSWERS) == (AptInstall(("docker-buildx",)),)


def test_packages_are_looked_up_anew_when_their_lists_are_old() -> None:
    assert AptUpdate() in plan(fresh=False)
    assert AptUpdate() not in plan(fresh=True)


def test_old_debian_takes_the_engine_alone_from_the_next_release() -> None:
    pin, source, update, install = plan(BOOKWORM)

    assert isinstance(pin, WriteFile)
    assert "Package: *\nPin: release n=trixie\nPin-Priority: 100\n" in pin.text
    assert isinstance(source, WriteFile)
    assert "URIs: http://mirror/debian\nSuites: trixie\n" in source.text
    assert update == AptUpdate()
    assert isinstance(install, AptInstall)


def test_newer_debian_gets_no_other_source() -> None:
    assert not [action for action in plan(TRIXIE) if isinstance(action, WriteFile)]


def test_image_store_is_chosen_before_the_package_may_start_the_engine() -> None:
    config, install = plan(has_daemon_config=False)

    assert isinstance(config, WriteFile)
    assert "containerd-snapshotter" in config.text
    assert isinstance(install, AptInstall)


@pytest.mark.parametrize(
    "distribution",
    [
        Distribution("fedora", (42,), "", "Fedora Linux 42"),
        Distribution("debian", (11,), "bullseye", "Debian 11"),
        Distribution("ubuntu", (20, 4), "focal", "Ubuntu 20.04"),
        Distribution("darwin", (), "", "darwin"),
    ],
)
def test_other_systems_are_told_what_to_install(distribution: Distribution) -> None:
    with pytest.raises(BootstrapError, match="installed automatically only on Debian 12") as info:
        plan(distribution)

    assert info.value.where == distribution.title
    assert "install Docker Engine" in info.value.fix


def test_engine_that_answers_is_not_started() -> None:
    assert engine_plan.plan_start(host(), ANSWERS, "") == ()


def test_systemd_starts_the_engine_where_it_runs() -> None:
    assert engine_plan.plan_start(host(systemd=True), SILENT, "") == (StartService(),)


def test_engine_is_started_by_hand_without_systemd() -> None:
    assert engine_plan.plan_start(host(), SILENT, "/data") == (StartDaemon("/data"),)


def test_engine_without_permission_names_the_group() -> None:
    with pytest.raises(BootstrapError) as info:
        engine_plan.check_endpoint(Endpoint(DEFAULT_HOST, "default"), Engine(State.DENIED))

    assert "sudo usermod -aG docker $USER" in info.value.fix


def test_chosen_engine_that_is_silent_is_not_replaced_by_another() -> None:
    with pytest.raises(BootstrapError, match="that was chosen does not answer") as info:
        engine_plan.check_endpoint(Endpoint("tcp://far:2376", "DOCKER_HOST"), SILENT)

    assert "tcp://far:2376" in info.value.where


def test_apt_is_not_asked_for_its_mirror_where_nothing_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It takes most of a second, in each job of CI.
    monkeypatch.setattr(docker_engine, "find_client", lambda _: EVERYTHING)
    monkeypatch.setattr(docker_engine, "_mirror", lambda _: pytest.fail("apt was asked"))
    options = docker_engine.Options(
        yes=True, announced=False, dry_run=True, json=False, data_root=""
    )
    assert docker_engine._plan_install(host(BOOKWORM), ANSWERS, options) == ()
    assert docker_engine._plan_install(host(BOOKWORM), SILENT, options) == ()
