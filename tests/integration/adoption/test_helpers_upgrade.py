"""`i helpers_upgrade` in a repo whose toolchain has releases on a remote."""

from pathlib import Path

import pytest

from tests.builders import git
from tests.upgrades import Adopter, make_adopter, make_toolchain

pytestmark = pytest.mark.slow

_FILES = {
    "repo_config.yaml": "# of 1.3\nname: shop\n",
    "apps/pay/changelog.txt": "# pay-1.0.0\n- 2026-01-02\n- First\n",
    "apps/pay/devops/config.yaml": "# Its tests start containers.\nsibling: true  # all\n",
}


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_toolchain(tmp_path_factory.mktemp("toolchain"))


@pytest.fixture
def adopter(tmp_path: Path, remote: Path) -> Adopter:
    return make_adopter(tmp_path / "shop", remote, _FILES)


def test_the_newest_release_comes_with_notes_and_migrations(adopter: Adopter) -> None:
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stdout + done.stderr
    assert "helpers_root: 1.3.0 (" in done.stdout
    assert "What 1.4.0 brings." in done.stdout
    assert "What 1.3.0 brings." not in done.stdout
    assert "+# of 1.4\n" in done.stdout
    assert adopter.version() == "1.4.0"
    assert (adopter.root / "repo_config.yaml").read_text() == "# of 1.4\nname: shop\n"
    config = (adopter.root / "apps/pay/devops/config.yaml").read_text()
    assert config == "# Its tests start containers.\nsibling: full  # all\n"
    assert git(adopter.root, "status", "--porcelain").splitlines() == [
        " M apps/pay/devops/config.yaml",
        " M helpers_root",
        " M repo_config.yaml",
    ]


def test_undoing_brings_every_byte_back(adopter: Adopter) -> None:
    before = adopter.state()
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    assert adopter.state() != before
    done = adopter.upgrade("--undo")
    assert done.status == 0, done.stderr
    assert adopter.state() == before
    again = adopter.upgrade("--undo")
    assert (again.status, "there is no upgrade of this repo to undo" in again.stderr) == (2, True)


def test_a_dry_run_shows_all_and_changes_nothing(adopter: Adopter) -> None:
    before = adopter.state()
    done = adopter.upgrade("--dry-run")
    assert done.status == 0, done.stderr
    assert "What 1.4.0 brings." in done.stdout
    assert "+sibling: full  # all\n" in done.stdout
    assert adopter.state() == before


def test_without_a_terminal_and_an_answer_nothing_changes(adopter: Adopter) -> None:
    before = adopter.state()
    done = adopter.upgrade()
    assert done.status == 2
    assert "add --yes, or --dry-run" in done.stderr
    assert adopter.state() == before
