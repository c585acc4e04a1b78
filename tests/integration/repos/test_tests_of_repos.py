"""`main_pytest.py --repos` on real repos: one run, one table, one page."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.repo_files import load_repo
from tests import engine
from tests.adopters import in_shell, make_adopter, toolchain_remote
from tests.browsers import VIEWS, faults
from tests.builders import TEST_REPO, commit_all, make_repo, write_files
from tests.integration.sync.conftest import GIT_ENVIRONMENT

pytestmark = [pytest.mark.slow, pytest.mark.superslow, pytest.mark.timeout(400)]

_NAMES = (f"{TEST_REPO}-listed-one", f"{TEST_REPO}-listed-two")
_SLUGS = Path("apps/slug/slug/slugs.py")
_CREATE = "source ./setenv.sh && i runnable_dir_create --dir apps/slug --yes"


@pytest.fixture
def repos(workspace: Path, client: Client) -> Iterator[Path]:
    """A folder with a list: one repo passes, one fails, one has no toolchain, one is not there."""
    folder = workspace / "my repos"
    folder.mkdir()
    shop = make_adopter(folder / "shop", toolchain_remote(folder))
    write_files(shop, {"repo_config.yaml": f"name: {_NAMES[0]}\n"})
    made = in_shell(shop, _CREATE)
    assert made.status == 0, made.stdout + made.stderr
    commit_all(shop)
    broken = folder / "broken"
    shutil.copytree(shop, broken, symlinks=True)
    write_files(broken, {"repo_config.yaml": f"name: {_NAMES[1]}\n"})
    source = broken / _SLUGS
    source.write_text(source.read_text().replace("longest: int = 60", "longest: int = 5"))
    make_repo(folder / "plain")
    (folder / "repos.txt").write_text("shop\nbroken\nplain\nnowhere\n")
    yield folder
    for root, name in zip((shop, broken), _NAMES, strict=True):
        stop_own(client, load_repo(root), force=True)
        engine.remove_images({labels.REPO: name})


def _tests(repos: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["./main_pytest.py", "--repos", "../repos.txt", *args],
        cwd=repos / "shop", env={**os.environ, **GIT_ENVIRONMENT}, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


def test_each_repo_is_a_row_and_one_page_leads_to_theirs(repos: Path, browser: Browser) -> None:
    done = _tests(repos, "--suite", "all")
    assert done.returncode == 2, done.stdout + done.stderr
    table = [line.split() for line in done.stdout.splitlines() if line.startswith(("shop", "brok"))]
    assert [row[1] for row in table] == ["passed", "failed"]
    assert "the repo has no toolchain that runs its tests" in done.stderr
    assert f"there is no directory nowhere\n  where: {repos}/repos.txt:4" in done.stderr
    page = Path(done.stdout.rpartition("results in ")[2].strip())
    for view in VIEWS:
        assert faults(browser, page, view, "repos") == []
    opened = browser.new_page()
    opened.goto(page.as_uri())
    assert "test_slugs.py" in opened.inner_text("#failures")
    opened.click("#repos >> text=broken")
    assert opened.url.startswith((repos / "broken").as_uri())
    assert "failed" in opened.inner_text("h1")
    opened.close()

    (repos / "repos.txt").write_text("shop\nbroken\n")
    again = _tests(repos, "--json", "--suite", "all", "--jobs", "1")
    assert again.returncode == 1, again.stdout + again.stderr
    shop, broken = json.loads(again.stdout)["repos"]
    states = {item["dir"]: item["state"] for item in shop["dirs"]}
    assert states["apps/slug"] == "passed (reused)"
    assert (broken["status"], broken["failed"] > 0) == (1, True)
    refused = _tests(repos, "--watch")
    assert (refused.returncode, "exclude each other" in refused.stderr) == (2, True)
