"""A real git repo adopts the toolchain in two commands."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pexpect
import pytest
import yaml

from helpers.adoption.adopting.adopt import AdoptRequest, plan_adopt
from helpers.managed_files.written import apply_changes
from helpers.system.process import ProcessResult, run
from tests.adopters import CLONES_FROM_DISK, in_shell, make_adopter, run_adopt
from tests.builders import GIT_ENVIRONMENT, commit_all, git, make_repo, write_files
from tests.needs import find_program

pytestmark = pytest.mark.slow

_WRITTEN = {
    ".gitignore", ".gitmodules", ".pre-commit-config.yaml", "changelog.txt",
    "devops/os_packages.txt", "main_pytest.py", "pytest.ini", "repo_config.yaml",
    "requirements.in", "requirements.txt", "setenv.sh", "tasks.py",
}  # fmt: skip
_SPACED = "tools/my helpers"
_OWN_TASKS = '''
from invoke import task


@task
def build_docs(context):
    """Build the pages."""
    print("pages")
'''


def _shell(name: str) -> str:
    find_program(name)
    return name


def _tree(root: Path, submodule: str = "helpers_root") -> dict[str, tuple[bytes, bool]]:
    """The content of every file but git's and the submodule's, and whether it is executable."""
    skipped = (root / ".git", root / submodule)
    files = [path for path in root.rglob("*") if path.is_file()]
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), os.access(path, os.X_OK))
        for path in files
        if not any(path.is_relative_to(folder) for folder in skipped)
    }


def _listed(done: ProcessResult) -> set[str]:
    """The names of tasks in `i --list`."""
    return {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}


@pytest.mark.parametrize("submodule", ["helpers_root", _SPACED, "it's helpers"])
def test_an_empty_repo_has_all_after_two_commands(
    tmp_path: Path, remote: Path, submodule: str
) -> None:
    root = make_adopter(tmp_path / "my shop", remote, submodule=submodule)
    assert set(_tree(root, submodule)) == _WRITTEN
    assert (root / "repo_config.yaml").read_text() == "name: my_shop\n"
    assert (root / "changelog.txt").read_text().startswith("# my-shop-1.0.0\n- 20")
    done = in_shell(root, "source setenv.sh && i dirs && ./main_pytest.py --help && i adopt_check")
    assert done.status == 0, done.stdout + done.stderr
    assert "my_shop  my-shop  1.0.0" in done.stdout
    assert "usage: ./main_pytest.py" in done.stdout
    ignored = run(["git", "check-ignore", "tmp.x/a"], cwd=root, check=False)
    assert ignored.status == 0


def test_the_values_that_are_given_are_written(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote, adopt=False)
    given = ("--name", "no", "--registry", "localhost:5000/x", "--base-image", "python:3.12-slim")
    assert run_adopt(root, "--yes", *given).status == 0
    config = yaml.safe_load((root / "repo_config.yaml").read_text())
    assert config == {
        "name": "no", "registry": "localhost:5000/x", "base_image": "python:3.12-slim",
    }  # fmt: skip
    again = run_adopt(root, "--name", "other")
    assert "repo_config.yaml is there and stays as it is" in again.stderr
    assert yaml.safe_load((root / "repo_config.yaml").read_text()) == config


def test_a_value_that_is_none_is_refused_and_nothing_is_written(
    tmp_path: Path, remote: Path
) -> None:
    root = make_adopter(tmp_path / "shop", remote, adopt=False)
    before = _tree(root)
    for option, value in (("--name", "a b"), ("--registry", "https://x"), ("--base-image", "a b")):
        done = run_adopt(root, "--yes", option, value)
        assert done.status == 2
        assert "error: " in done.stderr
        assert option in done.stderr
        assert "Traceback" not in done.stderr
    assert _tree(root) == before


def test_adopting_again_changes_nothing(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote)
    before = _tree(root)
    # Nobody need be asked, since there is nothing to write.
    done = run_adopt(root, cwd=root / "devops")
    assert done.status == 0
    assert "nothing to write" in done.stdout
    assert "source ../setenv.sh" in done.stdout
    assert _tree(root) == before


def test_without_a_terminal_it_says_which_option_to_give(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote, adopt=False)
    before = _tree(root)
    done = run_adopt(root)
    assert done.status == 2
    assert "--yes" in done.stderr
    shown = run_adopt(root, "--dry-run")
    assert shown.status == 0
    assert "+++ b/tasks.py" in shown.stdout
    assert _tree(root) == before


def test_three_questions_and_the_diff_are_asked_on_a_terminal(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote, adopt=False)
    script = str(root / "helpers_root" / "dev_scripts" / "adopt.sh")
    environment = {**os.environ, **GIT_ENVIRONMENT, **CLONES_FROM_DISK}

    def start() -> "pexpect.spawn[str]":
        return pexpect.spawn(script, cwd=str(root), env=environment, timeout=60, encoding="utf-8")

    child = start()
    child.expect(r"name of the repo \[shop\]: ")
    child.sendline("store")
    child.expect(r"registry for its images \[none\]: ")
    child.sendline("")
    child.expect(r"base image \[python:[^]]+\]: ")
    child.sendline("")
    child.expect(r"\+name: store")
    child.expect(r"write it\? \[y/N\] ")
    child.sendline("n")
    child.expect("nothing was written")
    child.expect(pexpect.EOF)
    assert not (root / "repo_config.yaml").exists()
    child = start()
    for answer in ("store", "", "", "y"):
        child.expect(": |y/N] ")
        child.sendline(answer)
    child.expect("git add --all")
    child.expect(pexpect.EOF)
    assert (root / "repo_config.yaml").read_text() == "name: store\n"


def test_what_exists_is_merged_or_left_and_never_overwritten(tmp_path: Path, remote: Path) -> None:
    files = {
        "pyproject.toml": '# mine\n[project]\nname = "shop"   # aligned\n',
        ".gitignore": "*.log",
        ".pre-commit-config.yaml": (
            "# hooks\nrepos:\n- repo: local # all\n  hooks:\n  - id: mine\n    name: mine\n"
            "    entry: 'true'\n    language: system\n\nfail_fast: true\n"
        ),
        "changelog.txt": "# till-2.1.0\n- 2026-01-02\n- Ours\n",
        "repo_config.yaml": "# ours\nname: till\n",
    }
    root = make_repo(tmp_path / "shop", files, config=files["repo_config.yaml"]).root
    make_adopter(root, remote)
    for name, text in files.items():
        for line in text.splitlines():
            assert line in (root / name).read_text().splitlines(), name
    for name in ("changelog.txt", "repo_config.yaml"):
        assert (root / name).read_text() == files[name]
    assert "ini_options" in (root / "pyproject.toml").read_text()
    assert not (root / "pytest.ini").exists()
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())
    assert [repo["hooks"][0]["id"] for repo in hooks["repos"]] == ["mine", "changelog_check"]
    assert hooks["fail_fast"] is True
    before = _tree(root)
    assert run_adopt(root).status == 0
    assert _tree(root) == before


@pytest.mark.parametrize("submodule", ["helpers_root", _SPACED])
def test_a_repo_with_tasks_and_setenv_of_its_own_is_shown_what_to_add(
    tmp_path: Path, remote: Path, submodule: str
) -> None:
    own = {"tasks.py": _OWN_TASKS, "setenv.sh": "export SHOP=open\n", "main_pytest.py": "# ours\n"}
    root = make_repo(tmp_path / "shop", own).root
    make_adopter(root, remote, submodule=submodule, adopt=False)
    done = run_adopt(root, "--yes", submodule=submodule)
    assert done.status == 0
    for name, text in own.items():
        assert (root / name).read_text() == text
    for name in ("setenv.sh", "main_pytest.py"):
        assert f"to do by hand in {name}: " in done.stdout
    assert (root / "changelog.txt").is_file()
    # The toolchain's own setenv.sh gives `i` without a change.
    direct = in_shell(root, f"source '{submodule}/setenv.sh' && i build-docs")
    assert direct.stdout == "pages\n", direct.stderr
    _add_what_is_shown(root, done.stdout)
    for shell in ("bash", "zsh"):
        listed = in_shell(root, "source setenv.sh; i --list", shell=_shell(shell))
        assert {"build-docs", "docker_bash", "run_fast_tests"} <= _listed(listed), listed.stderr
    ran = in_shell(root, "source setenv.sh; i build-docs; i adopt_check; echo $SHOP")
    assert ran.stdout.startswith("pages\n")
    assert ran.stdout.endswith("open\n")
    assert "  wrong  " not in ran.stdout
    ours = in_shell(root, f"'./{submodule}/main_pytest.py' --help")
    assert ours.status == 0
    again = run_adopt(root, submodule=submodule)
    assert "to do by hand in setenv.sh" not in again.stdout


def _add_what_is_shown(root: Path, shown: str) -> None:
    """What a user does who follows the text."""
    name = ""
    for line in shown.splitlines():
        if line.startswith("to do by hand in "):
            name = line.removeprefix("to do by hand in ").partition(": ")[0]
        elif not line.startswith("    ") and line:
            name = ""
        elif name:
            with (root / name).open("a") as file:
                file.write(f"{line[4:]}\n")


@pytest.mark.parametrize(
    "own",
    [
        {"tasks.py": "raise SystemExit('of the application')\n"},
        {"tasks/mail.py": "SENT = 1\n"},
        {"tasks/__init__.py": "raise SystemExit('of the application')\n"},
    ],
    ids=["module", "folder", "package"],
)
def test_an_application_keeps_its_own_module_called_tasks(
    tmp_path: Path, remote: Path, own: dict[str, str]
) -> None:
    root = make_repo(tmp_path / "shop", own).root
    make_adopter(root, remote)
    assert (root / "helpers_tasks.py").is_file()
    assert (root / "tasks.py").exists() == ("tasks.py" in own)
    done = in_shell(root, "source setenv.sh && i dirs && i adopt_check")
    assert done.status == 0, done.stdout + done.stderr


def test_a_package_of_the_repo_called_helpers_stays_its_own(tmp_path: Path, remote: Path) -> None:
    own = {"helpers/__init__.py": "OWN = 1\n", "types.py": "raise SystemExit('not this one')\n"}
    root = make_adopter(make_repo(tmp_path / "shop", own).root, remote)
    done = in_shell(root, "source setenv.sh && i dirs && ./main_pytest.py --help")
    assert done.status == 0, done.stdout + done.stderr
    (root / "types.py").unlink()
    theirs = [sys.executable, "-c", "import helpers; assert helpers.OWN; print(helpers.__file__)"]
    assert run(theirs, cwd=root).stdout.strip() == str(root / "helpers" / "__init__.py")


def test_files_that_git_ignores_are_named_with_the_lines_that_fix_it(
    tmp_path: Path, remote: Path
) -> None:
    root = make_repo(tmp_path / "shop", {".gitignore": "*.txt\n*.sh\n"}).root
    make_adopter(root, remote, adopt=False)
    done = run_adopt(root, "--yes")
    assert "to do by hand in .gitignore: " in done.stdout
    _add_what_is_shown(root, done.stdout)
    ran = in_shell(root, "git add --all && git ls-files && source setenv.sh && i adopt_check")
    assert ran.status == 0, ran.stdout + ran.stderr
    assert {"changelog.txt", "setenv.sh", "devops/os_packages.txt"} <= set(ran.stdout.split())


def test_own_tasks_stand_beside_ours_and_may_replace_one(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote)
    text = (root / "tasks.py").read_text()
    own = '@task\ndef say_hello(context):\n    """Greet."""\n    print("hello")\n\n\n'
    own += '@task\ndef dirs(context):\n    """Ours."""\n    print("own dirs")\n\n\n'
    (root / "tasks.py").write_text(text.replace("\n\nnamespace =", f"\n\n{own}namespace ="))
    below = root / "apps" / "sender"
    write_files(below, {"tasks.py": "raise SystemExit('of the application')\n"})
    listed = in_shell(root, "source ../../setenv.sh; i --list", cwd=below)
    assert {"say_hello", "dirs", "docker_bash"} <= _listed(listed), listed.stderr
    words = " ".join(listed.stdout.split())
    assert "dirs (in place of helpers') Ours." in words
    assert words.count("in place of helpers'") == 1
    assert words.index("this repo's own") < words.index("say_hello")
    ran = in_shell(root, "source ../../setenv.sh; i dirs say_hello", cwd=below)
    assert ran.stdout == "own dirs\nhello\n", ran.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_clone_without_submodules_says_what_to_do_or_does_it(
    tmp_path: Path, remote: Path, shell: str
) -> None:
    root = make_adopter(tmp_path / "shop", remote, submodule=_SPACED)
    commit_all(root)
    clone = tmp_path / "a clone"
    git(tmp_path, "clone", "--quiet", str(root), str(clone))
    said = in_shell(clone, "source setenv.sh; echo $?; typeset -f i", shell=_shell(shell))
    assert said.stdout == "2\n"
    assert "submodule tools/my helpers is not checked out" in said.stderr
    tests = in_shell(clone, "./main_pytest.py; echo $?")
    assert tests.stdout == "2\n"
    assert "not checked out" in tests.stderr
    python, invoke = _invoke(root)
    tasks = run([python, "-I", invoke, "--search-root", clone, "--list"], check=False)
    assert tasks.status == 2
    for text in (said.stderr, tests.stderr, tasks.stderr):
        (fix,) = [line for line in text.splitlines() if "fix:" in line]
        assert "Traceback" not in text
        command = fix.partition("fix:")[2]
        other = tmp_path / "other"
        git(tmp_path, "clone", "--quiet", str(root), str(other))
        done = in_shell(other, command.replace(str(clone), str(other)), shell=shell)
        assert done.status == 0, done.stderr
        assert (other / _SPACED / "setenv.sh").is_file()
        shutil.rmtree(other)
    done = in_shell(clone, "source ./setenv.sh --yes && i dirs", shell=shell)
    assert done.status == 0, done.stderr


def test_main_pytest_brings_what_is_not_checked_out(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote)
    commit_all(root)
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    done = in_shell(tmp_path, "clone/main_pytest.py --yes --help")
    assert done.status == 0, done.stderr
    assert "usage: ./clone/main_pytest.py" in done.stdout
    again = in_shell(tmp_path, "clone/main_pytest.py --yes --dir nowhere")
    assert "there is no directory 'nowhere'" in again.stderr


def _invoke(root: Path) -> tuple[Path, Path]:
    script = next(root.rglob("thin_env.py"))
    environment = Path(run([sys.executable, "-I", script, "ensure"]).stdout.strip())
    return environment / "bin" / "python", environment / "bin" / "invoke"


def test_interrupted_after_any_step_the_next_run_ends_the_same(
    tmp_path: Path, remote: Path
) -> None:
    files = {"pyproject.toml": '[project]\nname = "shop"\n', ".gitignore": "*.log\n"}
    whole = make_repo(tmp_path / "whole" / "shop", files, config="name: shop\n").root
    (whole / "repo_config.yaml").unlink()
    commit_all(whole)
    git(whole, "submodule", "--quiet", "add", str(remote), "helpers_root")
    steps = plan_adopt(whole, AdoptRequest("helpers_root", "shop", _today())).changes
    assert len(steps) >= 9
    part = tmp_path / "part" / "shop"
    shutil.copytree(whole, part, symlinks=True)
    assert run_adopt(whole, "--yes").status == 0
    for number in range(len(steps)):
        git(part, "checkout", "--quiet", "--", ".")
        git(part, "clean", "--quiet", "-fdx", "--exclude", "helpers_root")
        apply_changes(part, steps[:number])
        # What a process that was killed while it wrote the next leaves.
        beside = part / steps[number].path
        beside.parent.mkdir(exist_ok=True)
        (beside.parent / f".{beside.name}.999999999.tmp").write_text("ha")
        if steps[max(number - 1, 0)].executable:
            (part / steps[number - 1].path).chmod(0o644)
        done = run_adopt(part, "--yes")
        assert done.status == 0, done.stderr
        assert _tree(part) == _tree(whole), steps[number].path


def _today() -> date:
    return datetime.now(UTC).date()


def test_killed_at_any_moment_the_next_run_ends_the_same(tmp_path: Path, remote: Path) -> None:
    root = make_adopter(tmp_path / "shop", remote, adopt=False)
    script = root / "helpers_root" / "dev_scripts" / "adopt.sh"
    seen = set()
    for wait in range(8):
        git(root, "clean", "--quiet", "-fdx", "--exclude", "helpers_root")
        process = subprocess.Popen(
            [script, "--yes"], cwd=root, stdout=subprocess.DEVNULL, start_new_session=True
        )
        if wait:
            # As soon as the first, the second, ... file is there.
            _wait_for_files(root, process, wait)
        with suppress(ProcessLookupError):  # it ended meanwhile
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        seen.add(len(_tree(root)))
        assert run_adopt(root, "--yes").status == 0
        assert set(_tree(root)) == _WRITTEN
    assert len(seen) > 1, "it was always killed at the same moment"


def _wait_for_files(root: Path, process: "subprocess.Popen[bytes]", count: int) -> None:
    while process.poll() is None and len(list(root.iterdir())) < count + 3:
        time.sleep(0.0005)


def test_what_is_no_submodule_is_said(tmp_path: Path, remote: Path) -> None:
    clone = tmp_path / "alone"
    git(tmp_path, "clone", "--quiet", str(remote), str(clone))
    alone = run([clone / "dev_scripts" / "adopt.sh", "--yes"], check=False)
    assert alone.status == 2
    assert "a clone of the toolchain by itself" in alone.stderr
    outer = make_repo(tmp_path / "outer").root
    shutil.copytree(clone, outer / "my helpers", symlinks=True)
    inside = run_adopt(outer, "--yes", submodule="my helpers")
    assert inside.status == 2
    assert "not a submodule of the repo around it" in inside.stderr
    assert f"git -C {outer} submodule add" in inside.stderr
    bare = make_adopter(tmp_path / "bare", remote, adopt=False)
    git(bare, "config", "core.bare", "true")
    refused = run_adopt(bare, "--yes")
    assert refused.status == 2
    assert "is bare" in refused.stderr
    shutil.rmtree(clone / ".git")
    assert "no git checkout" in run([clone / "dev_scripts" / "adopt.sh"], check=False).stderr


def test_tasks_are_found_as_json_too(tmp_path: Path, remote: Path) -> None:
    """Other programs read the list; its names are as written there as well."""
    root = make_adopter(tmp_path / "shop", remote)
    done = in_shell(root, "source setenv.sh; i --list --list-format=json")
    names = {task["name"] for task in json.loads(done.stdout)["tasks"]}
    assert {"adopt", "adopt_check"} <= {name.replace("-", "_") for name in names}


@pytest.mark.parametrize("command", ["bash setenv.sh", "sh setenv.sh", "./setenv.sh"])
def test_a_setenv_that_is_executed_says_that_it_changes_nothing(
    tmp_path: Path, remote: Path, command: str
) -> None:
    root = make_adopter(tmp_path / "shop", remote)
    done = in_shell(root, command)
    assert done.status == 2
    assert "must be sourced" in done.stderr
