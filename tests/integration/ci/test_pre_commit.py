"""Hooks of `i pre_commit_sync` in real commits: each refuses what it must, passes what it must."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.adopters import CLONES_FROM_DISK, in_shell, make_adopter, toolchain_remote
from tests.builders import GIT_ENVIRONMENT, TEST_REPO, commit_all, git, write_files
from tests.integration.conftest import PYTEST_REQUIREMENTS

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

HEADER = "SPDX-License-Identifier: MIT"
CONFIG = f"name: {TEST_REPO}-hooks\nlicenses: {{header: '{HEADER}'}}\n"
CHANGELOG = "# {}-1.0.0\n- 2026-01-31\n- First version\n"
_FAILED = re.compile(r"Failed\n- hook id: (\S+)")
GOOD = {
    "config.toml": "a = 1\n",
    "config.yaml": "a: 1\n",
    "config.json": "{}\n",
    "tsconfig.json": "// why\n{}\n",
    "text.txt": "a\nb\n",
    "code.py": f"# {HEADER}\nX = 1\n",
    "Dockerfile": "FROM debian:13\n",
    "notes.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
    "small.bin": "x\n" * 1000,
    # What it is made of is allowed; what requirements.in asks for is there.
    "app/requirements.txt": f"# of the tests\n{PYTEST_REQUIREMENTS}",
    "app/changelog.txt": CHANGELOG.format("helpers-test-hooks-app").replace("1.0.0", "1.1.0")
    + "\n"
    + CHANGELOG.format("helpers-test-hooks-app"),
    "locked/requirements.in": "pytest\n",
}
OUTPUT = '{"output_type": "stream", "name": "stdout", "text": ["1"]}'
CELL = (
    '{"cell_type": "code", "id": "a", "execution_count": 1, "metadata": {}, "source": [],'
    f' "outputs": [{OUTPUT}]}}'
)
BAD = {
    "config.toml": "a =\n",
    "config.yaml": "a: [\n",
    "config.json": "{\n",
    "text.txt": "a\r\nb\nc",
    "code.py": "import os\n",
    "Dockerfile": "FROM debian\n",
    "notes.ipynb": f'{{"cells": [{CELL}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}\n',
    "large.bin": "x\n" * 3_000_000,
    "app/requirements.txt": f"{PYTEST_REQUIREMENTS}certifi\n",
    "locked/requirements.in": "pytest\nattrs\n",
    "repo_config.yaml": f"{CONFIG}ci: {{runners: {{default: [ours]}}}}\n",
}
# All but that of the message, which git asks for when the others have passed.
EVERY = {
    *("no-commit-to-branch", "end-of-file-fixer", "mixed-line-ending", "check-toml", "check-json"),
    *("check-yaml", "files_check", "nbstripout", "license-header", "ruff", "hadolint"),
    *("ci_check", "lock_check", "license_check"),
    # Adopting added this one, and it stays.
    "changelog_check",
}


@pytest.fixture
def adopter(workspace: Path, client: Client) -> Iterator[Path]:
    """A repo with workflows and hooks of ours, and two dirs; pre-commit is installed in it."""
    root = make_adopter(workspace / "shop", toolchain_remote(workspace))
    dirs = {
        f"{name}/{file}": text
        for name in ("app", "locked")
        for file, text in {
            "changelog.txt": CHANGELOG.format(f"helpers-test-hooks-{name}"),
            "devops/os_packages.txt": "# none\n",
            "requirements.txt": PYTEST_REQUIREMENTS,
        }.items()
    }
    write_files(root, {"repo_config.yaml": CONFIG, **dirs})
    done = in_shell(root, "source setenv.sh && i ci_sync && i pre_commit_sync")
    assert done.status == 0, done.stdout + done.stderr
    command = done.stdout.splitlines()[-1].removeprefix("next: pre-commit ").split()
    commit_all(root)
    git(root, "branch", "--move", "main")
    run([sys.executable, "-m", "pre_commit", *command], cwd=root, env=GIT_ENVIRONMENT)
    yield root
    engine.remove_images({labels.REPO: f"{TEST_REPO}-hooks"})


def commit(root: Path, files: dict[str, str], message: str = "Work") -> ProcessResult:
    """Commit files as a user does."""
    write_files(root, files)
    git(root, "add", "--all")
    cache = {"PRE_COMMIT_HOME": str(root.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"}
    environment = {**GIT_ENVIRONMENT, **CLONES_FROM_DISK, **cache}
    command = ["git", "commit", "--message", message]
    return run(command, cwd=root, env=environment, check=False, timeout=300)


def failed(done: ProcessResult) -> set[str]:
    return set(_FAILED.findall(done.stdout + done.stderr))


def test_each_hook_refuses_what_it_must_and_passes_what_it_must(adopter: Path) -> None:
    bad = commit(adopter, BAD)
    assert bad.status == 1
    assert failed(bad) == EVERY, bad.stdout + bad.stderr
    said = bad.stdout + bad.stderr
    assert re.search(r"^app +certifi +\S+ +MPL-2.0$", said, re.MULTILINE), said
    assert "i dependency_lock --dir locked" in said
    assert "fix: i ci_sync" in said
    assert "a file of 6.0 MB is not committed" in said
    assert "a notebook is committed without its outputs" in said

    git(adopter, "reset", "--hard", "--quiet")
    git(adopter, "switch", "--quiet", "--create", "work")
    good = commit(adopter, GOOD, "Work\n\nand more")
    assert good.status == 0, good.stdout + good.stderr
    unclear = commit(adopter, {"text.txt": "c\n"}, "Work\nand more")
    assert (unclear.status, failed(unclear)) == (1, {"commit-message"}), unclear.stderr
    git(adopter, "checkout", "--quiet", "HEAD", "--", ".")
    assert git(adopter, "status", "--porcelain") == ""

    again = in_shell(adopter, "source setenv.sh && i pre_commit_sync --check")
    assert (again.status, again.stdout) == (0, ".pre-commit-config.yaml is up to date\n")
