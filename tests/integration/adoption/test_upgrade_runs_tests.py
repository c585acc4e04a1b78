"""An upgrade runs the tests that it affects, with the version that it moved to, in containers."""

from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.system.repo_files import load_repo
from tests.builders import TEST_REPO, commit_all, git, write_files
from tests.upgrades import make_adopter

pytestmark = pytest.mark.slow

_REQUIREMENTS = Path(__file__).parents[1] / "pytest_requirements.txt"
_CONFIG = "app/devops/config.yaml"


@pytest.mark.superslow
def test_a_test_that_fails_stops_an_upgrade_that_goes_on_once_it_passes(
    workspace: Path, client: Client, releases: Path
) -> None:
    files = {
        ".gitignore": "__pycache__/\n",
        "repo_config.yaml": f"# of 1.3\nname: {TEST_REPO}-upgraded\n",
        _CONFIG: "reuse: false\nsibling: false\n",
        "app/changelog.txt": "# helpers-test-app-1.0.0\n- 2026-01-02\n- Change\n",
        "app/devops/os_packages.txt": "# none\n",
        "app/requirements.txt": _REQUIREMENTS.read_text(),
        "app/pytest.ini": "[pytest]\n",
        # The whole repo is seen where results are not reused.
        "app/test_it.py": (
            "from pathlib import Path\n\n\n"
            "def test_it():\n"
            "    config = Path(__file__).parents[1] / 'repo_config.yaml'\n"
            "    assert '# of 1.3' in config.read_text()\n"
        ),
    }
    adopter = make_adopter(workspace / "upgraded", releases, files)
    before = adopter.state()
    try:
        failed = adopter.upgrade("--yes")
        assert failed.status == 2, failed.stdout + failed.stderr
        assert "1 failed" in failed.stdout
        assert "tests fail with 1.4.0 of the toolchain" in failed.stderr
        assert "to go back: i helpers_upgrade --undo" in failed.stderr
        assert adopter.version() == "1.4.0"
        assert adopter.upgrade("--undo").status == 0
        assert adopter.state() == before

        assert adopter.upgrade("--yes").status == 2
        write_files(adopter.root, {"app/test_it.py": "def test_it():\n    pass\n"})
        done = adopter.upgrade("--yes", "--commit")
        assert done.status == 0, done.stdout + done.stderr
        assert "did not come to its end; this goes on with it" in done.stdout
        assert "1 passed" in done.stdout
        assert "committed: Upgrade helpers to 1.4.0" in done.stdout
        assert git(adopter.root, "status", "--porcelain") == " M app/test_it.py"
        commit_all(adopter.root)
        assert "there is nothing to do" in adopter.upgrade().stdout
    finally:
        stop_own(client, load_repo(adopter.root), force=True)
