"""`i doctor` on a repo with broken files: each is a row with its fix, and all else is looked at."""

import shlex
import shutil
from pathlib import Path

import pytest

from helpers.system.process import run
from tests.builders import TEST_REPO, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.registries import RegistryOptions, free_port, serve_registry

pytestmark = pytest.mark.slow

_GIT = "git checkout HEAD -- "
# What is put in place of a file (None: a folder), what is said of it, and how it is fixed.
_BROKEN = [
    ("repo_config.yaml", b"name: demo\nreuse: [x\n", "yaml:2: not valid YAML", "correct"),
    ("repo_config.yaml", b"name: demo\nregistry: \xff\n", "repo_config.yaml:2: cannot", "UTF-8"),
    ("repo_config.yaml", None, "Is a directory", "ls -ld"),
    ("app/devops/config.yaml", b"\nnonsense: 1\n", "config.yaml:2: unknown key", "the keys are"),
    ("app/devops/config.yaml", b"reuse: \xff\n", "config.yaml:1: cannot read", "UTF-8"),
    ("app/devops/config.yaml", None, "Is a directory", "ls -ld"),
    ("app/changelog.txt", b"nothing\n", "app/changelog.txt:1", "#"),
    ("app/changelog.txt", b"\n\xff\n", "changelog.txt:2: cannot read", "UTF-8"),
    ("app/pyproject.toml", b"[project]\n[[[\n", "pyproject.toml:2: pyproject.toml is", _GIT),
    ("app/pyproject.toml", b"\xff\n", "pyproject.toml:1: cannot read", "UTF-8"),
    ("app/pyproject.toml", None, "Is a directory", "ls -ld"),
    (".gitmodules", b"[submodule\n", "git cannot read .gitmodules: fatal: bad config line 1", _GIT),
    (".gitmodules", b'[submodule "\xff"]\n', ".gitmodules:1: cannot read", "UTF-8"),
    (".gitmodules", None, ".gitmodules", _GIT),
]  # fmt: skip


def _break(path: Path, content: bytes | None) -> None:
    path.unlink(missing_ok=True)
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)


@pytest.mark.parametrize(("name", "content", "said", "fix"), _BROKEN)
def test_a_broken_file_is_a_row_and_the_rest_is_looked_at(
    workplace: Workplace, name: str, content: bytes | None, said: str, fix: str
) -> None:
    make_runnable_dir(workplace.repo, "app")
    _break(workplace.repo.root / name, content)
    done = workplace.invoke("doctor")
    assert (done.status, done.stderr) == (1, "")
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("file ")]
    assert said in row
    assert fix in row
    for check in ("Python ", "engine ", "disk space", "toolchain "):
        assert f"\n{check}" in done.stdout


def test_every_broken_file_has_its_row(workplace: Workplace) -> None:
    for name in ("app", "lib"):
        dir_ = make_runnable_dir(workplace.repo, name)
        dir_.changelog.write_text("nothing\n")
        dir_.config.write_text("nonsense: 1\n")
    (workplace.repo.root / "repo_config.yaml").write_text("nonsense: 1\n")
    rows = workplace.invoke("doctor").stdout.splitlines()
    assert len([line for line in rows if line.startswith("file ")]) == 5


def test_a_file_that_the_user_may_not_read_is_a_row(workplace: Workplace) -> None:
    setpriv = shutil.which("setpriv")
    assert setpriv
    dir_ = make_runnable_dir(workplace.repo, "app")
    dir_.config.write_text("reuse: false\n")
    dir_.config.chmod(0)
    # Root reads everything, unless it gives that up.
    without = [setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
    command = shlex.join([*without, *workplace.invoke_command(), "doctor"])
    done = run(["sh", "-c", command], cwd=workplace.repo.root, check=False)
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("file ")]
    assert "cannot read config.yaml: Permission denied" in row
    assert "ls -ld" in row


def _registry_row(workplace: Workplace, registry: str) -> str:
    write_files(
        workplace.repo.root, {"repo_config.yaml": f"name: {TEST_REPO}\nregistry: {registry}\n"}
    )
    lines = workplace.invoke("doctor").stdout.splitlines()
    (row,) = [line for line in lines if line.startswith("registry ")]
    return " ".join(row.split())


@pytest.mark.parametrize(
    ("registry", "said"),
    [
        ("localhost:{port}/team", "refuses connections"),
        ("registry.invalid/team", "there is no host registry.invalid"),
    ],
)
def test_a_registry_that_does_not_answer_is_told_as_that(
    workplace: Workplace, registry: str, said: str
) -> None:
    row = _registry_row(workplace, registry.format(port=free_port()))
    assert row.startswith("registry wrong ")
    assert f"{said} start it, or ask those who run it" in row


def test_a_registry_that_wants_a_login_answers(workplace: Workplace, tmp_path: Path) -> None:
    options = RegistryOptions(login=("ann", "s3cr3t-word"))
    with serve_registry(tmp_path, options, for_engine=False) as registry:
        assert "registry ok" in _registry_row(workplace, f"{registry.address}/team")


_IN_A_CONTAINER = {
    "HELPERS_CONTAINER": "1",
    "HELPERS_DIR": "app",
    "DOCKER_HOST": "unix:///nowhere.sock",
}


@pytest.mark.parametrize("task", ["run_fast_tests", "docker_images", "docker_ps", "engine_start"])
def test_where_no_engine_can_be_started_the_way_to_one_is_told(
    workplace: Workplace, task: str
) -> None:
    """In a container: what cannot be looked at is not said to be empty."""
    make_runnable_dir(workplace.repo, "app")
    done = workplace.invoke(task, env=_IN_A_CONTAINER, cwd=workplace.repo.root / "app")
    assert (done.status, done.stdout) == (2, "")
    assert "\n  fix:   leave the container (exit), and type it on the host\n" in done.stderr
    assert "i docker_bash --dir app --sibling\n" in done.stderr
    assert "i engine_start" not in done.stderr


def test_the_doctor_in_a_container_names_nothing_that_cannot_help(workplace: Workplace) -> None:
    done = workplace.invoke("doctor", env=_IN_A_CONTAINER)
    assert "leave the container (exit)" in done.stdout
    assert "i engine_start" not in done.stdout
