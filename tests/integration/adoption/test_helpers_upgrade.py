"""`i helpers_upgrade` in a repo whose toolchain has releases on a remote."""

from pathlib import Path

import pexpect
import pytest

from helpers.system.lease import Lease
from helpers.system.process import run
from tests.builders import commit_all, git, write_files
from tests.upgrades import USER, Adopter, make_adopter

pytestmark = pytest.mark.slow

_FILES = {
    "repo_config.yaml": "# of 1.3\nname: shop\n",
    "apps/pay/changelog.txt": "# pay-1.0.0\n- 2026-01-02\n- First\n",
    "apps/pay/devops/config.yaml": "# Its tests start containers.\nsibling: true  # all\n",
}


@pytest.fixture(scope="module")
def remote(releases: Path) -> Path:
    return releases


@pytest.fixture
def adopter(tmp_path: Path, remote: Path) -> Adopter:
    return make_adopter(tmp_path / "shop", remote, _FILES)


def test_the_newest_release_comes_with_notes_and_migrations(adopter: Adopter) -> None:
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stdout + done.stderr
    assert f"helpers_root of {adopter.root}: 1.3.0 (" in done.stdout
    assert "What 1.4.0 brings." in done.stdout
    assert "What 1.3.0 brings." not in done.stdout
    assert "+# of 1.4\n" in done.stdout
    assert adopter.version() == "1.4.0"
    assert (adopter.root / "repo_config.yaml").read_text() == "# of 1.4\nname: shop\n"
    config = (adopter.root / "apps/pay/devops/config.yaml").read_text()
    assert config == "# Its tests start containers.\nsibling: full  # all\n"
    assert git(adopter.root, "status", "--porcelain").splitlines() == [
        " M apps/pay/devops/config.yaml",
        " M helpers_root",
        " D invoke.yaml",
        " T main_pytest.py",
        " M repo_config.yaml",
        " T setenv.sh",
        " M tasks.py",
    ]


def test_undoing_brings_every_byte_back(adopter: Adopter) -> None:
    before = adopter.state()
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    assert adopter.state() != before
    done = adopter.upgrade("--undo")
    assert done.status == 0, done.stderr
    assert adopter.state() == before
    again = adopter.upgrade("--undo")
    assert (again.status, "this repo has no upgrade to undo" in again.stderr) == (2, True)


def test_a_dry_run_shows_all_and_changes_nothing(adopter: Adopter) -> None:
    before = adopter.state()
    done = adopter.upgrade("--dry-run")
    assert done.status == 0, done.stderr
    assert "What 1.4.0 brings." in done.stdout
    assert "+sibling: full  # all\n" in done.stdout
    assert adopter.state() == before


@pytest.mark.parametrize(("answer", "version"), [("y", "1.4.0"), ("n", "1.3.0"), ("", "1.3.0")])
def test_on_a_terminal_it_asks(adopter: Adopter, answer: str, version: str) -> None:
    before = adopter.state()
    program, *arguments = adopter.command("helpers_upgrade", "--no-tests")
    child = pexpect.spawn(program, arguments, cwd=str(adopter.root), encoding="utf-8", timeout=60)
    child.expect_exact("do this? [y/N] ")
    assert adopter.state() == before
    if answer:
        child.sendline(answer)
    else:
        child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert ("nothing was changed" in (child.before or "")) is (version == "1.3.0")
    assert adopter.version() == version


def test_an_interrupt_while_it_asks_changes_nothing(adopter: Adopter) -> None:
    before = adopter.state()
    program, *arguments = adopter.command("helpers_upgrade", "--no-tests")
    child = pexpect.spawn(program, arguments, cwd=str(adopter.root), encoding="utf-8", timeout=60)
    child.expect_exact("do this? [y/N] ")
    # Python misses an interrupt that comes just before it begins to read.
    for _ in range(20):
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=3) == 0:
            break
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in (child.before or "")
    assert adopter.state() == before


