"""The Tab key after options of `i` and `main_pytest.py`, in real, interactive shells."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from helpers.adoption.adopting.shims import tasks_text
from tests.builders import commit_all, git
from tests.integration.bootstrap.conftest import Repo
from tests.integration.bootstrap.test_completion import COMPINIT, start_shell

pytestmark = pytest.mark.slow

_AWKWARD = (
    "apps/my dir",
    'apps/it\'s "so"',
    "apps/$(touch pwned)",
    "apps/`touch pwned`;#&*?",
    "apps/größe",
    "apps/k:v",
    "apps/l=v",
    "apps/back\\slash",
)
_CACHE = Path("tmp.helpers", "completion")


def make_dir(repo: Repo, name: str, *versions: str) -> None:
    """A runnable dir, and nothing that could be built."""
    (repo.root / name / "devops").mkdir(parents=True)
    entries = [f"# image-{version}\n- 2026-01-01\n- Text\n" for version in versions or ("1.0.0",)]
    (repo.root / name / "changelog.txt").write_text("\n".join(entries))


@pytest.fixture
def dirs(repo: Repo) -> Repo:
    """The repo with the toolchain's tasks, and runnable dirs."""
    (repo.root / "tasks.py").write_text(tasks_text("helpers_root"))
    (repo.root / "repo_config.yaml").write_text(
        "name: shop\nregistries:\n  main: localhost:5000/shop\n  mirror: localhost:5001/shop\n"
    )
    make_dir(repo, "apps/sender", "1.10.0", "1.9.0", "0.1.0")
    make_dir(repo, "apps/receiver")
    make_dir(repo, "tools/report", "3.0.0", "2.0.0")
    git(repo.root, "init", "--quiet")
    commit_all(repo.root)
    return repo


def start(repo: Repo, shell: str, first: str = "") -> "pexpect.spawn[str]":
    """A shell that has the keys of emacs."""
    child = start_shell(repo, shell, first or COMPINIT[shell])
    if shell == "zsh":
        child.sendline("bindkey -e; PS1='> '; echo SE''T")
        child.expect("SET\r\n")
    return child


def press(child: "pexpect.spawn[str]", line: str, at: Path) -> list[str]:
    """The words of a line as a program would get them, after its keys have been pressed."""
    child.sendline(f"cd '{at}'; echo TH''ERE")
    child.expect("THERE\r\n")
    # Keys wait until the shell has done what the ones before them ask for.
    child.send(f"{line}\x01printf '<%s>' \x05")
    child.sendline("; echo EN''D")
    child.expect("END\r\n")
    assert "no matches found" not in (child.before or "")
    found = re.findall("<([^<>]*)>", child.before or "")
    assert found, child.before
    return [word.rstrip("/") for word in found if word != "%s"]


def typed(repo: Repo, shell: str, line: str, at: str = ".", first: str = "") -> list[str]:
    """The words of a line that is typed in a new shell."""
    child = start(repo, shell, first)
    words = press(child, line, repo.root / at)
    child.close(force=True)
    return words


_COMPLETED = [
    ("i docker_bash --dir apps/s\t", "apps/sender"),
    ("i docker_bash -d apps/s\t", "apps/sender"),
    ("i docker_bash --dir=apps/s\t", "--dir=apps/sender"),
    ("i docker_bash --dir ./apps/s\t", "./apps/sender"),
    ("i docker-bash --dir too\t", "tools/report"),
    ("i dirs docker_bash --dir too\t", "tools/report"),
    ("i docker_bash --stage p\t", "prod"),
    ("i docker_bash --stage=p\t", "--stage=prod"),
    ("i docker_bash --dir apps/sender --version 1.1\t", "1.10.0"),
    ("i docker_bash --dir=tools/report --version 2\t", "2.0.0"),
    ("i docker_push_dev_image --registry mi\t", "mirror"),
    ("i docker_build_prod_image --platform linux/am\t", "linux/amd64"),
    ("i docker_release_prod_image --suite sl\t", "slow"),
    ("i runnable_dir_create --template lib\t", "library"),
    ("i docker_bash --skip-\t", "--skip-version-check"),
    ("i docker_ba\t", "docker_bash"),
    ("i --help docker_ba\t", "docker_bash"),
    ("i --li\t\b\b\b\b\b\b--list-d\t", "--list-depth"),
    ("./helpers_root/main_pytest.py --dir too\t", "tools/report"),
    ("./helpers_root/main_pytest.py too\t", "tools/report"),
    ("./helpers_root/main_pytest.py --suite superf\b\t", "superslow"),
    ("./helpers_root/main_pytest.py --last-failed apps/r\t", "apps/receiver"),
    ("./helpers_root/main_pytest.py apps/sender/ta\t", "apps/sender/tasks.py"),
    ("./helpers_root/main_pytest.py --sibling re\t", "read-only"),
    ("./helpers_root/main_pytest.py --last\t", "--last-failed"),
    ("./helpers_root/main_pytest.py -- apps/sender/ta\t", "apps/sender/tasks.py"),
]
_RELATIVE = [
    ("apps", "sen", "sender"),
    ("apps", "../too", "../tools/report"),
    ("apps/sender", "../r", "../receiver"),
    ("tools", "apps/s", "apps/sender"),
    ("/", "apps/s", "apps/sender"),
]


@pytest.mark.superslow
def test_tab_completes_values(dirs: Repo, shell: str) -> None:
    child = start(dirs, shell)
    found = [press(child, line, dirs.root)[-1] for line, _ in _COMPLETED]
    child.close(force=True)

    assert found == [wanted for _, wanted in _COMPLETED]


