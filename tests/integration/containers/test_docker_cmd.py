"""`i docker_cmd` and `i docker_bash` as their users type them, on a real engine."""

import os
import secrets
import shutil
import signal
import subprocess
import termios
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from helpers.containers.enter import signal_marked
from helpers.containers.inventory import stop_own
from helpers.engine.execs import Command, start_command
from helpers.images.base.base_image import ensure_base_image
from helpers.images.building.build import build_missing
from helpers.model import labels
from helpers.model.settings.config import RepoConfig
from helpers.system.host import read_host
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult
from tests import engine
from tests.builders import TEST_REPO
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_PASSES = "def test_a(): pass\n"


@pytest.fixture
def app(workplace: Workplace) -> Workplace:
    """A repo with one runnable dir, `app`, whose image is built."""
    made = workplace.add_dir("app", _PASSES)
    build_missing(workplace.repo, made, read_host(), lambda _: None)
    return workplace


def _run(app: Workplace, command: str, *options: str) -> ProcessResult:
    return app.invoke("docker_cmd", "--dir", "app", "--cmd", command, *options)


def test_the_exit_status_is_the_commands(app: Workplace) -> None:
    assert _run(app, "exit 7").status == 7
    assert _run(app, "true").status == 0


def test_both_outputs_arrive_apart_and_whole(app: Workplace) -> None:
    done = _run(app, "echo out; echo err >&2; head -c 3000000 /dev/zero | tr '\\0' x")
    assert done.stdout.startswith("out\n")
    assert len(done.stdout) == 3_000_004
    assert done.stderr == "err\n"


def test_the_repo_stands_at_its_own_path_and_what_is_made_is_the_hosts(app: Workplace) -> None:
    done = _run(app, "pwd; id -u; touch made")
    made = app.repo.root / "app" / "made"
    assert done.stdout.split() == [str(made.parent), str(os.getuid())]
    assert made.stat().st_uid == os.getuid()


def test_a_repo_that_is_made_anew_at_the_same_path_is_the_one_that_is_seen(app: Workplace) -> None:
    assert _run(app, "true").status == 0
    old = app.repo.root.with_name("old")
    app.repo.root.rename(old)
    shutil.copytree(old, app.repo.root, symlinks=True)
    (app.repo.root / "app" / "new").touch()
    done = _run(app, "ls")
    assert (done.status, "new" in done.stdout.split()) == (0, True)


def test_the_home_is_private_and_writable(app: Workplace) -> None:
    done = _run(app, "touch ~/x && stat -c %a ~ && whoami")
    assert done.stdout.split() == ["700", read_host().user.name]


def test_variables_are_seen_only_when_named(app: Workplace) -> None:
    show = 'echo "[$GIVEN][$HIDDEN]"'
    done = app.invoke(
        *("docker_cmd", "--dir", "app", "--cmd", show, "--env", "GIVEN=a b"),
        env={"HIDDEN": "secret"},
    )
    assert done.stdout == "[a b][]\n"


def test_the_second_command_finds_the_container_of_the_first(app: Workplace) -> None:
    _run(app, "true")
    first = app.containers()
    _run(app, "true")
    assert app.containers() == first
    assert len(first) == 1


@pytest.mark.superslow
def test_a_kept_container_is_renewed_when_its_image_changes(fresh: Workplace) -> None:
    _run(fresh, "touch /tmp/mark")
    assert _run(fresh, "ls /tmp/mark").status == 0
    dockerfile = fresh.repo.root / "app" / "devops" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("WORD=one", "WORD=two"))
    assert fresh.invoke("docker_build_local_image", "--dir", "app").status == 0
    assert _run(fresh, "ls /tmp/mark").status == 2
    assert len(fresh.containers()) == 1


def test_root_is_given_when_asked_for(app: Workplace) -> None:
    assert _run(app, "id -u", "--root").stdout == "0\n"


def test_the_socket_is_given_only_when_asked_for(app: Workplace) -> None:
    assert _run(app, "test -e /var/run/docker.sock").status == 1
    assert _run(app, "docker version --format '{{.Server.Os}}'", "--sibling").stdout == "linux\n"


def test_a_port_is_published_and_its_container_ends_with_the_command(app: Workplace) -> None:
    done = _run(app, "echo served", "--port", "0.0.0.0:18999:80")
    assert done.stdout == "served\n"
    assert app.containers() == []