def test_without_a_terminal_and_an_answer_nothing_changes(adopter: Adopter) -> None:
    before = adopter.state()
    done = adopter.upgrade()
    assert done.status == 2
    assert "add --yes, or --dry-run" in done.stderr
    assert adopter.state() == before


@pytest.mark.parametrize("wanted", ["v1.3.0", "1.3.0", "main", "commit"])
def test_a_version_a_branch_or_a_commit_is_taken(tmp_path: Path, remote: Path, wanted: str) -> None:
    adopter = make_adopter(tmp_path / "shop", remote, _FILES, version="1.2.0")
    tag = "v1.4.0" if wanted == "main" else "v1.3.0"
    commit = git(remote, "rev-parse", f"{tag}^{{commit}}")
    to = commit[:12] if wanted == "commit" else wanted
    done = adopter.upgrade("--yes", "--no-tests", "--to", to)
    assert done.status == 0, done.stderr
    assert git(adopter.toolchain, "rev-parse", "HEAD") == commit


def test_what_is_newest_stays(adopter: Adopter) -> None:
    assert adopter.upgrade("--yes", "--no-tests", "--commit").status == 0
    before = adopter.state()
    done = adopter.upgrade("--yes")
    assert (done.status, done.stderr) == (0, "")
    assert f"helpers_root of {adopter.root} is at 1.4.0 (" in done.stdout
    assert "there is nothing to do" in done.stdout
    assert adopter.state() == before


def test_a_checkout_beyond_the_newest_release_stays(tmp_path: Path, remote: Path) -> None:
    own = _copy_of(remote, tmp_path)
    git(own, "tag", "--delete", "v1.4.0")
    adopter = make_adopter(tmp_path / "shop", own, _FILES)
    git(adopter.toolchain, "checkout", "--quiet", "origin/main")
    commit_all(adopter.root)
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    assert adopter.version() == "1.4.0"


def test_without_releases_the_remotes_own_branch_is_taken(tmp_path: Path, remote: Path) -> None:
    own = _copy_of(remote, tmp_path)
    adopter = make_adopter(tmp_path / "shop", own, _FILES)
    for repo in (own, adopter.toolchain):
        git(repo, "tag", "--delete", "v1.2.0", "v1.3.0", "v1.4.0")
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    assert "-> main (" in done.stdout
    assert adopter.version() == "1.4.0"


def test_an_older_version_is_refused(adopter: Adopter) -> None:
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests", "--to", "v1.2.0")
    assert done.status == 2
    assert "configuration is only migrated forwards" in done.stderr
    assert "git revert <that commit>, then git submodule update helpers_root" in done.stderr
    assert adopter.state() == before
    assert adopter.upgrade("--yes", "--no-tests", "--commit").status == 0
    again = adopter.upgrade("--yes", "--to", "v1.3.0")
    assert (again.status, "i helpers_upgrade --undo" in again.stderr) == (2, True)


def test_a_version_that_there_is_not_is_told(adopter: Adopter) -> None:
    done = adopter.upgrade("--yes", "--to", "v9.0.0")
    assert done.status == 2
    assert "has no version, branch or commit 'v9.0.0'" in done.stderr
    assert "the newest releases are: v1.4.0, v1.3.0, v1.2.0" in done.stderr


def test_a_remote_that_cannot_be_reached_is_told(adopter: Adopter, tmp_path: Path) -> None:
    git(adopter.toolchain, "remote", "set-url", "origin", str(tmp_path / "nowhere"))
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert "newer versions of the toolchain cannot be fetched" in done.stderr
    assert "fetch --tags --force origin" in done.stderr
    assert adopter.state() == before
    git(adopter.toolchain, "fetch", "--quiet", "--tags", str(_origin(adopter)))
    known = adopter.upgrade("--yes", "--no-tests", "--to", "v1.4.0")
    assert known.status == 0, known.stderr
    assert "origin cannot be reached; v1.4.0 is taken as it is known here" in known.stderr