def test_dirs_are_named_as_seen_from_where_the_user_stands(dirs: Repo, shell: str) -> None:
    child = start(dirs, shell)
    ask = "i docker_bash --dir"
    found = [press(child, f"{ask} {begun}\t", dirs.root / at)[-1] for at, begun, _ in _RELATIVE]
    child.close(force=True)

    assert found == [wanted for _, _, wanted in _RELATIVE]


def test_a_dir_is_complete_and_no_folder_to_go_on_in(dirs: Repo, shell: str) -> None:
    words = typed(dirs, shell, "i docker_bash --dir apps/s\tnext")

    assert words[-2:] == ["apps/sender", "next"]


def test_versions_are_those_of_the_dir_in_which_the_user_stands(dirs: Repo, shell: str) -> None:
    assert typed(dirs, shell, "i docker_bash --version 2\t", "tools/report/devops")[-1] == "2.0.0"


def test_awkward_names_are_completed_and_never_run(dirs: Repo, shell: str) -> None:
    child = start(dirs, shell)
    for name in _AWKWARD:
        make_dir(dirs, name)
    git(dirs.root, "add", "--all")
    found = []
    for name in _AWKWARD:
        # As far as it is one alone.
        begun = name[:6] if name[5].isalpha() else f"apps/\\{name[5]}"
        found.append(press(child, f"i docker_bash --dir {begun}\t", dirs.root)[-1])
    child.close(force=True)

    assert tuple(found) == _AWKWARD
    assert not list(dirs.root.rglob("pwned"))


@pytest.mark.parametrize("begun", ["'apps/my d", '"apps/my d', "apps/my\\ d"])
def test_quotes_that_the_user_opened_are_kept(dirs: Repo, shell: str, begun: str) -> None:
    make_dir(dirs, "apps/my dir")

    # The shell closes them.
    words = typed(dirs, shell, f"i docker_bash --dir {begun}\t")

    assert words[-1] == "apps/my dir"


def test_dirs_are_completed_in_zsh_without_compinit(dirs: Repo, shell: str) -> None:
    if shell != "zsh":
        pytest.skip("compinit is zsh's")
    make_dir(dirs, "apps/my dir")

    assert typed(dirs, shell, "i docker_bash --dir apps/m\t", first=":")[-1] == "apps/my dir"


def test_what_is_new_is_offered_at_once(dirs: Repo, shell: str) -> None:
    assert typed(dirs, shell, "i docker_bash --dir apps/r\t")[-1] == "apps/receiver"
    make_dir(dirs, "apps/latest")
    tasks = dirs.root / "tasks.py"
    own = "@task\ndef greet(c, whom=''):\n    pass\n\n"
    tasks.write_text(tasks.read_text().replace("namespace = ", f"{own}namespace = "))
    changelog = dirs.root / "tools" / "report" / "changelog.txt"
    changelog.write_text("# image-4.0.0\n- 2026-01-01\n- Text\n\n" + changelog.read_text())

    assert typed(dirs, shell, "i docker_bash --dir apps/l\t")[-1] == "apps/latest"
    assert typed(dirs, shell, "i gree\t --wh\t")[-1] == "--whom"
    assert typed(dirs, shell, "i docker_bash --dir tools/report --version 4\t")[-1] == "4.0.0"


def test_a_warm_tab_starts_no_python(dirs: Repo, shell: str) -> None:
    typed(dirs, shell, "i docker_bash --dir apps/r\t")
    kept = (dirs.root / _CACHE).stat().st_mtime_ns

    words = typed(dirs, shell, "i docker_bash --dir apps/r\t")

    assert words[-1] == "apps/receiver"
    assert (dirs.root / _CACHE).stat().st_mtime_ns == kept


def test_a_repo_that_cannot_be_written_is_completed_all_the_same(dirs: Repo, shell: str) -> None:
    (dirs.root / "tmp.helpers").write_text("a file where the folder would be\n")

    assert typed(dirs, shell, "i docker_bash --dir apps/r\t")[-1] == "apps/receiver"


def test_tab_asks_no_engine(dirs: Repo, shell: str) -> None:
    # Packets to this address are lost.
    away = replace(dirs, environ={**dirs.environ, "DOCKER_HOST": "tcp://192.0.2.1:2375"})

    assert typed(away, shell, "i docker_bash --dir apps/r\t")[-1] == "apps/receiver"


def test_settings_that_cannot_be_read_leave_tasks_and_options(dirs: Repo, shell: str) -> None:
    (dirs.root / "repo_config.yaml").write_text("name: [\n")

    assert typed(dirs, shell, "i docker_ba\t --skip-\t")[1:] == [
        "docker_bash",
        "--skip-version-check",
    ]


def test_a_warm_tab_asks_no_program(dirs: Repo, shell: str) -> None:
    flag = "--norc" if shell == "bash" else "-f"
    # Who read what we write there did not ask `i`, which knows better.
    script = f"""
        source ../../setenv.sh 2>/dev/null; found=()
        _helpers_find i docker_bash --dir tools/; echo "${{found[@]}}"
        sed -i s:tools/report:tools/written: ../../{_CACHE}
        _helpers_find i docker_bash --dir tools/; echo "${{found[@]}}"
    """
    done = subprocess.run(
        [shell, flag, "-c", script], cwd=dirs.app, env=dict(dirs.environ), text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["tools/report", "tools/written"]