def test_an_interrupt_reaches_the_command(app: Workplace) -> None:
    _run(app, "true")
    process = _start(app, "trap 'echo bye; exit 9' INT; echo ready; while :; do sleep 0.1; done")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[0] == "bye\n"
    assert process.returncode == 9


def test_a_signal_reaches_a_command_of_a_user_who_is_not_root(app: Workplace) -> None:
    """The root of a container may not look into the processes of others."""
    _run(app, "true")
    (kept,) = app.containers()
    words, mark, user = ("sleep", "60"), "HELPERS_COMMAND=of_this_test", "1700:1700"
    started = start_command(app.client, kept, Command(words, user, "/", (mark,)))
    until = time.monotonic() + 30
    while started.pump(lambda *_: None) and time.monotonic() < until:
        signal_marked(app.client, kept, mark, signal.SIGTERM, user)
    assert started.exit_status() == 128 + signal.SIGTERM
    started.close()


def test_a_command_that_ignores_the_interrupt_is_killed_by_the_second(app: Workplace) -> None:
    _run(app, "true")
    process = _start(app, "trap '' INT; echo ready; while :; do sleep 0.1; done")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130


def _start(app: Workplace, command: str) -> "subprocess.Popen[str]":
    # Not through the fixture: the process is signalled while it runs.
    return subprocess.Popen(
        [*app.invoke_command(), "docker_cmd", "--dir", "app", "--cmd", command],
        cwd=app.repo.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_what_is_piped_in_arrives(app: Workplace) -> None:
    process = subprocess.run(
        [*app.invoke_command(), "docker_cmd", "--dir", "app", "--cmd", "wc -c"],
        cwd=app.repo.root,
        input=b"x" * 200_000,
        stdout=subprocess.PIPE,
        check=True,
    )
    assert process.stdout.split() == [b"200000"]


def test_a_shell_knows_where_it_is_and_has_the_terminals_size(app: Workplace) -> None:
    command = [*app.invoke_command(), "docker_bash", "--dir", "app"]
    shell = pexpect.spawn(
        command[0], command[1:], cwd=str(app.repo.root), dimensions=(41, 133), timeout=60,
        encoding="utf-8",
    )  # fmt: skip
    shell.expect(r"app.* local-1\.0\.0 .*[$#] ")
    shell.sendline("stty size; exit 5")
    shell.expect("41 133")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 5


@pytest.mark.superslow
def test_an_interrupt_while_a_shell_starts_ends_in_one_line_or_leaves_a_whole_shell(
    app: Workplace,
) -> None:
    python, _, _, *rest = app.invoke_command()
    # As dev_scripts/path/i starts it: before a line of Python ran, Ctrl-C waits.
    start = str(TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py")
    command = ["env", "--block-signal=INT", python, "-I", start, *rest]
    # Other tests build the image of that name as well, and a build has a view of its own.
    command += ["docker_bash", "--dir", "app", "--no-build"]
    _run(app, "true")
    for tenth in range(12):
        shell = pexpect.spawn(
            command[0], command[1:], cwd=str(app.repo.root), timeout=60, encoding="utf-8"
        )
        before = termios.tcgetattr(shell.child_fd)
        time.sleep(0.08 + 0.02 * tenth)
        # Typed: it is a signal until a shell has the terminal.
        shell.send("\x03")
        if shell.expect([pexpect.EOF, r"local-1\.0\.0 .*[$#] "]):
            shell.send("\x03")
            shell.sendline("exit 0")
            shell.expect(pexpect.EOF)
        elif "interrupted" in str(shell.before):
            assert str(shell.before).split() == ["^Cinterrupted"]
        assert "Traceback" not in str(shell.before)
        assert termios.tcgetattr(shell.child_fd) == before
        shell.close()


def test_an_image_too_old_for_the_code_is_refused(app: Workplace) -> None:
    changelog = app.repo.root / "app" / "changelog.txt"
    old = changelog.read_text()
    changelog.write_text("# helpers-test-app-1.1.0\n- 2026-02-01\n- New\n\n" + old)
    done = _run(app, "true", "--no-build")
    assert done.status == 2
    assert "the code needs 1.1.0" in done.stderr
    assert "i docker_build_local_image" in done.stderr
    done = _run(app, "true", "--skip-version-check")
    assert (done.status, "building" in done.stderr) == (0, False)
    changelog.write_text("# helpers-test-app-1.0.1\n- 2026-02-01\n- New\n\n" + old)
    done = _run(app, "true", "--no-build")
    assert (done.status, "warning:" in done.stderr) == (0, True)


@pytest.fixture
def fresh(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with one dir, `app`, whose image was never built."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    workplace = replace(workplace, repo=replace(workplace.repo, config=RepoConfig(name)))
    (workplace.repo.root / "repo_config.yaml").write_text(f"name: {name}\n")
    files = {"devops/Dockerfile": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS dev\nENV WORD=one\n"}
    workplace.add_dir("app", _PASSES, **files)
    yield workplace
    stop_own(workplace.client, workplace.repo, force=True)
    engine.remove_images({labels.REPO: name})


def test_the_first_command_builds_the_image_and_its_output_is_its_own(fresh: Workplace) -> None:
    done = _run(fresh, "echo $WORD")
    assert (done.status, done.stdout) == (0, "one\n")
    assert "app: building" in done.stderr
    assert "app: built" in done.stderr
    again = _run(fresh, "echo $WORD")
    assert (again.stdout, again.stderr) == ("one\n", "")


@pytest.mark.parametrize("task", ["docker_bash", "docker_cmd", "docker_jupyter"])
def test_without_leave_to_build_what_is_missing_is_refused(fresh: Workplace, task: str) -> None:
    command = ("--cmd", "true") if task == "docker_cmd" else ()
    done = fresh.invoke(task, "--dir", "app", "--no-build", *command)
    assert (done.status, done.stdout) == (2, "")
    assert "local-" in done.stderr
    assert "is not on this engine" in done.stderr
    assert "fix:   i docker_build_local_image --dir app" in done.stderr


@pytest.mark.parametrize(
    "options", [("--stage", "dev"), ("--stage", "prod"), ("--version", "1.0.0")]
)
def test_only_the_local_image_of_the_changelogs_version_is_built(
    fresh: Workplace, options: tuple[str, ...]
) -> None:
    done = _run(fresh, "true", *options)
    assert (done.status, "is not on this engine" in done.stderr) == (2, True)
    assert "building" not in done.stderr


def test_a_shell_builds_the_image_first(fresh: Workplace) -> None:
    done = fresh.invoke("docker_bash", "--dir", "app", stdin="echo $WORD\n")
    assert (done.status, done.stdout) == (0, "one\n")
    assert "app: built" in done.stderr


@pytest.mark.superslow
def test_an_image_that_is_out_of_date_is_built_unless_that_is_forbidden(fresh: Workplace) -> None:
    assert _run(fresh, "true").status == 0
    dockerfile = fresh.repo.root / "app" / "devops" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("one", "two"))
    kept = _run(fresh, "echo $WORD", "--no-build")
    assert (kept.status, kept.stdout) == (0, "one\n")
    assert "is out of date: its inputs changed since it was built" in kept.stderr
    done = _run(fresh, "echo $WORD")
    assert (done.status, done.stdout) == (0, "two\n")
    assert "out of date" not in done.stderr


def test_a_version_that_others_may_have_is_not_built_anew(fresh: Workplace) -> None:
    assert _run(fresh, "true").status == 0
    assert fresh.invoke("docker_tag_local_image_as_dev", "--dir", "app").status == 0
    dockerfile = fresh.repo.root / "app" / "devops" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace("one", "two"))
    done = _run(fresh, "echo $WORD")
    assert (done.status, done.stdout) == (0, "one\n")
    assert "and 1.0.0 is released" in done.stderr
    assert "--bump minor" in done.stderr


def test_a_build_that_fails_is_an_error_and_not_the_commands(fresh: Workplace) -> None:
    dockerfile = fresh.repo.root / "app" / "devops" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + "RUN exit 7\n")
    done = _run(fresh, "echo never")
    assert (done.status, done.stdout) == (2, "")
    assert "this step of the build failed: RUN exit 7" in done.stderr


def test_a_folder_of_dirs_names_them(app: Workplace) -> None:
    app.add_dir("apps/one", _PASSES)
    done = app.invoke("docker_cmd", "--dir", "apps", "--cmd", "true")
    assert done.status == 2
    assert "'apps' is not a runnable dir" in done.stderr
    assert "fix:   --dir apps/one" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--stage", "staging"), "--stage takes one of local, dev, prod"),
        (("--version", "1.x"), "is not a version"),
        (("--env", "1=2"), "is not NAME=value"),
        (("--port", "99999"), "is not a port"),
        (("--stage", "prod", "--version", "9.9.9"), "is not on this engine"),
    ],
)
def test_an_option_that_makes_no_sense_is_told(
    app: Workplace, options: tuple[str, ...], words: str
) -> None:
    done = _run(app, "true", *options)
    assert done.status == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_containers_are_listed_stopped_and_nothing_else_is_touched(
    app: Workplace,
) -> None:
    base = ensure_base_image(app.repo, read_host().platform, lambda _: None, app.client)
    other = engine.sdk().containers.run(base, ["sleep", "600"], detach=True)
    try:
        _run(app, "true")
        assert "kept" in app.invoke("docker_ps").stdout
        assert "removed" in app.invoke("docker_stop").stdout
        assert app.containers() == []
        assert engine.container(other.id)["State"]["Running"]
        assert stop_own(app.client, app.repo, force=True).removed == ()
    finally:
        engine.remove_container(other.id)


