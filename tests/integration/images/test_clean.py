"""`docker_clean` on real images, which are small and of a repo with a name of its own."""

import io
import os
import secrets
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest

from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.system.lease import Lease
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Attic:
    """A repo with a dir `app`, and what there is of its images."""

    place: Workplace
    name: str

    def add(self, tag: str, *, version: str = "", content: str = "", size: int = 1000) -> str:
        """An image of one layer, with the labels of the toolchain; its name if it has a tag.

        Args:
            tag: or another name with its tag.
        """
        archive = self.place.repo.root.parent / "layer.tar"
        text = f"{content or tag}\n".encode() + b"x" * size
        with tarfile.open(archive, "w") as tar:
            entry = tarfile.TarInfo("file")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        given = {labels.REPO: self.name, labels.DIR: "app", labels.STAGE: "local"}
        given |= {labels.VERSION: version or tag.rpartition("-")[2], labels.IMAGE_NAME: self.name}
        options = [f"--change=LABEL {key}={value}" for key, value in given.items()]
        name = f"{self.name}:{tag}" if tag and ":" not in tag else tag
        run(["docker", "import", *options, archive, *([name] if tag else [])])
        return name

    def tags(self) -> set[str]:
        """The tags of this repo's images; what has none is there as its own word."""
        found = engine.images({labels.REPO: self.name})
        return {tag.rpartition(":")[2] for one in found for tag in one.names or ("x:untagged",)}

    def clean(self, *args: str) -> ProcessResult:
        """`i docker_clean`, as typed without a terminal."""
        return self.place.invoke("docker_clean", *args)


@pytest.fixture
def empty(workspace: Path, client: Client) -> Iterator[Attic]:
    """A repo without an image."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    repo = make_repo(workspace / "repo", config=f"name: {name}\n")
    make_runnable_dir(repo, "app", image_name=name, versions=("1.0.1", "1.0.0"))
    commit_all(repo.root)
    yield Attic(Workplace(repo, client), name)
    engine.remove_images({labels.REPO: name})


@pytest.fixture
def attic(empty: Attic) -> Attic:
    """Five local versions, of which the changelog's is the second oldest."""
    for patch in range(5):
        empty.add(f"local-ann-1.0.{patch}")
    return empty


def _tags(*patches: int) -> set[str]:
    return {f"local-ann-1.0.{patch}" for patch in patches}


def test_what_has_another_name_today_is_listed_once_and_goes(attic: Attic) -> None:
    today = attic.add(f"{attic.name}/{attic.name}:local-ann-1.0.1", content="built anew")
    listed = attic.place.invoke("docker_images", "--local").stdout
    assert listed.count("local-ann-1.0.1") == 1, listed
    assert "local-ann-1.0.0" in listed
    assert attic.clean("--yes", "--keep", "9").status == 0
    names = {name for one in engine.images({labels.REPO: attic.name}) for name in one.names}
    assert {one for one in names if one.endswith("1.0.1")} == {today}
    assert attic.tags() == _tags(0, 1, 2, 3, 4)


@pytest.mark.superslow
def test_old_versions_go_once_asked_for_and_the_changelogs_stays(attic: Attic) -> None:
    told = attic.clean("--dry-run")
    assert told.status == 0, told.stderr
    assert f"{attic.name}:local-ann-1.0.0" in told.stdout.partition("keeps")[0]
    assert "the changelog's version" in told.stdout.partition("keeps")[2]
    assert "frees up to " in told.stdout
    unasked = attic.clean()
    assert (unasked.status, "--yes" in unasked.stderr) == (2, True)
    assert attic.tags() == _tags(0, 1, 2, 3, 4)
    done = attic.clean("--yes")
    assert done.status == 0, done.stderr
    assert f"removed {attic.name}:local-ann-1.0.0" in done.stdout
    assert attic.tags() == _tags(1, 2, 3, 4)
    assert attic.clean("--keep", "1", "--yes").status == 0
    assert attic.tags() == _tags(1, 4)
    assert "nothing to remove" in attic.clean("--keep", "1").stdout


@pytest.mark.superslow
def test_on_a_terminal_the_answer_decides(attic: Attic) -> None:
    typed = [*attic.place.invoke_command(), "docker_clean"]
    for answer, left in (("", _tags(0, 1, 2, 3, 4)), ("y", _tags(1, 2, 3, 4))):
        asked = pexpect.spawn(typed[0], typed[1:], cwd=str(attic.place.repo.root), encoding="utf-8")
        asked.expect_exact("remove all of this? [y/N] ")
        asked.sendline(answer)
        asked.expect(pexpect.EOF)
        asked.close()
        assert asked.exitstatus == 0
        assert attic.tags() == left


