"""The Tab key in real, interactive shells."""

import pexpect
import pytest

from tests.integration.bootstrap.conftest import Repo

pytestmark = pytest.mark.slow

COMPINIT = {"bash": "", "zsh": "autoload -Uz compinit && compinit -u -D"}


def start_shell(repo: Repo, shell: str, first: str) -> "pexpect.spawn[str]":
    """An interactive shell in the application, with `setenv.sh` sourced."""
    flags = ["--norc", "-i"] if shell == "bash" else ["-f", "-i"]
    environ = {**repo.environ, "TERM": "dumb", "PS1": "> ", "INPUTRC": "/dev/null"}
    child = pexpect.spawn(
        shell,
        flags,
        cwd=str(repo.app),
        env=environ,
        encoding="utf-8",
        timeout=20,
        dimensions=(50, 200),
    )
    child.sendline(f"{first or ':'}; source ../../setenv.sh; echo REA''DY")
    child.expect("READY\r\n")
    return child


def check_completion(repo: Repo, shell: str, first: str) -> None:
    child = start_shell(repo, shell, first)
    child.send("i first-t\t")
    child.expect("i first-task ")
    child.send("--some\t")
    child.expect("--some-flag")
    child.send("\r")
    child.expect(f"ran in {repo.app}")
    child.close(force=True)


def test_tab_completes_tasks_and_their_flags(repo: Repo, shell: str) -> None:
    check_completion(repo, shell, COMPINIT[shell])


def test_tab_completes_in_zsh_without_compinit(repo: Repo, shell: str) -> None:
    if shell != "zsh":
        pytest.skip("compinit is zsh's")
    check_completion(repo, shell, "")


def test_tab_lists_all_tasks(repo: Repo, shell: str) -> None:
    child = start_shell(repo, shell, COMPINIT[shell])
    child.send("i \t\t")
    child.expect("first-task")
    child.expect("second-task")
    child.close(force=True)


def test_deactivating_ends_completion(repo: Repo, shell: str) -> None:
    child = start_shell(repo, shell, COMPINIT[shell])
    child.sendline("deactivate_helpers; echo DO''NE")
    child.expect("DONE\r\n")
    child.send("i first-t\t")
    child.sendline("; echo EN''D")
    child.expect("END")
    child.close(force=True)

    assert child.before is not None
    assert "first-task" not in child.before
