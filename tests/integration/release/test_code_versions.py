"""Versions of code as a user types them: what the page shows, and a wheel between two releases."""

import json
import re
import shlex
from pathlib import Path

import pytest

from helpers.engine.client import Client
from tests.builders import TEST_REPO, commit_all, git, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.pages import PAGES, blocks
from tests.wheel_repos import package

pytestmark = pytest.mark.slow

DIR = "apps/forecast"


def _released(folder: Path, client: Client) -> Workplace:
    """A dir that was released, and two commits since then."""
    repo = make_repo(folder, config=f"name: {TEST_REPO}\nrelease: {{}}\n")
    runs = {"devops/config.yaml": "entrypoint: [python, -m, forecast]\n"}
    make_runnable_dir(repo, DIR, package("forecast", "flit") | runs)
    project = repo.root / DIR / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "1.2"', 'version = "0.0.0"'))
    commit_all(folder, "feat: begin")
    git(folder, "tag", "forecast-v1.2.3")
    for message in ("feat: weather", "fix: rain"):
        write_files(folder, {f"{DIR}/src/forecast/more.py": f"# {message}\n"})
        commit_all(folder, message)
    return Workplace(repo, client)


@pytest.mark.superslow
def test_the_commands_of_the_page_work(workspace: Path, client: Client) -> None:
    workplace = _released(workspace / "repo", client)
    (page,) = [page for page in PAGES if page.name == "code_versions.md"]
    commands = [line for block in blocks(page, "console") for line in block.commands]
    said = {}
    for command in commands:
        done = workplace.invoke(*shlex.split(command)[1:])
        assert done.status == 0, done.stdout + done.stderr
        said[command] = done.stdout
    shown = blocks(page, "console")[0].text.split("\n$ ")[0].partition("\n")[2]
    assert said["i release_next --dir apps/forecast"] == f"{shown}\n"
    agreed = said["i release_check --dir apps/forecast"]
    assert agreed == "apps/forecast: 1.2.3 is released, 1.3.0 is next; nothing disagrees\n"
    (found,) = json.loads(said["i release_next --all --json"])
    commit = git(workplace.repo.root, "rev-parse", "--short=12", "HEAD")
    assert found["wheel_now"] == f"1.3.0.dev0+g{commit}"
    assert f"{commit}  patch  a fix: fix: rain" in said["i release_next --all --why"]
    built = said["i docker_build_prod_image --dir apps/forecast --dry-run"]
    assert f"label it with the version of its code: 1.3.0.dev0-g{commit}\n" in built
    wheel = f"dist/forecast-1.3.0.dev0+g{commit}-py3-none-any.whl"
    assert f"built {wheel}" in said["i package_build --dir apps/forecast"]
    again = workplace.invoke("package_build", "--dir", DIR).stdout
    assert f"nothing changed, nothing built: {wheel}" in again
    # The number in the file is nobody's business.
    assert 'version = "0.0.0"' in (workplace.repo.root / DIR / "pyproject.toml").read_text()
    assert git(workplace.repo.root, "status", "--porcelain") == ""
    git(workplace.repo.root, "tag", "forecast-v1.3.0")
    released = workplace.invoke("package_build", "--dir", DIR, "--dry-run").stdout
    assert re.search(r"would build forecast 1\.3\.0 of apps/forecast", released)
