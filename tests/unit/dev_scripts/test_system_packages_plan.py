"""What is read from the system and from dpkg, and what is planned from it."""

import os
from pathlib import Path

import pytest
from bootstrap.actions import AptInstall, AptUpdate
from bootstrap.errors import BootstrapError
from bootstrap.host import Distribution, agrees_beforehand, parse_os_release
from bootstrap.packages import lists_are_fresh, parse_installed, plan_packages

DEBIAN = Distribution("debian", (13,), "trixie", "Debian 13")


def test_os_release_is_read_with_and_without_quotes() -> None:
    text = '# c\nID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nPRETTY_NAME="Ubuntu 24"\n'

    assert parse_os_release(text) == Distribution("ubuntu", (24, 4), "noble", "Ubuntu 24")


def test_os_release_without_a_version_is_read() -> None:
    assert parse_os_release("ID=debian\nVERSION_ID=\n").version == ()


def test_only_what_is_installed_counts() -> None:
    output = (
        "git install ok installed\nzsh deinstall ok config-files\nvim unknown ok not-installed\n"
    )

    assert parse_installed(output) == {"git"}


def test_nothing_is_planned_when_nothing_is_missing() -> None:
    assert plan_packages(["git"], [], DEBIAN, fresh=False) == ()


def test_missing_packages_are_installed_after_an_update_of_old_lists() -> None:
    plan = plan_packages(["git", "zsh"], ["zsh"], DEBIAN, fresh=False)

    assert plan == (AptUpdate(), AptInstall(("zsh",)))


def test_other_distributions_are_told_what_is_needed() -> None:
    fedora = Distribution("fedora", (42,), "", "Fedora Linux 42")

    with pytest.raises(BootstrapError, match="on Fedora Linux 42 not ours to install: git"):
        plan_packages(["git"], ["git"], fedora, fresh=True)


def test_lists_grow_old_after_a_day(tmp_path: Path) -> None:
    (tmp_path / "partial").mkdir()
    (tmp_path / "mirror_Packages").write_text("")
    for path in (tmp_path, tmp_path / "partial"):
        os.utime(path, (1000, 1000))

    assert lists_are_fresh(tmp_path, now=1000 + 3600)
    assert not lists_are_fresh(tmp_path, now=1000 + 25 * 3600)


def test_lists_that_are_not_there_are_not_fresh(tmp_path: Path) -> None:
    assert not lists_are_fresh(tmp_path / "none")


@pytest.mark.parametrize(
    ("flag", "environ", "expected"),
    [(True, {}, True), (False, {}, False), (False, {"CI": "true"}, True)],
)
def test_nobody_is_asked_in_ci(flag: bool, environ: dict[str, str], expected: bool) -> None:
    assert agrees_beforehand(flag, environ) is expected
