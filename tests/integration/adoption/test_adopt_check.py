"""`i adopt_check` finds each defect of an adopting repo, and names what fixes it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.adoption.adopting.check import check_adoption
from helpers.adoption.superproject import Submodule
from helpers.model.adoption import AdoptCheck
from tests.adopters import in_shell, make_adopter, run_adopt
from tests.builders import commit_all, git, write_files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory, remote: Path) -> Path:
    """A repo that is in order; tests copy it."""
    root = make_adopter(tmp_path_factory.mktemp("adopted") / "shop", remote)
    commit_all(root)
    return root


@pytest.fixture
def repo(adopted: Path, tmp_path: Path) -> Path:
    """A repo that is in order, of this test's own."""
    return Path(shutil.copytree(adopted, tmp_path / "shop", symlinks=True))


def _wrong(root: Path) -> list[AdoptCheck]:
    return [item for item in check_adoption(Submodule(root, "helpers_root")) if item.wrong]


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return change


def _remove(name: str) -> Callable[[Path], None]:
    return lambda root: (root / name).unlink()


def _commit_inside(root: Path) -> None:
    commit_all(root / "helpers_root")


def _forget(root: Path) -> None:
    git(root, "rm", "--quiet", "--cached", "helpers_root")


def _hide(root: Path) -> None:
    write_files(root, {".gitignore": "*.txt\ntmp.*/\n"})
    git(root, "rm", "--quiet", "--cached", "changelog.txt")


# What is broken, the check that says so, what it finds, and what fixes it.
_DEFECTS = {
    "no settings": (_remove("repo_config.yaml"), "repo_config.yaml", "missing", "adopt.sh"),
    "bad settings": (
        _edit("repo_config.yaml", "name: ", "nane: "), "repo_config.yaml", "nane", "name",
    ),
    "no tasks": (_remove("tasks.py"), "tasks.py", "missing", "adopt.sh"),
    "moved": (
        _edit("tasks.py", "helpers_root", "tools"), "tasks.py", "helpers_root", "helpers_root",
    ),
    "no setenv": (_remove("setenv.sh"), "setenv.sh", "missing", "adopt.sh"),
    "old setenv": (_edit("setenv.sh", "# It ", "# "), "setenv.sh", "not as this", "rm setenv.sh"),
    "no main_pytest": (_remove("main_pytest.py"), "main_pytest.py", "missing", "adopt.sh"),
    "old main_pytest": (
        _edit("main_pytest.py", '"--yes"', '"--y"'), "main_pytest.py", "not as", "rm main_pyt",
    ),
    "not executable": (
        lambda root: (root / "main_pytest.py").chmod(0o644), "main_pytest.py", "executed", "chmod",
    ),
    "no changelog": (_remove("changelog.txt"), "changelog.txt", "missing", "adopt.sh"),
    "bad changelog": (
        _edit("changelog.txt", "# shop-", "shop-"), "changelog.txt", ":1", "1s/.*/# shop-1",
    ),
    "no packages": (
        _remove("devops/os_packages.txt"), "devops/os_packages.txt", "missing", "adopt.sh",
    ),
    "no pytest": (_remove("pytest.ini"), "pytest.ini", "missing", "adopt.sh"),
    "no hooks": (
        lambda root: (root / ".pre-commit-config.yaml").write_text("repos: []\n"),
        ".pre-commit-config.yaml", "safely", "--dry-run",
    ),
    "not ignored": (_edit(".gitignore", "tmp.*/", "x"), ".gitignore", "lacks", "adopt.sh"),
    "hidden": (
        _hide, "ignored files", "every clone", "'!/changelog.txt'",
    ),
    "package": (
        lambda root: write_files(root, {"__init__.py": ""}), "__init__.py", "package", "git rm",
    ),
    "not registered": (_remove(".gitmodules"), "submodule", "does not name", "git submodule add"),
    "no url": (_edit(".gitmodules", "url = ", "other = "), "url", "none", "git config"),
    "bad url": (_edit(".gitmodules", "toolchain.git", "gone.git"), "url", "gone.git", "git config"),
    "other commit": (_commit_inside, "commit", "is checked out", "git add helpers_root"),
    "no commit": (_forget, "commit", "records none", "git add helpers_root"),
}  # fmt: skip


@pytest.mark.parametrize("defect", _DEFECTS)
def test_each_defect_is_found_and_what_fixes_it_named(repo: Path, defect: str) -> None:
    assert _wrong(repo) == []
    spoil, name, found, fix = _DEFECTS[defect]
    spoil(repo)
    wrong = {item.name: item for item in _wrong(repo)}
    assert name in wrong
    assert found in wrong[name].found
    assert fix in wrong[name].fix
    assert set(wrong) <= {name, "url"}


def test_what_fixes_a_hidden_file_fixes_it(repo: Path) -> None:
    _hide(repo)
    (wrong,) = _wrong(repo)
    assert in_shell(repo, wrong.fix).status == 0
    assert _wrong(repo) == []


@pytest.mark.parametrize(
    "name", ["tasks.py", "setenv.sh", "main_pytest.py", "pytest.ini", "changelog.txt"]
)
def test_what_fixes_a_missing_file_fixes_it(repo: Path, name: str) -> None:
    (repo / name).unlink()
    (wrong,) = _wrong(repo)
    done = in_shell(repo, f"{wrong.fix} --yes")
    assert done.status == 0, done.stderr
    assert _wrong(repo) == []


def test_a_url_beside_the_repos_own_is_in_order(repo: Path) -> None:
    git(repo, "config", "--file", ".gitmodules", "submodule.helpers_root.url", "../toolchain.git")
    assert _wrong(repo) == []


def test_the_task_prints_a_line_for_each_and_its_status_tells(repo: Path) -> None:
    done = in_shell(repo, "source setenv.sh && i adopt_check")
    assert done.status == 0, done.stdout + done.stderr
    names = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert names[:5] == ["check", "submodule", "url", "commit", "repo_config.yaml"]
    (repo / "changelog.txt").unlink()
    again = in_shell(repo, "source setenv.sh && i adopt_check")
    assert again.status == 1
    assert "helpers_root/dev_scripts/adopt.sh" in again.stdout


def test_files_of_the_repos_own_are_in_order_where_ours_can_be_had_beside_them(
    tmp_path: Path, remote: Path
) -> None:
    root = tmp_path / "shop"
    own = {"setenv.sh": "export A=1\n", "main_pytest.py": "# own\n", "tasks.py": "import invoke\n"}
    write_files(root, own)
    make_adopter(root, remote)
    assert _wrong(root) == []
    assert run_adopt(root, "--dry-run").status == 0