@pytest.mark.superslow
def test_services_run_while_a_command_uses_them(app: Workplace) -> None:
    folder = app.repo.root / "app" / "devops"
    (folder / "compose.yaml").write_text(_SERVICE)
    (folder / "service.Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    ask = "python -c \"import urllib.request as u;print(u.urlopen('http://web:8000').status)\""
    done = _run(app, ask)
    assert done.stdout == "200\n", done.stderr
    assert app.containers() == []


_SERVICE = """\
services:
  web:
    build: {context: ., dockerfile: service.Dockerfile, args: {BASE_IMAGE: "${HELPERS_BASE_IMAGE}"}}
    command: python3 -m http.server 8000
    init: true
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000')"]
      interval: 1s
      retries: 30
"""


@pytest.mark.superslow
def test_services_stay_until_the_last_command_that_uses_them_has_ended(app: Workplace) -> None:
    folder = app.repo.root / "app" / "devops"
    (folder / "compose.yaml").write_text(_SERVICE)
    (folder / "service.Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    ask = "python -c \"import urllib.request as u; u.urlopen('http://web:8000')\""
    long = _start(app, f"echo ready; read line; {ask} && echo still there")
    assert long.stdout is not None
    assert long.stdout.readline() == "ready\n"
    assert _run(app, ask).status == 0
    assert long.communicate("go\n", timeout=30)[0] == "still there\n"
    assert app.containers() == []


@pytest.mark.superslow
def test_an_unhealthy_service_is_told_with_its_last_lines(app: Workplace) -> None:
    folder = app.repo.root / "app" / "devops"
    broken = _SERVICE.replace("-m http.server 8000", "-c 'print(42 + 1); exit(3)'")
    (folder / "compose.yaml").write_text(broken)
    (folder / "service.Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    done = _run(app, "true")
    assert (done.status, "did not become healthy" in done.stderr) == (2, True)
    assert "43" in done.stderr
    assert app.containers() == []


def test_a_folder_inside_a_dir_is_enough_to_mean_it(app: Workplace) -> None:
    below = app.repo.root / "app" / "deep" / "er"
    below.mkdir(parents=True)
    done = app.invoke("docker_cmd", "--cmd", "pwd", cwd=below)
    assert Path(done.stdout.strip()) == app.repo.root / "app"


def test_jupyter_says_what_is_missing(app: Workplace) -> None:
    done = app.invoke("docker_jupyter", "--dir", "app")
    assert (done.status, "has no Jupyter" in done.stderr) == (2, True)
    assert "jupyterlab" in done.stderr
    assert app.containers() == []


def test_the_repos_root_is_called_by_the_repos_name(workplace: Workplace) -> None:
    workplace.add_dir(".", _PASSES)
    name = workplace.repo.config.name
    assert f"{name}: " in workplace.invoke("docker_build_local_image").stderr
    assert workplace.invoke("docker_cmd", "--cmd", "true").status == 0
    for task in ("docker_ps", "docker_ps --all-repos", "docker_stats", "docker_images", "dirs"):
        shown = workplace.invoke(*task.split()).stdout
        assert name in [word for line in shown.splitlines() for word in line.split()], task
        assert " . " not in shown, task
        assert not any(line.startswith(". ") for line in shown.splitlines()), task
