"""When a service of a stack is ready, and why it never will be."""

import pytest

from helpers.model.stack.readiness import STAYS, Look, Phase, Standing, standing


def _look(status: str = "running", **more: object) -> Look:
    return Look("api", "id", status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("look", "phase"),
    [
        (_look("created"), Phase.WAITING),
        (_look(running=0.2), Phase.STARTING),
        (_look(running=STAYS), Phase.READY),
        (_look(running=STAYS, restarts=2), Phase.STARTING),
        (_look(running=9 * STAYS, restarts=2), Phase.READY),
        (_look(running=99.0, health="starting"), Phase.STARTING),
        (_look(health="healthy"), Phase.READY),
        (_look(health="unhealthy"), Phase.FAILED),
        (_look("exited"), Phase.DONE),
        (_look("exited", exit_status=3), Phase.FAILED),
        (_look("restarting", exit_status=3, restarts=1), Phase.STARTING),
        (_look("restarting", exit_status=3, restarts=20), Phase.FAILED),
        (_look("created", error="exec: not found"), Phase.FAILED),
        (_look("paused"), Phase.WAITING),
        (_look("dead"), Phase.FAILED),
    ],
)
def test_how_a_service_stands(look: Look, phase: Phase) -> None:
    assert standing([look], once=False).phase is phase


def test_one_that_is_to_end_is_not_ready_while_it_runs() -> None:
    assert standing([_look(running=99.0, health="healthy")], once=True).phase is Phase.STARTING
    assert standing([_look("exited")], once=True).phase is Phase.DONE


def test_a_service_stands_as_the_worst_of_its_containers() -> None:
    looks = [_look(health="healthy"), _look("exited", exit_status=1)]
    assert standing(looks, once=False) == Standing(Phase.FAILED, "exited with status 1")
    assert standing([], once=False).phase is Phase.WAITING


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (_look(health="unhealthy", said="no route"), "unhealthy: no route"),
        (
            _look("exited", exit_status=137, out_of_memory=True, memory=20 * 2**20),
            "out of memory: it reached its limit of 20 MiB",
        ),
        (
            _look("exited", exit_status=137, memory=20 * 2**20),
            "was killed (status 137): most likely out of memory, its limit is 20 MiB",
        ),
        (_look("exited", exit_status=137), "exited with status 137"),
        (
            _look("created", error="Bind for 0.0.0.0:80 failed: port is already allocated"),
            "port taken: Bind for 0.0.0.0:80 failed: port is already allocated",
        ),
    ],
)
def test_the_reason_is_said(look: Look, why: str) -> None:
    assert standing([look], once=False).why == why
