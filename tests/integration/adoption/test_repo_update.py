"""What a repo's toolchain, templates and workflows gained, as one branch and one pull request."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from helpers.adoption.from_template.source import FOLDER
from helpers.system.process import ProcessResult, run
from tests.adopters import CLONES_FROM_DISK, make_adopter
from tests.builders import GIT_ENVIRONMENT, commit_all, git, write_files
from tests.forges import FakeForge

pytestmark = [pytest.mark.slow, pytest.mark.superslow, pytest.mark.timeout(300)]

_SLUGS = "library/{{ package }}/slugs.py.jinja"
_OLD, _NEW = "longest: int = 60", "longest: int = 80"
_EMITTED = "helpers/ci/emitted.py"
_PULLS = "/repos/team/shop/pulls"


class Adopter:
    """A repo with a dir of a template and workflows, and the remote of its toolchain."""

    def __init__(self, folder: Path, toolchain: Path) -> None:
        self.folder, self.root = folder, folder / "my shöp"
        self.remote = folder / "toolchain.git"
        git(folder, "clone", "--quiet", "--bare", str(toolchain), str(self.remote))
        make_adopter(self.root, self.remote)
        create = "i runnable_dir_create --dir apps/slug --yes"
        assert self.types(f"{create} && i ci_sync && i pre_commit_sync").status == 0
        commit_all(self.root)
        git(self.root, "branch", "--force", "--move", "main")
        git(folder, "clone", "--quiet", "--bare", str(self.root), "shop.git")
        git(self.root, "remote", "add", "origin", str(folder / "shop.git"))

    def types(self, line: str, env: Mapping[str, str] | None = None) -> ProcessResult:
        """What a person types at the repo's root."""
        settings = {**GIT_ENVIRONMENT, **CLONES_FROM_DISK, **(env or {})}
        command = ["bash", "-ec", f"source ./setenv.sh; {line}"]
        return run(command, cwd=self.root, env=settings, check=False, timeout=200)

    def gain(self) -> None:
        """The toolchain gains a line of a template and another head of workflows."""
        work = self.folder / "work"
        git(self.folder, "clone", "--quiet", str(self.remote), str(work))
        texts = {f"{FOLDER}/{_SLUGS}": (_OLD, _NEW), _EMITTED: ("Do not edit it", "Do not edit")}
        for name, (old, new) in texts.items():
            text = (work / name).read_text()
            assert old in text
            write_files(work, {name: text.replace(old, new)})
        commit_all(work, "Gained")
        git(work, "push", "--quiet", "origin", "HEAD")

    def subjects(self) -> list[str]:
        """The update's commits, oldest first."""
        log = git(self.root, "log", "--reverse", "--format=%s", "main..helpers-update")
        return log.splitlines()


@pytest.fixture
def adopter(tmp_path: Path, remote: Path) -> Adopter:
    """One for a test: it moves its toolchain."""
    return Adopter(tmp_path, remote)


@pytest.fixture
def forge() -> Iterator[FakeForge]:
    """GitHub, where the repo has no pull request."""
    with FakeForge({f"POST {_PULLS}": (201, {"html_url": "https://x/1"})}) as made:
        made.answers |= {
            f"GET {_PULLS}": (200, []),
            "GET /repos/team/shop": (200, {"default_branch": "main"}),
        }
        yield made


def test_what_was_gained_is_one_branch_and_one_pull_request(
    adopter: Adopter, forge: FakeForge
) -> None:
    nothing = adopter.types("i repo_update --yes")
    assert nothing.status == 0, nothing.stdout + nothing.stderr
    assert "nothing was gained" in nothing.stdout
    assert git(adopter.root, "branch", "--format=%(refname:short)") == "main"

    adopter.gain()
    source = adopter.root / "apps" / "slug" / "slug" / "slugs.py"
    # The user changed the same line.
    source.write_text(source.read_text().replace(_OLD, "longest: int = 70"))
    (adopter.root / "mine.txt").write_text("mine\n")
    dirty = adopter.types("i repo_update --yes")
    assert dirty.status == 2
    assert "work that is not committed" in dirty.stderr
    commit_all(adopter.root)
    shown = adopter.types("i repo_update --dry-run")
    assert "i runnable_dir_update --all" in shown.stdout
    assert git(adopter.root, "branch", "--show-current") == "main"

    stopped = adopter.types("i repo_update --yes")
    assert stopped.status == 2, stopped.stdout + stopped.stderr
    assert "apps/slug/slug/slugs.py" in stopped.stderr
    assert "<<<<<<< before updating" in source.read_text()
    assert len(adopter.subjects()) == 1
    again = adopter.types("i repo_update --yes")
    assert "work that is not committed" in again.stderr
    lines = source.read_text().splitlines(keepends=True)
    first, last = (
        next(n for n, line in enumerate(lines) if line.startswith(mark)) for mark in ("<<<", ">>>")
    )
    taken = next(line for line in lines[first:last] if _NEW in line)
    source.write_text("".join([*lines[:first], taken, *lines[last + 1 :]]))
    commit_all(adopter.root, "Mine and theirs")

    api = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "team/shop"}
    left = adopter.types("i repo_update --yes", {**api, "GITHUB_TOKEN": "", "GH_TOKEN": ""})
    assert left.status == 1, left.stdout + left.stderr
    assert "  $ git push --set-upstream origin helpers-update\n" in left.stdout
    assert "  $ gh pr create --head helpers-update" in left.stdout
    toolchain, mine, workflows = adopter.subjects()
    assert toolchain.startswith("Upgrade helpers to ")
    assert (mine, workflows) == ("Mine and theirs", "chore: write the workflows of github anew")
    assert forge.asked == []

    done = adopter.types("i repo_update --yes", {**api, "GITHUB_TOKEN": "x"})
    assert done.status == 0, done.stdout + done.stderr
    head = git(adopter.root, "rev-parse", "helpers-update")
    assert git(adopter.folder / "shop.git", "rev-parse", "helpers-update") == head
    (opened,) = [one.content for one in forge.asked if one.method == "POST"]
    assert opened["head"] == "helpers-update"
    forge.answers[f"GET {_PULLS}"] = (200, [{"html_url": "https://x/1"}])
    forge.asked.clear()
    same = adopter.types("i repo_update --yes", {**api, "GITHUB_TOKEN": "x"})
    assert same.status == 0, same.stdout + same.stderr
    assert "pull request: there already" in same.stdout
    assert {one.method for one in forge.asked} == {"GET"}
