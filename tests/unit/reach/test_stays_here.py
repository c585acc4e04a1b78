"""Dirs whose tests need what only this machine has are tested here, and it is said why."""

import pytest

from helpers.model.settings.config import DirConfig
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.reach.on_hosts import stays_here
from helpers.testing.request import TestRequest


def test_a_dir_that_sees_its_inputs_alone_goes_to_any_host() -> None:
    assert not stays_here(TestRequest(), DirConfig())


@pytest.mark.parametrize(
    ("request_", "config", "why"),
    [
        (TestRequest(), DirConfig(reuse=False), "reuse: false"),
        (TestRequest(), DirConfig(sibling=SocketPolicy.OWN), "Docker socket"),
        (TestRequest(dind=True), DirConfig(), "Docker Engine"),
    ],
)
def test_a_dir_that_sees_more_stays_here(
    request_: TestRequest, config: DirConfig, why: str
) -> None:
    assert why in stays_here(request_, config)
