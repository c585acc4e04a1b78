"""What adopting brings works inside the containers of the repo, and hides nothing of its own."""

from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.repo_files import load_repo
from tests.adopters import in_shell, make_adopter
from tests.builders import TEST_REPO, commit_all, make_repo, write_files

pytestmark = pytest.mark.slow

_REQUIREMENTS = TOOLCHAIN_ROOT / "tests" / "integration" / "pytest_requirements.txt"
_INSIDE = """
set -e
python -c "import helpers, tasks.mail; assert helpers.OWN and tasks.mail.SENT"
source ./setenv.sh
cd 'tools/my helpers/docs'
i dirs
cd ../../..
./main_pytest.py --help | head -n 1
"""


@pytest.mark.superslow
def test_the_tasks_and_the_repos_own_packages_are_there_inside(
    workspace: Path, remote: Path, client: Client
) -> None:
    files = {
        "helpers/__init__.py": "OWN = 1\n",
        "tasks/mail.py": "SENT = 1\n",
        "requirements.txt": _REQUIREMENTS.read_text(),
        "tests/test_own.py": "import helpers\n\ndef test_own():\n    assert helpers.OWN\n",
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "inside.sh": _INSIDE,
        "changelog.txt": "# helpers-test-adopter-1.0.0\n- 2026-01-31\n- First version\n",
    }
    root = make_repo(workspace / "my shop", files, config=f"name: {TEST_REPO}\n").root
    make_adopter(root, remote, submodule="tools/my helpers")
    commit_all(root)
    try:
        inside = in_shell(
            root,
            "source setenv.sh && i docker_build_local_image && i docker_cmd --cmd 'bash inside.sh'",
        )
        assert inside.status == 0, inside.stdout[-3000:] + inside.stderr[-3000:]
        assert f"{TEST_REPO}  helpers-test-adopter" in inside.stdout
        assert "usage: ./main_pytest.py" in inside.stdout
        # The toolchain's own tests are not among those of the root.
        tested = in_shell(root, "./main_pytest.py")
        assert tested.status == 0, tested.stdout[-3000:] + tested.stderr[-3000:]
        assert "1 passed, 0 failed" in tested.stdout
    finally:
        stop_own(client, load_repo(root), force=True)


@pytest.mark.superslow
def test_a_dir_below_the_root_is_tested_too(workspace: Path, remote: Path, client: Client) -> None:
    root = make_adopter(workspace / f"shop-{TEST_REPO}", remote)
    files = {
        "changelog.txt": "# helpers-test-till-1.0.0\n- 2026-01-31\n- First version\n",
        "devops/os_packages.txt": "# none\n",
        "requirements.txt": _REQUIREMENTS.read_text(),
        "test_it.py": "def test_it(): pass\n",
    }
    write_files(root / "apps" / "till", files)
    commit_all(root)
    try:
        done = in_shell(root, "../../main_pytest.py --dir .", cwd=root / "apps" / "till")
        assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert "1 passed, 0 failed" in done.stdout
    finally:
        stop_own(client, load_repo(root), force=True)
