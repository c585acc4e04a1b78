"""What a cluster of others must have, and what is refused with its fix."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from helpers.engine.client import Client
from helpers.model.errors import HelpersError
from helpers.reach.cluster import check_certificates, check_versions
from helpers.reach.joined_fleet import PROTOCOL, released
from helpers.system.locate import TOOLCHAIN_ROOT

_DIGEST = f"sha256:{'a' * 64}"


def _engine(**image: Any) -> Client:
    return cast(Client, SimpleNamespace(call=lambda *_: image))


def test_an_image_that_a_registry_may_have_goes_by_its_digest() -> None:
    names = [f"team/app@{_DIGEST}", f"registry.example.com/team/app@{_DIGEST}"]
    found = released(_engine(RepoDigests=names), "sha256:b", "app")
    assert (found.source, found.manifest) == (names[1], _DIGEST)


def test_an_image_that_is_here_alone_is_an_error_with_the_command_that_releases_it() -> None:
    here = _engine(RepoDigests=[f"team/app@{_DIGEST}"], RepoTags=["team/app:local-me-1.0.0"])
    with pytest.raises(HelpersError, match=r"team/app:local-me-1\.0\.0") as raised:
        released(here, "sha256:b", "app")
    assert "i docker_release_dev_image --dir app" in raised.value.fix


def test_another_version_is_told_with_both_and_a_fix() -> None:
    said = {"scheduler": {"packages": {"distributed": "2024.1.0"}}}
    check_versions(said, "2024.1.0")
    with pytest.raises(HelpersError, match=r"2024\.1\.0.*2026\.8\.0") as raised:
        check_versions(said, "2026.8.0")
    assert "distributed==2026.8.0" in raised.value.fix


def test_certificates_that_are_missing_are_named_by_their_setting(tmp_path: Path) -> None:
    there = tmp_path / "own.pem"
    there.touch()
    check_certificates((str(there),) * 3, "tls://scheduler:8786")
    with pytest.raises(HelpersError, match="CLIENT__KEY"):
        check_certificates((str(there), str(there), None), "tls://scheduler:8786")


def test_driver_and_worker_speak_the_same_protocol() -> None:
    relay = (TOOLCHAIN_ROOT / "devops" / "in_worker" / "helpers_relay.py").read_text()
    assert re.findall(r"^PROTOCOL = (\d+)$", relay, re.MULTILINE) == [str(PROTOCOL)]
