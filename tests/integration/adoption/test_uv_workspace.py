"""Members of a workspace of uv as dirs of their own: locked together, built and tested apart."""

from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.process import ProcessResult, run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, write_files
from tests.real_repos import REAL_REPOS, UV_WORKSPACE

pytestmark = pytest.mark.superslow


def _typed(root: Path, command: str) -> ProcessResult:
    done = in_shell(root, f"source ./setenv.sh; {command}")
    assert done.status == 0, done.stdout + done.stderr
    return done


def _tested(root: Path, *args: str) -> str:
    done = run([root / "main_pytest.py", *args], cwd=root, check=False, timeout=900)
    assert done.status == 0, done.stdout + done.stderr
    return done.stdout


def test_what_one_member_needs_is_no_matter_of_another(
    client: Client, root: Path, remote: Path
) -> None:
    theirs = REAL_REPOS[UV_WORKSPACE]
    write_files(root, dict(theirs.files))
    commit_all(root, "Theirs")
    make_adopter(root, remote, adopt=False)
    adopted = run_adopt(root, "--yes")
    assert adopted.status == 0, adopted.stdout + adopted.stderr
    for name in ("tides", "pilot"):
        _typed(root, f"i runnable_dir_create --dir packages/{name} --from-pyproject --yes")
    commit_all(root, "Dirs")
    first = _tested(root)
    assert "packages/tides: passed (1 passed" in first
    assert "packages/pilot: passed (2 passed" in first
    assert theirs.lost(root) == []

    added = _typed(root, "i dependency_add --package idna --dir packages/pilot")
    assert "idna" in added.stdout
    changed = git(root, "status", "--porcelain").split("\n")
    assert {line[3:] for line in changed if line} == {"packages/pilot/pyproject.toml", "uv.lock"}
    # Its image is built again, since its version was not released; the other's is as it was.
    affected = _tested(root, "--changed-since", "HEAD")
    assert "packages/pilot: passed (2 passed" in affected
    assert "packages/tides" not in affected
    second = _tested(root)
    assert "packages/tides: passed (reused" in second

    write_files(root, {"packages/pilot/devops/config.yaml": "entrypoint: [pilot]\n"})
    built = _typed(root, "i docker_build_prod_image --dir packages/pilot")
    assert "prod-1.0.0" in built.stdout + built.stderr
    repo = load_repo(root)
    wanted = {labels.REPO: repo.config.name, labels.STAGE: "prod"}
    (image,) = [item.id for item in engine.images(wanted)]
    assert run(["docker", "run", "--rm", image]).stdout == "high\n"
    started = ["docker", "run", "--rm", "--entrypoint", "python", image, "-c"]
    run([*started, "import attrs, idna, tides"])
    packages = run([*started, "import pytest"], check=False)
    assert "No module named 'pytest'" in packages.stderr

    # What is not locked yet is said before anything is built, with the command that locks it.
    file = root / "packages/tides/pyproject.toml"
    file.write_text(file.read_text().replace('"iniconfig>=2"', '"iniconfig>=2", "certifi"'))
    failed = in_shell(root, "source ./setenv.sh; i docker_build_local_image --dir packages/tides")
    assert failed.status == 2, failed.stdout + failed.stderr
    assert "uv.lock is older than pyproject.toml, which asks for certifi" in failed.stderr
    (fix,) = [line for line in failed.stderr.splitlines() if "i dependency_lock" in line]
    _typed(root, fix.partition("fix: ")[2].strip())
    _typed(root, "i docker_build_local_image --dir packages/tides")
