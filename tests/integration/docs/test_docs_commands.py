"""Every command in a `bash` block of the docs is run, page by page, in a fresh clone."""

import shutil
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from helpers.vcs.files import list_files
from tests.builders import (
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.integration.conftest import Workplace
from tests.made_once import made_once
from tests.pages import PAGES, blocks

pytestmark = pytest.mark.slow

_REQUIREMENTS = TOOLCHAIN_ROOT / "tests" / "integration" / "pytest_requirements.txt"
_RUNNABLE = [page for page in PAGES if blocks(page, "bash")]


@pytest.fixture(scope="session")
def this_repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repo, which no test changes."""
    made = made_once(
        tmp_path_factory, "this_repo", lambda folder: copy_of_this_repo(folder / "repo")
    )
    return made / "repo"


@pytest.mark.superslow
@pytest.mark.parametrize("page", _RUNNABLE, ids=lambda page: page.name)
def test_the_commands_of_a_page_work(
    page: Path, workspace: Path, client: Client, this_repo: Path
) -> None:
    clone = workspace / "clone"
    git(workspace, "clone", "--quiet", str(this_repo), str(clone))
    script = "source ./setenv.sh\n" + "\n".join(block.text for block in blocks(page, "bash"))
    done = run(["bash", "-euo", "pipefail", "-c", script], cwd=clone, check=False, timeout=500)
    stop_own(client, load_repo(clone), force=True)
    assert done.status == 0, done.stdout[-4000:] + done.stderr[-4000:]


def copy_of_this_repo(clone: Path) -> None:
    """As it stands in the work tree, committed or not."""
    git(
        TOOLCHAIN_ROOT,
        "-c",
        f"safe.directory={TOOLCHAIN_ROOT}",
        "clone",
        "--quiet",
        ".",
        str(clone),
    )
    for name in list_files(TOOLCHAIN_ROOT):
        target = clone / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(TOOLCHAIN_ROOT / name, target, follow_symlinks=False)
    write_files(clone, {"repo_config.yaml": f"name: {TEST_REPO}-helpers\n"})
    commit_all(clone)


@pytest.mark.superslow
def test_a_repo_adopts_the_toolchain_as_the_readme_says(
    workspace: Path, client: Client, this_repo: Path
) -> None:
    adopter = make_repo(workspace / f"my {TEST_REPO}")
    add_submodule(adopter.root, "helpers_root", this_repo)
    (adopter.root / "repo_config.yaml").unlink()
    (readme,) = [
        page for page in PAGES if page.name == "README.md" and page.parent == TOOLCHAIN_ROOT
    ]
    adopt = next(block for block in blocks(readme, "console") if "submodule add" in block.text)
    (after_the_submodule,) = adopt.commands[1:]
    script = f"{after_the_submodule} --yes\n{_FIRST_DIR}"
    done = run(["bash", "-euo", "pipefail", "-c", script], cwd=adopter.root, check=False)
    stop_own(client, load_repo(adopter.root), force=True)
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "1 passed, 0 failed" in done.stdout


@pytest.mark.superslow
def test_the_dockerfile_of_a_dirs_own_on_the_page_works(workplace: Workplace) -> None:
    (page,) = [page for page in PAGES if page.name == "configuration.md"]
    (shown,) = [b.text for b in blocks(page, "text") if b.text.startswith("ARG BASE_IMAGE")]
    files = {
        "devops/Dockerfile": shown,
        "requirements.txt": _REQUIREMENTS.read_text(),
        "test_it.py": "def test_it(): pass\n",
    }
    make_runnable_dir(workplace.repo, "app", files, image_name="helpers-test-own-dockerfile")
    built = workplace.invoke("docker_build_local_image", "--dir", "app")
    assert built.status == 0, built.stderr[-3000:]
    done = workplace.main_pytest("--dir", "app")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]


_FIRST_DIR = """
mkdir -p apps/greeter/devops
printf '# adopted-greeter-1.0.0\\n- 2026-01-31\\n- First\\n' > apps/greeter/changelog.txt
echo '# none' > apps/greeter/devops/os_packages.txt
cp helpers_root/tests/integration/pytest_requirements.txt apps/greeter/requirements.txt
echo 'def test_greets(): pass' > apps/greeter/test_greeter.py
git add --all
source ./setenv.sh
i --list
cd apps/greeter
i docker_build_local_image
i docker_cmd --cmd 'python --version'
../../main_pytest.py --dir apps/greeter
"""
