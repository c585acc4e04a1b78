"""`source setenv.sh` in real shells."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.bootstrap.conftest import TOP, Repo, thin_env

pytestmark = pytest.mark.slow

SOURCE = "source ../../setenv.sh"
QUIETLY = f"{SOURCE} 2>/dev/null"
# Options, names of variables and of functions; `_` and the like change by themselves.
STATE = {
    "bash": """state() {
        set +o; shopt; compgen -v | grep -v -E '^(BASH_|FUNCNAME|PIPESTATUS|_|COMP)'
        compgen -A function; }""",
    "zsh": """state() {
        set -o; print -rl -- ${(k)parameters} | grep -v -E '^[^a-zA-Z]|^(pipestatus|status|argv)$' |
            sort
        print -rl -- ${(k)functions} | sort; }""",
}


COMPLETION = {
    f"_helpers_{name}"
    for name in (
        "complete", "load", "find", "place", "read", "options", "kind", "fitting", "words", "dirs",
        "dir_of_versions",
    )
}  # fmt: skip
# What the program `i` is told.
VARIABLES = {f"HELPERS_ACTIVE{end}" for end in ("", "_ROOT", "_ENV", "_BLOCK")}


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def test_tasks_of_the_repo_run_below_an_application_with_its_own(repo: Repo, shell: str) -> None:
    done = repo.run(shell, f"{SOURCE}; i first-task")

    assert done.stdout == f"ran in {repo.app}\n"


def test_two_lines_say_what_it_did(repo: Repo, shell: str) -> None:
    done = repo.run(shell, SOURCE)

    assert done.stdout == ""
    assert len(lines(done.stderr)) == 2
    assert str(repo.root) in done.stderr
    assert "deactivate_helpers" in done.stderr


@pytest.mark.parametrize("place", [".", "/", "helpers_root"])
def test_it_can_be_sourced_from_anywhere(repo: Repo, shell: str, place: str) -> None:
    script = f"cd '{repo.root}' && cd {place} && source '{repo.root}/setenv.sh'; i first-task"

    done = repo.run(shell, script)

    assert done.stdout.startswith("ran in ")


def test_sourcing_again_leaves_path_as_it_is(repo: Repo, shell: str) -> None:
    script = f'{QUIETLY}; once=$PATH; {QUIETLY}; {QUIETLY}; [ "$PATH" = "$once" ]'

    assert repo.run(shell, script).returncode == 0


def test_sourcing_again_says_the_same(repo: Repo, shell: str) -> None:
    done = repo.run(shell, f"{SOURCE}; {SOURCE}")

    said = lines(done.stderr)
    assert len(said) == 4
    assert said[:2] == said[2:]


def test_second_sourcing_starts_no_python(repo: Repo, shell: str) -> None:
    script = f"python3() {{ echo started; }}; PATH=/usr/bin:/bin; {SOURCE}"

    done = repo.run(shell, script)

    assert done.returncode == 0, done.stderr
    assert "started" not in done.stdout


@pytest.mark.parametrize(
    "options",
    ["set -e", "set -u", "set -o noclobber", "set -o noglob", "set -euo pipefail"],
)
def test_shell_options_are_left_as_they_were(repo: Repo, shell: str, options: str) -> None:
    script = (
        f'{options}; before=$(set +o); {SOURCE}; [ "$before" = "$(set +o)" ]; i --list; echo alive'
    )

    done = repo.run(shell, script)

    assert "alive" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "options",
    [
        "sh_word_split",
        "ksh_arrays",
        "no_nomatch",
        "glob_subst",
        "posix_builtins",
        "warn_create_global",
    ],
)
def test_options_of_zsh_do_not_matter(repo: Repo, shell: str, options: str) -> None:
    if shell != "zsh":
        pytest.skip("an option of zsh")
    script = (
        f"setopt {options}; before=$(setopt); {SOURCE}; [[ $before == $(setopt) ]] && i first-task"
    )

    done = repo.run(shell, script)

    assert done.stdout == f"ran in {repo.app}\n", done.stderr
    assert len(lines(done.stderr)) == 2


@pytest.mark.parametrize("options", ["nullglob", "failglob", "extglob", "nocasematch"])
def test_options_of_bash_do_not_matter(repo: Repo, shell: str, options: str) -> None:
    if shell != "bash":
        pytest.skip("an option of bash")
    script = (
        f"shopt -s {options}; before=$(shopt); {SOURCE}; [[ $before == $(shopt) ]] && i first-task"
    )

    assert repo.run(shell, script).stdout == f"ran in {repo.app}\n"


def test_odd_separator_does_not_matter(repo: Repo, shell: str) -> None:
    done = repo.run(shell, f'IFS=/; {SOURCE}; i first-task; printf %s "$IFS"')

    assert done.stdout == f"ran in {repo.app}\n/"


def test_only_the_named_functions_are_added(repo: Repo, shell: str) -> None:
    script = f"{STATE[shell]}; state >/dev/null; a=; b=; a=$(state); {QUIETLY}; b=$(state)\n"
    script += 'printf "%s\\n" "$a" | sort >a; printf "%s\\n" "$b" | sort >b; comm -13 a b'

    added = set(lines(repo.run(shell, script).stdout))

    expected = {"deactivate_helpers", *COMPLETION}
    assert expected <= added <= expected | {"_helpers_compctl", "_helpers_unquote", *VARIABLES}
    assert added >= VARIABLES


def test_deactivating_undoes_all(repo: Repo, shell: str) -> None:
    script = f"{STATE[shell]}; state >/dev/null; p=$PATH; a=; b=; a=$(state)\n"
    script += f'{QUIETLY}; deactivate_helpers; b=$(state); [ "$a" = "$b" ] && [ "$p" = "$PATH" ]'

    done = repo.run(shell, script)

    assert done.returncode == 0, done.stdout + done.stderr


def test_deactivating_brings_back_what_the_user_had_as_i(repo: Repo, shell: str) -> None:
    script = f"i() {{ echo mine; }}; {QUIETLY}; {QUIETLY}; deactivate_helpers; i"

    assert repo.run(shell, script).stdout == "mine\n"


def test_alias_of_the_same_name_gives_way_and_comes_back(repo: Repo, shell: str) -> None:
    expand = "shopt -s expand_aliases" if shell == "bash" else "setopt aliases"
    script = f"{expand}\nalias i='echo mine'\n{QUIETLY}\ni first-task\ndeactivate_helpers\neval i"

    assert lines(repo.run(shell, script).stdout) == [f"ran in {repo.app}", "mine"]


def test_users_own_virtual_environment_keeps_working(
    repo: Repo, shell: str, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (venv / "bin" / "invoke").symlink_to("/bin/true")
    script = f"source '{venv}/bin/activate'; {QUIETLY}; command -v python; command -v invoke\n"
    script += 'echo "$VIRTUAL_ENV"; deactivate; i first-task; deactivate_helpers; command -v i'

    done = repo.run(shell, script)

    assert lines(done.stdout) == [
        f"{venv}/bin/python",
        f"{venv}/bin/invoke",
        str(venv),
        f"ran in {repo.app}",
    ]


def test_python_path_of_an_application_does_not_matter(repo: Repo, shell: str) -> None:
    (repo.app / "invoke.py").write_text("raise SystemExit('not this one')\n")

    done = repo.run(shell, f"export PYTHONPATH=$PWD; {QUIETLY}; i first-task")

    assert done.stdout == f"ran in {repo.app}\n", done.stderr


def test_exit_status_of_a_task_is_kept(repo: Repo, shell: str) -> None:
    (repo.root / "tasks.py").write_text(
        "import sys\nfrom invoke import task\n@task\ndef t(c):\n    sys.exit(7)\n"
    )

    assert repo.run(shell, f"{QUIETLY}; i t").returncode == 7


def test_a_link_into_the_toolchain_does_the_same(linked_repo: Repo, shell: str) -> None:
    script = f"set -euo pipefail; {SOURCE}; i first-task; cd ../..; source setenv.sh; i first-task"

    done = linked_repo.run(shell, script)

    assert lines(done.stdout) == [f"ran in {linked_repo.app}", f"ran in {linked_repo.root}"]


def test_executing_a_link_is_refused(linked_repo: Repo, shell: str) -> None:
    script = linked_repo.root / "setenv.sh"

    done = subprocess.run([shell, script], capture_output=True, text=True)

    assert done.returncode == 2
    assert "must be sourced" in done.stderr


def test_executing_it_is_refused(repo: Repo, shell: str) -> None:
    done = subprocess.run([shell, repo.root / "setenv.sh"], capture_output=True, text=True)

    assert done.returncode == 2
    assert "must be sourced" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "timeout 60 i first-task",
        "sh -c 'i first-task'",
        "echo first-task | xargs i",
        "find . -name tasks.py -exec i first-task \\;",
        "env i first-task",
        "command i first-task",
        "nohup i first-task </dev/null",
        'env -i PATH="$PATH" HOME="$HOME" XDG_DATA_HOME="$XDG_DATA_HOME" i first-task',
    ],
)
def test_other_programs_start_it(linked_repo: Repo, shell: str, command: str) -> None:
    done = linked_repo.run(shell, f"{QUIETLY}; {command}")

    # Without its variables it knows the toolchain, and not who adopted it by a link.
    wanted = "ran in" if "env -i" not in command else "fix:"
    assert wanted in done.stdout + done.stderr, done.stderr


def test_it_ends_with_the_program_that_started_it(repo: Repo, shell: str) -> None:
    (repo.root / "tasks.py").write_text(
        "import time\nfrom invoke import task\n@task\ndef t(c):\n    time.sleep(50)\n"
    )

    done = repo.run(shell, f"{QUIETLY}; timeout 3 i t; echo $?")

    assert done.stdout == "124\n"


def test_the_repo_that_was_sourced_last_is_meant(repo: Repo, shell: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "helpers_root").symlink_to(TOP)
    (other / "setenv.sh").write_text((repo.root / "setenv.sh").read_text())
    (other / "tasks.py").write_text((repo.root / "tasks.py").read_text().replace("ran", "also"))
    # As a program that another shell starts finds it: variables are handed on, functions are not.
    inner = f"{shell} -c 'source {other}/setenv.sh; i first-task'"

    done = repo.run(shell, f"{QUIETLY}; {inner}; i first-task")

    assert lines(done.stdout) == [f"also in {repo.app}", f"ran in {repo.app}"]


def test_it_needs_no_sourcing_where_it_is_called_by_its_path(repo: Repo, shell: str) -> None:
    command = f"'{TOP}/dev_scripts/path/i' --list; echo $?"

    done = repo.run(shell, command)

    assert "docker_bash" in done.stdout, done.stderr
    assert lines(done.stdout)[-1] == "0"
    assert done.stderr == ""


def test_a_path_that_cannot_be_on_path_is_refused(unbuilt_repo: Repo, shell: str) -> None:
    (unbuilt_repo.root / "helpers_root").rename(unbuilt_repo.root / "a:b")

    done = unbuilt_repo.run(shell, "source ../../a:b/setenv.sh; echo $?")

    assert done.stdout == "2\n"
    assert done.stderr.startswith("error: PATH cannot hold")
    assert len(lines(done.stderr)) == 3


@pytest.mark.slow
def test_missing_environment_is_built(unbuilt_repo: Repo, shell: str, tmp_path: Path) -> None:
    script = f"export XDG_DATA_HOME='{tmp_path}/new data'; {SOURCE} && i first-task"

    done = unbuilt_repo.run(shell, script)

    assert "building the thin environment" in done.stderr
    assert re.search("first use only, about [0-9]+ s\n", done.stderr)
    assert done.stdout == f"ran in {unbuilt_repo.app}\n"


def test_failure_leaves_the_shell_as_it_was(unbuilt_repo: Repo, shell: str) -> None:
    script = f"export XDG_DATA_HOME=/dev/null; p=$PATH; {SOURCE}; echo $?; [ $p = $PATH ] && "
    script += "typeset -f _helpers_plan || command -v i || echo nothing"

    done = unbuilt_repo.run(shell, script)

    assert lines(done.stdout) == ["2", "nothing"]
    assert "error: " in done.stderr


def test_no_python_is_said(unbuilt_repo: Repo, shell: str, tmp_path: Path) -> None:
    for name in ("readlink", "sha256sum", "uname"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    script = f"export XDG_DATA_HOME=/nowhere PATH='{tmp_path}'; {SOURCE}"

    done = unbuilt_repo.run(shell, script)

    assert "needs Python 3.11 or newer" in done.stderr


def test_shell_and_python_look_for_the_same_environment(data_home: Path) -> None:
    env = Path(thin_env("path", XDG_DATA_HOME=str(data_home)).stdout.strip())
    requirements = TOP / "dev_scripts" / "thin_requirements.txt"
    digest = subprocess.run(["sha256sum", requirements], capture_output=True, text=True).stdout

    assert env.name.startswith(f"{digest[:16]}-{os.uname().machine}-")


def test_alone_it_lists_the_tasks(repo: Repo, shell: str) -> None:
    done = repo.run(shell, f"{QUIETLY}; i >alone; i --list >listed; cmp alone listed; cat alone")

    assert "first-task" in done.stdout
    assert done.returncode == 0