@pytest.mark.superslow
def test_an_image_that_a_container_has_stays_and_one_without_a_tag_goes(attic: Attic) -> None:
    made = run(["docker", "create", f"{attic.name}:local-ann-1.0.0", "nothing"]).stdout.strip()
    try:
        assert "nothing to remove" in attic.clean("--yes").stdout
        assert attic.tags() == _tags(0, 1, 2, 3, 4)
    finally:
        run(["docker", "rm", made])
    attic.add("", version="1.0.4", content="not named")
    assert attic.tags() == _tags(0, 1, 2, 3, 4) | {"untagged"}
    assert attic.clean("--keep", "9", "--yes").status == 0
    assert attic.tags() == _tags(0, 1, 2, 3, 4)


@pytest.mark.superslow
def test_stages_are_cleaned_apart_and_what_floats_or_is_being_released_stays(attic: Attic) -> None:
    for patch in range(3):
        attic.add(f"dev-1.0.{patch}")
    newest = f"{attic.name}:dev-1.0.2"
    run(["docker", "tag", newest, f"{attic.name}:dev"])
    run(["docker", "tag", f"{attic.name}:dev-1.0.0", f"{attic.name}:releasing-1.0.0"])
    assert attic.clean("--stage", "dev", "--keep", "0", "--yes").status == 0
    dev = {"dev", "dev-1.0.0", "dev-1.0.1", "dev-1.0.2", "releasing-1.0.0"}
    assert attic.tags() == _tags(0, 1, 2, 3, 4) | dev


@pytest.mark.superslow
def test_room_is_counted_by_layers_that_nothing_else_has(attic: Attic) -> None:
    big = 20_000_000
    attic.add("local-ann-0.1.0", content="shared", size=big)
    attic.add("dev-0.2.0", content="shared", size=big)
    shown = attic.clean("--keep", "5", "--dry-run").stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("frees")]
    assert "MB" not in line, line
    shown = attic.clean("--keep", "0", "--dry-run").stdout
    (line,) = [line for line in shown.splitlines() if line.startswith("frees")]
    assert "20 MB" in line, line


@pytest.mark.superslow
def test_old_logs_and_results_go_by_age_and_the_latest_stay(empty: Attic) -> None:
    root = empty.place.repo.root
    files = {
        "tmp.helpers/.gitignore": "*\n",
        "tmp.helpers/builds/app-1.0.0-1.log": "old",
        "tmp.helpers/builds/app-1.0.0-2.log": "new",
        "tmp.main_pytest/.gitignore": "*\n",
        "tmp.main_pytest/20200101-000000-abcdef/log.txt": "old",
        "tmp.main_pytest/20200102-000000-abcdef/log.txt": "the latest",
    }
    write_files(root, files)
    os.utime(root / "tmp.helpers/builds/app-1.0.0-1.log", (1, 1))
    (root / "tmp.main_pytest/latest").symlink_to("20200102-000000-abcdef")
    assert empty.clean("--yes").status == 0
    assert (root / "tmp.helpers/builds/app-1.0.0-1.log").exists()
    done = empty.clean("--older-than", "30d", "--yes")
    assert done.status == 0, done.stderr
    assert "removed tmp.main_pytest/20200101-000000-abcdef" in done.stdout
    assert [path.name for path in (root / "tmp.helpers/builds").iterdir()] == ["app-1.0.0-2.log"]
    left = {path.name for path in (root / "tmp.main_pytest").iterdir()}
    assert left == {".gitignore", "latest", "20200102-000000-abcdef"}


@pytest.mark.superslow
def test_networks_and_volumes_of_a_killed_command_go(empty: Attic) -> None:
    repo = empty.place.repo
    given = own_labels(repo, "app") | {labels.RUN: "once-1-dead"}
    options = [part for key, value in given.items() for part in ("--label", f"{key}={value}")]
    for kind in ("network", "volume"):
        run(["docker", kind, "create", *options, empty.name])
    with Lease(repo.root, "once-1-dead"):
        assert "killed" not in empty.clean("--dry-run").stdout
    done = empty.clean("--yes", "--keep", "9")
    assert done.status == 0, done.stderr
    assert f"removed volume {empty.name}\n" in done.stdout
    left = [*engine.networks(), *engine.volumes()]
    assert empty.name not in {item.name for item in left}


@pytest.mark.parametrize(
    "args", [("--older-than", "soon"), ("--keep", "x"), ("--stage", "test"), ("--dir", "nowhere")]
)
def test_what_is_no_answer_is_an_error(workplace: Workplace, args: tuple[str, str]) -> None:
    assert workplace.invoke("docker_clean", *args).status == 2
