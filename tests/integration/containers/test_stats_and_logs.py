"""Tasks that look at a dir's containers, or end them."""

import re
import time
from collections.abc import Iterator

import pexpect
import pytest

from helpers.engine.client import Client
from helpers.images.base.base_image import ensure_base_image
from helpers.model import labels
from helpers.model.labels import own_labels
from helpers.system.host import read_host
from helpers.system.process import printable, run
from tests import engine
from tests.builders import commit_all, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_SCRIPT = "seq 1 5; echo wrong >&2; exec sleep 300"


@pytest.fixture
def two(workplace: Workplace, client: Client) -> Iterator[tuple[str, str]]:
    """A kept container and a service, each with a few lines in its log."""
    make_runnable_dir(workplace.repo, "app")
    commit_all(workplace.repo.root)
    base = ensure_base_image(workplace.repo, read_host().platform, lambda _: None, client)
    made = []
    for role in ("kept", ""):
        given = own_labels(workplace.repo, "app") | ({labels.ROLE: role} if role else {})
        options = [part for key, value in given.items() for part in ("--label", f"{key}={value}")]
        command = ["docker", "run", "--detach", "--init", *options, base, "sh", "-c", _SCRIPT]
        made.append(run(command).stdout.strip())
    names = [str(engine.container(one)["Name"]).lstrip("/") for one in made]
    yield (names[0], names[1])
    for container in made:
        run(["docker", "rm", "--force", container], check=False)


def test_stats_are_one_table(workplace: Workplace, two: tuple[str, str]) -> None:
    done = workplace.invoke("docker_stats", "--dir", "app")
    assert done.status == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["cpu", "memory", "pids", "dir", "role", "name"]
    assert {row.split()[-1] for row in rows} == set(two)
    for row in rows:
        assert re.match(
            r"\d+\.\d%  +[\d.]+ [kM]B / [\d.]+ GB  +\d+  +app +(kept|service) +\S+$", row
        )


@pytest.mark.superslow
def test_stats_are_shown_again_and_again_on_a_terminal(
    workplace: Workplace, two: tuple[str, str]
) -> None:
    typed = [*workplace.invoke_command(), "docker_stats", "--watch"]
    shown = pexpect.spawn(
        typed[0], typed[1:], cwd=str(workplace.repo.root), encoding="utf-8", timeout=30
    )
    for _ in range(3):
        shown.expect_exact(two[0])
    shown.sendintr()
    shown.expect(pexpect.EOF)
    shown.close()
    assert shown.exitstatus == 130


def test_a_repo_without_containers_says_so(workplace: Workplace) -> None:
    assert workplace.invoke("docker_stats").stdout == "no containers run\n"
    make_runnable_dir(workplace.repo, "app")
    shown = workplace.invoke("docker_logs", "--dir", "app")
    assert (shown.status, shown.stdout) == (0, "no containers of app\n")


def test_logs_of_several_containers_name_them_on_each_line(
    workplace: Workplace, two: tuple[str, str]
) -> None:
    done = workplace.invoke("docker_logs", "--dir", "app")
    assert done.status == 0, done.stderr
    for name in two:
        expected = [f"{name}: {n}" for n in range(1, 6)]
        assert [line for line in done.stdout.splitlines() if line.startswith(name)] == expected
        assert f"{name}: wrong\n" in done.stderr


def test_only_the_last_lines_of_each_are_shown_when_asked(
    workplace: Workplace, two: tuple[str, str]
) -> None:
    done = workplace.invoke("docker_logs", "--dir", "app", "--tail", "1")
    # Which of its two outputs a container's last line is on is for the engine to say.
    assert len((done.stdout + done.stderr).splitlines()) == 2
    assert workplace.invoke("docker_logs", "--dir", "app", "--tail", "x").status == 2


def test_who_reads_only_the_first_line_gets_no_error(
    workplace: Workplace, two: tuple[str, str]
) -> None:
    typed = printable([*workplace.invoke_command(), "docker_logs", "--dir", "app", "--follow"])
    piped = ["bash", "-o", "pipefail", "-c", f"{typed} 2>&1 | head --lines=1"]
    # The container writes again once its reader is gone.
    run(["docker", "exec", "--detach", two[0], "sh", "-c", "sleep 2; echo more > /proc/1/fd/1"])
    run(["docker", "exec", "--detach", two[1], "sh", "-c", "sleep 2; echo more > /proc/1/fd/1"])
    done = run(piped, cwd=workplace.repo.root, check=False, timeout=60)
    assert (done.status, done.stderr) == (0, "")
    assert re.fullmatch(r"\S+: (1|wrong)\n", done.stdout)


def test_a_terminal_obeys_nothing_of_a_log(workplace: Workplace, two: tuple[str, str]) -> None:
    evil = r"printf 'a\033[2Jb\n' >/proc/1/fd/1"
    run(["docker", "exec", two[0], "sh", "-c", evil])
    plain = workplace.invoke("docker_logs", "--dir", "app")
    assert "a\x1b[2Jb" in plain.stdout
    typed = [*workplace.invoke_command(), "docker_logs", "--dir", "app"]
    folder = str(workplace.repo.root)
    shown = pexpect.spawn(typed[0], typed[1:], cwd=folder, encoding="utf-8", timeout=30)
    shown.expect(pexpect.EOF)
    assert r"a\x1b[2Jb" in str(shown.before)
    assert "\x1b[2J" not in str(shown.before)


def test_logs_are_followed_until_the_containers_end(
    workplace: Workplace, two: tuple[str, str]
) -> None:
    typed = [*workplace.invoke_command(), "docker_logs", "--dir", "app", "--follow"]
    shown = pexpect.spawn(
        typed[0], typed[1:], cwd=str(workplace.repo.root), encoding="utf-8", timeout=30
    )
    for _ in two:
        shown.expect(r": 5\r\n")
    time.sleep(0.5)
    assert shown.isalive()
    killed = workplace.invoke("docker_kill", "--dir", "app")
    assert sorted(killed.stdout.split()) == sorted(["removed", two[0], "removed", two[1]])
    shown.expect(pexpect.EOF)
    shown.close()
    assert shown.exitstatus == 0
    assert workplace.containers() == []


def test_killing_takes_one_dir_or_all_of_them(workplace: Workplace, two: tuple[str, str]) -> None:
    make_runnable_dir(workplace.repo, "other")
    assert workplace.invoke("docker_kill", "--dir", "other").stdout == "nothing to remove\n"
    both = workplace.invoke("docker_kill", "--dir", "app", "--all")
    assert (both.status, "exclude each other" in both.stderr) == (2, True)
    assert len(workplace.containers()) == 2
    assert workplace.invoke("docker_kill", "--all").status == 0
    assert workplace.containers() == []
