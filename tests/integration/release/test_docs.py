"""What the page on releases shows is typed, from its top to its end, with a real registry."""

from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.builders import TEST_REPO, commit_all, git
from tests.integration.docs.test_docs_commands import copy_of_this_repo
from tests.pages import PAGES, blocks
from tests.registries import Registry

pytestmark = pytest.mark.slow


@pytest.mark.superslow
def test_the_commands_of_the_page_on_releases_work(
    workspace: Path, client: Client, registry: Registry
) -> None:
    clone, remote = workspace / "clone", workspace / "remote.git"
    copy_of_this_repo(clone)
    git(workspace, "init", "--quiet", "--bare", str(remote))
    git(clone, "remote", "set-url", "origin", str(remote))
    settings = clone / "repo_config.yaml"
    name = f"{TEST_REPO}-{workspace.name}"
    settings.write_text(
        f"name: {name}\nregistry: {registry.address}/team\n"
        f"registries:\n  company: {registry.address}/company\n"
    )
    commit_all(clone)
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    git(clone, "fetch", "--quiet", "origin")
    (page,) = [page for page in PAGES if page.name == "releasing_images.md"]
    commands = [line for block in blocks(page, "console") for line in block.commands]
    assert len(commands) > 15
    script = "\n".join(["source ./setenv.sh", *commands])
    done = run(
        ["bash", "-euxo", "pipefail", "-c", script],
        cwd=clone,
        env={"DOCKER_CONFIG": str(workspace / "docker")},
        check=False,
        timeout=500,
    )
    stop_own(client, load_repo(clone), force=True)
    engine.remove_images({labels.REPO: name})
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-4000:]
