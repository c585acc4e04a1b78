import json

import pytest

from helpers.console.hosts_view import hosts_as_json, print_cleaned, print_hosts, print_use
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.host_state import CONTAINERD_STORE, EngineFacts, HostState, Thing, group_runs

FACTS = EngineFacts("26.1.5", CONTAINERD_STORE, "/var/lib/docker", "linux/amd64", 8, 1 << 35, 0.2)
LEFT = group_runs([Thing("volume", "v", labels.hosted("r1", "ann@box:7", 1))])
GOOD = HostState("build1", "ssh://build1", FACTS, 10**11, 80.4, LEFT)
GONE = HostState(
    "build2", "ssh://build2", error=HelpersError("host 'build2' is not reached: No route", fix="go")
)


def test_each_host_is_a_row_and_what_is_wrong_has_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_hosts([GOOD, GONE])
    out, err = capsys.readouterr()
    assert "build1  yes      26.1.5  linux/amd64  8      34 GB   100 GB     +0 s   80" in out
    assert "build2  no\n" in out
    assert "build1: earlier runs left 1 volume\n  fix: i hosts_clean --hosts build1" in out
    assert "host 'build2' is not reached: No route" in err


def test_programs_get_the_same() -> None:
    good, gone = json.loads(hosts_as_json([GOOD, GONE]))
    assert (good["reached"], good["cores"], good["left"][0]["run"]) == (True, 8, "r1")
    assert (gone["reached"], gone["error"]["fix"]) == (False, "go")


def test_a_host_where_nothing_runs_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_use([("build1", None, 0.0, 0), ("build3", LEFT[0], 1.26, 10**9)], [])
    out = capsys.readouterr().out
    assert "build1  none" in out
    assert "build3  r1    ann@box:7" in out
    assert "1.3    1.0 GB" in out


def test_what_was_removed_and_what_was_kept_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_cleaned("build1", LEFT, 1, dry_run=True)
    print_cleaned("build2", [], 0, dry_run=False)
    assert capsys.readouterr().out.splitlines() == [
        "build1: would remove 1 volume of run r1 (ann@box:7)",
        "build1: kept the things of 1 live run",
        "build2: nothing is left of runs that ended",
    ]
