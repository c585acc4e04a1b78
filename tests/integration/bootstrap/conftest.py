"""One thin environment for all of these tests, and small builders of repos and shells."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers.adoption.adopting.shims import setenv_text
from tests.needs import find_program

TOP = Path(__file__).resolve().parents[3]
DEV_SCRIPTS = TOP / "dev_scripts"
SHELLS = ("bash", "zsh")
# What a package index needs besides: certificates and the settings of pip and uv.
_KEPT = ("PATH", "HOME", "LANG", "SSL_CERT_FILE", "PIP_CERT", "PIP_INDEX_URL", "UV_DEFAULT_INDEX")
TASKS = '''
import os
from invoke import task

@task
def first_task(c, some_flag=False, name=""):
    """Print where it runs."""
    print("ran in", os.getcwd())

@task
def second_task(c):
    """Do nothing."""
'''


@dataclass(frozen=True)
class Repo:
    """A repo that has adopted the toolchain: `app` is an application with its own tasks."""

    root: Path
    app: Path
    environ: Mapping[str, str]

    def run(self, shell: str, script: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a shell that reads no start files, standing in the application."""
        flag = "--norc" if shell == "bash" else "-f"
        return subprocess.run(
            [shell, flag, *args, "-c", script],
            cwd=self.app,
            env=dict(self.environ),
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


def thin_env(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run thin_env.py to its end."""
    return subprocess.run(
        [sys.executable, str(DEV_SCRIPTS / "thin_env.py"), *args],
        env={**os.environ, **environ},
        text=True,
        timeout=300,
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory, of an awkward name, that holds the thin environment."""
    folder = tmp_path_factory.mktemp("data ö")
    done = thin_env("ensure", XDG_DATA_HOME=str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def repo(tmp_path: Path, data_home: Path) -> Repo:
    """A repo in an awkward path, with the toolchain in `helpers_root` and an application."""
    root = tmp_path / "my repö"
    app = root / "apps" / "sender"
    app.mkdir(parents=True)
    (root / "helpers_root").symlink_to(TOP)
    (root / "setenv.sh").write_text(setenv_text("helpers_root"))
    (root / "tasks.py").write_text(TASKS)
    (app / "tasks.py").write_text("raise SystemExit('the tasks of the application')\n")
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return Repo(root, app, {"LANG": "C.UTF-8", **kept, "XDG_DATA_HOME": str(data_home)})


@pytest.fixture
def linked_repo(repo: Repo) -> Repo:
    """A repo that adopted the toolchain by hand: its `setenv.sh` is a link into the submodule."""
    (repo.root / "setenv.sh").unlink()
    (repo.root / "setenv.sh").symlink_to(Path("helpers_root", "setenv.sh"))
    return repo


@pytest.fixture
def unbuilt_repo(repo: Repo) -> Repo:
    """A repo with a toolchain of its own, for whose requirements no environment is there yet."""
    own = repo.root / "helpers_root"
    own.unlink()
    shutil.copytree(DEV_SCRIPTS, own / "dev_scripts")
    shutil.copy(TOP / "setenv.sh", own)
    (own / "helpers").symlink_to(TOP / "helpers")
    with (own / "dev_scripts" / "thin_requirements.txt").open("a") as file:
        file.write(f"# of {repo.root}\n")
    return repo


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that `setenv.sh` is for."""
    name = str(request.param)
    find_program(name)
    return name
