"""The toolchain is taken out of a real git repo without a trace, and nothing else is."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from helpers.adoption.adopting import shims
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, make_repo, write_files

pytestmark = pytest.mark.slow

_SPACED = "tools/my helpers"
_OWN = {
    "pyproject.toml": "# mine\n[project]\nname = 'shop'   # aligned",
    ".gitignore": "*.log",
    ".pre-commit-config.yaml": "repos:\n- repo: local\n  hooks:\n  - id: a\n    name: a # b\n",
    "apps/till/app.py": "print(1)\n",
}


def _everything(root: Path) -> dict[str, bytes]:
    """All folders and files but those of git, and git's own settings."""
    found = {".git/config": (root / ".git" / "config").read_bytes()}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if not name.startswith(".git/"):
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


def _unadopt(root: Path, *args: str, submodule: str = "helpers_root") -> ProcessResult:
    words = " ".join(args)
    return in_shell(root, f"source './{submodule}/setenv.sh' && i unadopt {words}")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repo with files of its own, committed."""
    root = make_repo(tmp_path / "shop", _OWN).root
    (root / "repo_config.yaml").unlink()
    commit_all(root)
    return root


@pytest.mark.parametrize("submodule", ["helpers_root", _SPACED])
@pytest.mark.parametrize("done", ["nothing", "add", "commit", "clone"])
def test_no_trace_is_left(
    repo: Path, remote: Path, submodule: str, done: str, tmp_path: Path
) -> None:
    before = _everything(repo)
    base = git(repo, "rev-parse", "HEAD^{tree}")
    make_adopter(repo, remote, submodule=submodule)
    if done == "add":
        git(repo, "add", "--all")
    elif done != "nothing":
        commit_all(repo)
    if done == "clone":
        # There, nothing but the files tells what adopting wrote.
        root = tmp_path / "clone"
        git(tmp_path, "clone", "--quiet", "--recurse-submodules", str(repo), str(root))
    else:
        root = repo
    # What is added later goes as well; where all is staged, that would be a change beside it.
    hooks = "i pre_commit_sync && " if done == "nothing" else ""
    ran = in_shell(root, f"source setenv.sh && i dirs && {hooks}i unadopt --yes")
    assert ran.status == 0, ran.stderr
    assert "stays:" not in ran.stdout
    after = _everything(root)
    settings, was = after.pop(".git/config"), before.pop(".git/config")
    assert after == before
    # Git itself notes of such a clone that submodules are wanted, whichever come.
    assert b"submodule" not in settings.replace(b"[submodule]\n\tactive = .\n", b"")
    if done in ("nothing", "add"):
        assert git(root, "status", "--porcelain") == ""
    else:
        git(root, "commit", "--quiet", "--message", "Take it out")
        assert git(root, "status", "--porcelain") == ""
        assert git(root, "rev-parse", "HEAD^{tree}") == base
    assert done == "clone" or settings == was
    left = [path.name for path in (root / ".git").iterdir()]
    assert "modules" not in left
    assert not [name for name in left if "helpers" in name]


def test_what_is_left_on_the_engine_goes_by_the_commands_that_are_shown(
    repo: Path, remote: Path, client: Client
) -> None:
    make_adopter(repo, remote)
    found = (repo / "repo_config.yaml").read_text().partition("name: ")[2].splitlines()[0]
    mark = f"{labels.REPO}={found}"
    archive = repo.parent / "empty.tar"
    archive.write_bytes(bytes(10240))
    run(["docker", "import", "--change", f"LABEL {mark}", archive, f"{found}-left:1"])
    run(["docker", "create", "--label", mark, f"{found}-left:1", "true"])
    assert engine.images({labels.REPO: found})
    out = _unadopt(repo, "--yes")
    for line in out.stdout.splitlines():
        if line.startswith("  docker "):
            run(["sh", "-c", line])
    assert not engine.images({labels.REPO: found})
    assert not engine.containers({labels.REPO: found})


def test_another_submodule_stays_as_it_is(repo: Path, remote: Path) -> None:
    git(repo, "submodule", "--quiet", "add", str(remote), "lib/other")
    commit_all(repo)
    before = _everything(repo)
    make_adopter(repo, remote)
    assert _unadopt(repo, "--yes").status == 0
    assert _everything(repo) == before
    assert git(repo, "status", "--porcelain") == ""
    assert (repo / ".git" / "modules" / "lib" / "other").is_dir()


def test_what_was_edited_stays_and_is_named(repo: Path, remote: Path) -> None:
    make_adopter(repo, remote)
    commit_all(repo)
    for name in ("tasks.py", "changelog.txt", "repo_config.yaml", ".gitignore"):
        path = repo / name
        path.write_text(f"# mine\n{path.read_text()}" if name != "changelog.txt" else "# x\n")
    write_files(repo, {"apps/till/changelog.txt": "# a-1.0.0\n- 2026-01-01\n"})
    write_files(repo, {"apps/till/devops/os_packages.txt": ""})
    (repo / "tmp.main_pytest").mkdir()
    done = _unadopt(repo, "--yes")
    assert done.status == 0, done.stderr
    for name in ("tasks.py", "changelog.txt", "repo_config.yaml", "apps/till"):
        assert f"stays: {name}: " in done.stdout
        assert (repo / name).exists()
    assert (repo / ".gitignore").read_text() == "# mine\n*.log"
    assert not (repo / "setenv.sh").exists()
    assert not (repo / "tmp.main_pytest").exists()
    assert not (repo / "helpers_root").exists()


def test_files_that_were_there_before_stay(tmp_path: Path, remote: Path) -> None:
    own = {
        "tasks.py": "from invoke import task\n", "setenv.sh": "export A=1\n",
        "pytest.ini": "[pytest]\n", "devops/Dockerfile": "FROM scratch\n",
        "changelog.txt": "# till-2.1.0\n- 2026-01-02\n- Ours\n",
    }  # fmt: skip
    root = make_repo(tmp_path / "shop", own).root
    before = _everything(root)
    make_adopter(root, remote)
    done = _unadopt(root, "--yes")
    assert done.status == 0, done.stderr
    assert _everything(root) == before
    assert git(root, "status", "--porcelain") == ""


def test_lines_that_were_added_by_hand_go_too(tmp_path: Path, remote: Path) -> None:
    own = {"tasks.py": "from invoke import task\n", "setenv.sh": "export A=1\n"}
    root = make_repo(tmp_path / "shop", own).root
    make_adopter(root, remote)
    with (root / "setenv.sh").open("a") as file:
        file.write(shims.setenv_addition("helpers_root"))
    done = in_shell(root, "source setenv.sh && i unadopt --yes")
    assert done.status == 0, done.stderr
    assert {name: (root / name).read_text() for name in own} == own


@pytest.mark.parametrize("work", ["edit", "new", "commit", "branch", "stash", "tree"])
def test_work_in_the_submodule_that_nobody_else_has_is_not_lost(
    repo: Path, remote: Path, work: str, tmp_path: Path
) -> None:
    make_adopter(repo, remote)
    inner = repo / "helpers_root"
    if work == "new":
        (inner / "new.txt").write_text("x")
    elif work == "tree":
        git(inner, "worktree", "add", "--quiet", str(tmp_path / "tree"), "HEAD")
    else:
        (inner / "README.md").write_text("x")
    if work in ("commit", "branch"):
        git(inner, "checkout", "--quiet", "-b", "work")
        commit_all(inner)
    if work == "branch":
        git(inner, "checkout", "--quiet", "main")
    if work == "stash":
        git(inner, "stash")
    before = _everything(repo)
    done = _unadopt(repo, "--yes")
    assert done.status == 2
    assert "would be lost" in done.stderr
    assert "fix:" in done.stderr
    kept = _everything(repo)
    assert {name: kept[name] for name in before} == before


def test_it_is_shown_and_asked_first(repo: Path, remote: Path) -> None:
    make_adopter(repo, remote)
    # Python's byte code comes with the first run.
    assert _unadopt(repo, "--dry-run").status == 0
    before = _everything(repo)
    shown = _unadopt(repo, "--dry-run")
    assert "goes: tasks.py" in shown.stdout
    assert "goes: the submodule helpers_root" in shown.stdout
    assert "-tmp.*/" in shown.stdout
    refused = _unadopt(repo)
    assert refused.status == 2
    assert "--yes" in refused.stderr
    assert _everything(repo) == before


@pytest.mark.superslow
def test_interrupted_it_can_be_ended(repo: Path, remote: Path) -> None:
    make_adopter(repo, remote)
    whole = _everything(repo)
    order = [line for line in _unadopt(repo, "--dry-run").stdout.splitlines() if "goes: " in line]
    names = [line.partition(" ")[2] for line in order if ".py" in line or "." in line]
    for number in range(1, len(names)):
        for name in names[:number]:
            (repo / name).unlink(missing_ok=True)
        done = _unadopt(repo, "--yes")
        assert done.status == 0, (names[:number], done.stderr)
        assert git(repo, "status", "--porcelain") == ""
        make_adopter(repo, remote)
        assert set(_everything(repo)) >= {name for name in whole if "__pycache__" not in name}


@pytest.mark.parametrize(
    "gone", ["repo_config.yaml", "main_pytest.py", "helpers_root/README.md", ".git/modules"]
)
def test_killed_at_any_moment_it_can_be_ended(repo: Path, remote: Path, gone: str) -> None:
    before = _everything(repo)
    make_adopter(repo, remote)
    script = "source setenv.sh && exec >/dev/null 2>&1 && i unadopt --yes"
    process = subprocess.Popen(["bash", "-c", script], cwd=repo, start_new_session=True)
    while process.poll() is None and (repo / gone).exists():
        time.sleep(0.0005)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # What a git that was killed leaves, and names when it is in its way.
    for lock in (repo / ".git").rglob("*.lock"):
        lock.unlink()
    modules = repo / ".gitmodules"
    if (repo / "helpers_root").exists() or (modules.exists() and modules.read_text()):
        # As the page says.
        script = "git submodule update --init --force helpers_root"
        script += " && source helpers_root/setenv.sh && i unadopt --yes"
        done = in_shell(repo, script)
        assert done.status == 0, done.stdout + done.stderr
    elif modules.exists():
        # Killed at the very last step: an empty file is all that may be left.
        git(repo, "rm", "--quiet", "--force", "--ignore-unmatch", ".gitmodules", "helpers_root")
    assert git(repo, "status", "--porcelain") == ""
    assert _everything(repo) == before


def test_what_a_killed_one_left_of_the_clone_goes_too(repo: Path, remote: Path) -> None:
    before = _everything(repo)
    make_adopter(repo, remote)
    write_files(repo / ".git" / "modules", {"helpers_root.going/HEAD": "half\n"})
    done = in_shell(repo, "source setenv.sh && i unadopt --yes")
    assert done.status == 0, done.stdout + done.stderr
    assert not (repo / ".git" / "modules").exists()
    assert _everything(repo) == before


def test_a_repo_that_adopted_it_with_links_is_rid_of_them(repo: Path, remote: Path) -> None:
    make_adopter(repo, remote, adopt=False)
    for name in ("setenv.sh", "main_pytest.py"):
        (repo / name).symlink_to(Path("helpers_root", name))
    assert run_adopt(repo, "--yes").status == 0
    assert (repo / "setenv.sh").is_symlink()
    done = in_shell(repo, "source setenv.sh && i adopt_check && i unadopt --yes")
    assert done.status == 0, done.stdout + done.stderr
    assert not os.path.lexists(repo / "setenv.sh")
    assert git(repo, "status", "--porcelain") == ""


def test_a_clone_that_is_no_submodule_is_told_so(tmp_path: Path, remote: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(remote), "alone")
    for name in ("unadopt --yes", "adopt_check"):
        done = in_shell(tmp_path / "alone", f"source setenv.sh && i {name}")
        assert done.status == 2
        assert "a clone of the toolchain by itself" in done.stderr


def test_hooks_of_the_toolchain_go_and_the_repos_own_is_back(repo: Path, remote: Path) -> None:
    hook = repo / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)
    make_adopter(repo, remote)
    installed = in_shell(repo, "source ./setenv.sh && i git_hooks_install")
    assert installed.status == 0, installed.stderr
    assert hook.read_text() != "#!/bin/sh\nexit 0\n"
    done = _unadopt(repo, "--yes")
    assert done.status == 0, done.stdout + done.stderr
    assert f"goes: {hook}" in done.stdout
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert sorted(path.name for path in hook.parent.glob("pre-push*")) in (
        ["pre-push"],
        ["pre-push", "pre-push.sample"],
    )
