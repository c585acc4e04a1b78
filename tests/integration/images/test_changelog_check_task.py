"""`i changelog_check` as it is typed: what it prints, and its exit status."""

import pytest

from tests.builders import commit_all, git, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


def test_what_is_wrong_is_told_with_file_line_and_mend(workplace: Workplace) -> None:
    made = make_runnable_dir(workplace.repo, "app", {"uv.lock": "one\n"}, image_name="never-built")
    commit_all(workplace.repo.root)
    fine = workplace.invoke("changelog_check")
    assert (fine.status, fine.stderr) == (0, "")
    assert "app/changelog.txt:1: notice: 1.0.0 is not built yet" in fine.stdout
    assert fine.stdout.endswith("in order: 1 changelog\n")
    write_files(made.root, {"uv.lock": "two\n"})
    git(workplace.repo.root, "add", "--all")
    for args in ((), ("--staged",), ("--since", "HEAD"), ("--dir", "app")):
        found = workplace.invoke("changelog_check", *args)
        assert found.status == 1, found.stderr
        assert "app/changelog.txt:1: bump: what the image is made from changed" in found.stdout
        assert "  mend: i docker_build_local_image --dir app --bump minor" in found.stdout


@pytest.mark.parametrize(
    "args", [("--since", "nowhere"), ("--dir", "nowhere"), ("--since", "HEAD", "--staged")]
)
def test_what_cannot_be_checked_is_an_error(workplace: Workplace, args: tuple[str, ...]) -> None:
    done = workplace.invoke("changelog_check", *args)
    assert (done.status, "mend:" in done.stderr) == (2, True)


def test_no_engine_is_needed(workplace: Workplace) -> None:
    make_runnable_dir(workplace.repo, "app")
    commit_all(workplace.repo.root)
    nowhere = {"DOCKER_HOST": "unix:///nowhere.sock"}
    done = workplace.invoke("changelog_check", env=nowhere)
    assert (done.status, done.stdout) == (0, "in order: 1 changelog\n")