def test_a_toolchain_without_a_remote_is_told(adopter: Adopter) -> None:
    git(adopter.toolchain, "remote", "remove", "origin")
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert "remote add origin <url>" in done.stderr


@pytest.mark.parametrize(
    ("path", "content", "what"),
    [
        ("helpers_root/README.md", "mine\n", "has changes that are not committed"),
        ("helpers_root/mine.txt", "mine\n", "has changes that are not committed"),
        ("repo_config.yaml", "# of 1.3\nname: mine\n", "files that must be migrated"),
        ("apps/new/devops/config.yaml", "sibling: false\n", "files that must be migrated"),
    ],
)
def test_what_is_not_committed_is_never_touched(
    adopter: Adopter, path: str, content: str, what: str
) -> None:
    write_files(adopter.root, {path: content})
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert what in done.stderr
    assert path.removeprefix("helpers_root/") in done.stderr
    assert "fix:" in done.stderr
    assert adopter.state() == before


def test_other_work_stays_uncommitted_and_staged(adopter: Adopter) -> None:
    write_files(adopter.root, {"apps/pay/main.py": "mine\n", "apps/pay/staged.py": "mine\n"})
    git(adopter.root, "add", "apps/pay/staged.py")
    done = adopter.upgrade("--yes", "--no-tests", "--commit")
    assert done.status == 0, done.stderr
    assert git(adopter.root, "status", "--porcelain").splitlines() == [
        "A  apps/pay/staged.py",
        "?? apps/pay/main.py",
    ]
    message = git(adopter.root, "log", "-1", "--format=%B")
    assert message.startswith("Upgrade helpers to 1.4.0\n\n## 1.4.0\n\nWhat 1.4.0 brings.")


def test_the_command_that_commits_is_told_and_works(adopter: Adopter) -> None:
    done = adopter.upgrade("--yes", "--no-tests")
    command = done.stdout.partition("to commit: ")[2].splitlines()[0]
    run(["sh", "-c", command], cwd=adopter.root, env=USER)
    assert git(adopter.root, "status", "--porcelain") == ""
    assert git(adopter.root, "log", "-1", "--format=%s") == "Upgrade helpers to 1.4.0"


def test_a_commit_that_a_hook_refuses_leaves_the_upgrade(adopter: Adopter) -> None:
    hook = adopter.root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho no, said the hook\nexit 1\n")
    hook.chmod(0o755)
    done = adopter.upgrade("--yes", "--no-tests", "--commit")
    assert done.status == 2
    assert "no, said the hook" in done.stderr
    assert "git commit -m 'Upgrade helpers to 1.4.0'" in done.stderr
    assert adopter.version() == "1.4.0"


def test_commits_of_the_users_own_are_not_left_behind(adopter: Adopter) -> None:
    write_files(adopter.toolchain, {"README.md": "mine\n"})
    commit_all(adopter.toolchain, "Mine")
    commit_all(adopter.root, "Mine")
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert "has commits that its remote does not have" in done.stderr
    assert adopter.state() == before


def test_a_submodule_path_with_a_space_and_any_directory(tmp_path: Path, remote: Path) -> None:
    root = tmp_path / "my shop"
    adopter = make_adopter(root, remote, _FILES, submodule="third party/tool chain")
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests", "--commit", cwd=root / "apps/pay")
    assert done.status == 0, done.stderr
    assert adopter.version() == "1.4.0"
    assert git(root, "status", "--porcelain") == ""
    assert adopter.upgrade("--undo", cwd=root / "apps").status == 0
    assert adopter.state()["HEAD"] == before["HEAD"]


