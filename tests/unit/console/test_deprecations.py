"""Settings in the form of an earlier version are told once a command."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from helpers.console.deprecations import deprecations_told
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config
from helpers.tasks import cli
from tests.builders import make_repo, make_runnable_dir


def test_each_setting_is_told_once_however_often_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(tmp_path)
    old = {"devops/config.yaml": "reuse: false\nsibling: true\n"}
    dirs = [make_runnable_dir(repo, name, old) for name in ("a", "b")]
    with deprecations_told(), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read_dir_config, dirs * 20))
    assert {config.sibling for config in found} == {SocketPolicy.FULL}
    assert sorted(capsys.readouterr().err.splitlines()) == [
        f"warning: {name}/devops/config.yaml:2: 'sibling: true' is the form of 1.0;"
        " write 'sibling: full'"
        for name in ("a", "b")
    ]


def test_the_next_command_tells_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dir_ = make_runnable_dir(make_repo(tmp_path), "a", {"devops/config.yaml": "sibling: true\n"})
    for _ in range(2):
        with deprecations_told():
            read_dir_config(dir_)
        assert capsys.readouterr().err.count("\n") == 1


def test_present_settings_are_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dir_ = make_runnable_dir(make_repo(tmp_path), "a", {"devops/config.yaml": "sibling: full\n"})
    with deprecations_told():
        read_dir_config(dir_)
    assert capsys.readouterr().err == ""


def test_other_warnings_are_left_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.warns(UserWarning, match="of another kind"), deprecations_told():
        warnings.warn("of another kind", stacklevel=1)
    assert capsys.readouterr().err == ""


def test_every_task_tells_it_on_the_error_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dir_ = make_runnable_dir(make_repo(tmp_path), "a", {"devops/config.yaml": "sibling: off\n"})

    def job(_: Host) -> None:
        read_dir_config(dir_)
        read_dir_config(dir_)
        sys.stdout.write("output\n")

    cli.run_job(job)
    shown = capsys.readouterr()
    assert shown.out == "output\n"
    assert shown.err == (
        "warning: a/devops/config.yaml:1: 'sibling: false' is the form of 1.0; remove it\n"
    )