def test_in_an_inner_repo_that_repo_is_upgraded(tmp_path: Path, remote: Path) -> None:
    source = make_adopter(tmp_path / "source", remote, _FILES)
    outer = make_adopter(tmp_path / "outer", remote, _FILES)
    git(outer.root, "submodule", "--quiet", "add", str(source.root), "libs/inner")
    git(outer.root, "submodule", "--quiet", "update", "--init", "--recursive")
    commit_all(outer.root)
    inner = Adopter(outer.root / "libs/inner", source.submodule)
    before, before_inner = outer.state(), inner.state()
    # With the outer repo's `i`, and with its own.
    for i in (outer, inner):
        done = i.upgrade("--yes", "--no-tests", cwd=inner.root / "apps")
        assert done.status == 0, done.stderr
        assert f"helpers_root of {inner.root}: 1.3.0 (" in done.stdout
        assert (outer.version(), inner.version()) == ("1.3.0", "1.4.0")
        assert i.upgrade("--undo", cwd=inner.root).status == 0
        assert (outer.state(), inner.state()) == (before, before_inner)


def test_from_outside_the_repo_of_i_is_meant(adopter: Adopter, tmp_path: Path) -> None:
    env = {"HELPERS_REPO_ROOT": str(adopter.root)}
    done = adopter.upgrade("--yes", "--no-tests", cwd=tmp_path, env=env)
    assert done.status == 0, done.stderr
    assert adopter.version() == "1.4.0"


def test_a_shallow_submodule_is_deepened(tmp_path: Path, remote: Path) -> None:
    adopter = make_adopter(tmp_path / "shop", remote, _FILES)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", adopter.root.as_uri(), str(clone))
    git(clone, "submodule", "--quiet", "init")
    # From a path git takes all of it.
    git(clone, "config", "submodule.helpers_root.url", remote.as_uri())
    git(clone, "submodule", "--quiet", "update", "--depth", "1")
    shallow = Adopter(clone, adopter.submodule)
    assert git(shallow.toolchain, "rev-parse", "--is-shallow-repository") == "true"
    done = shallow.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    assert shallow.version() == "1.4.0"


def test_a_version_that_was_checked_out_by_hand_is_migrated(tmp_path: Path, remote: Path) -> None:
    adopter = make_adopter(tmp_path / "shop", remote, _FILES, version="1.2.0")
    git(adopter.toolchain, "checkout", "--quiet", "v1.4.0")
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 0, done.stderr
    assert (adopter.root / "repo_config.yaml").read_text().startswith("# of 1.4\n")
    assert adopter.upgrade("--undo").status == 0
    assert adopter.version() == "1.4.0"
    assert (adopter.root / "repo_config.yaml").read_text() == _FILES["repo_config.yaml"]
    assert adopter.upgrade("--yes", "--no-tests", "--commit").status == 0
    assert git(adopter.root, "status", "--porcelain") == ""


def test_a_file_that_is_malformed_is_named_and_nothing_changes(adopter: Adopter) -> None:
    write_files(adopter.root, {"apps/pay/devops/config.yaml": "sibling: [\n"})
    commit_all(adopter.root)
    before = adopter.state()
    done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert "where: apps/pay/devops/config.yaml:1" in done.stderr
    assert adopter.state() == before


def test_a_version_that_cannot_be_started_changes_nothing(tmp_path: Path, remote: Path) -> None:
    own = _copy_of(remote, tmp_path)
    work = tmp_path / "work"
    git(tmp_path, "clone", "--quiet", str(own), str(work))
    for version, path, text in (
        ("1.5.0", "helpers/adoption/upgrades/migrations.py", "import nothing\n"),
        ("1.6.0", "helpers/adoption/plan_migrations.py", "print('?')\n"),
    ):
        write_files(work, {path: text})
        commit_all(work, version)
        git(work, "tag", f"v{version}")
    git(work, "rm", "--quiet", "helpers/adoption/plan_migrations.py")
    commit_all(work, "1.7.0")
    git(work, "tag", "v1.7.0")
    git(work, "push", "--quiet", "--tags", "origin", "main")
    adopter = make_adopter(tmp_path / "shop", own, _FILES)
    before = adopter.state()
    for version, what in (
        ("1.5.0", "cannot be started"),
        ("1.6.0", "gives an unreadable answer"),
        ("1.7.0", "has no migrations"),
    ):
        done = adopter.upgrade("--yes", "--no-tests", "--to", version)
        assert (done.status, what in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr
        assert adopter.state() == before


def test_calls_of_tasks_that_do_something_else_are_told(tmp_path: Path, remote: Path) -> None:
    script = {".github/workflows/ci.yml": "steps:\n  - run: i docker_clean --all\n"}
    adopter = make_adopter(tmp_path / "shop", remote, {**_FILES, **script}, version="1.2.0")
    # 1.2.0 has the change already; an earlier version has not.
    project = adopter.toolchain / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "1.2.0"', 'version = "1.1.0"'))
    commit_all(adopter.toolchain, "1.1.0")
    git(adopter.toolchain, "push", "--quiet", "origin", "HEAD:refs/heads/old")
    done = adopter.upgrade("--dry-run")
    git(adopter.toolchain, "push", "--quiet", "origin", ":refs/heads/old")
    assert done.status == 0, done.stderr
    assert "notice: .github/workflows/ci.yml:2: docker_clean removes images" in done.stdout
    assert "docker_clean" not in adopter_notices(tmp_path, remote, script)


def adopter_notices(tmp_path: Path, remote: Path, script: dict[str, str]) -> str:
    """What is told of the same repo when it comes from a version that has the change."""
    newer = make_adopter(tmp_path / "newer", remote, {**_FILES, **script}, version="1.3.0")
    lines = newer.upgrade("--dry-run").stdout.splitlines()
    return "\n".join(line for line in lines if line.startswith("notice: "))


def test_two_upgrades_at_once_are_one(adopter: Adopter) -> None:
    with Lease(adopter.root, "upgrade"):
        done = adopter.upgrade("--yes", "--no-tests")
    assert done.status == 2
    assert "is being upgraded by another command" in done.stderr


def test_the_toolchain_itself_is_not_upgraded(tmp_path: Path, remote: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(remote), "clone")
    done = Adopter(tmp_path / "clone", ".").upgrade("--yes")
    assert done.status == 2
    assert "no repo around it has it as a submodule" in done.stderr


def test_adopt_check_names_forms_of_earlier_versions_until_they_are_migrated(
    adopter: Adopter,
) -> None:
    def told() -> bool:
        command = adopter.command("adopt_check")
        shown = run(command, cwd=adopter.root, env={**USER, "COLUMNS": "400"}, check=False).stdout
        return "apps/pay/devops/config.yaml:2: 'sibling: true' is the form of 1.0" in shown

    assert told()
    assert adopter.upgrade("--yes", "--no-tests").status == 0
    assert not told()


def test_undo_takes_no_other_option(adopter: Adopter) -> None:
    done = adopter.upgrade("--undo", "--to", "v1.4.0")
    assert (done.status, "--undo takes no other option" in done.stderr) == (2, True)


def test_tests_that_cannot_be_run_say_how_to_go_on_and_back(adopter: Adopter) -> None:
    before = adopter.state()
    nowhere = {"DOCKER_HOST": "unix:///nowhere.sock"}
    done = adopter.upgrade("--yes", env=nowhere)
    assert done.status == 2
    assert "tests cannot be run with 1.4.0 of the toolchain" in done.stderr
    assert "to go back: i helpers_upgrade --undo" in done.stderr
    assert "git -C helpers_root checkout --force" in done.stderr
    assert adopter.upgrade("--undo").status == 0
    assert adopter.state() == before


def _copy_of(remote: Path, folder: Path) -> Path:
    own = folder / "own.git"
    git(folder, "clone", "--quiet", "--bare", str(remote), str(own))
    return own


def _origin(adopter: Adopter) -> str:
    return git(adopter.root, "config", "--file", ".gitmodules", "submodule.helpers_root.url")
