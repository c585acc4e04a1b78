"""The engine that we started ourselves: start it, remember it, recognise it, stop it."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bootstrap.client import find_daemon
from bootstrap.commands import last_lines, run, start_detached
from bootstrap.endpoint import DEFAULT_HOST, Endpoint
from bootstrap.errors import BootstrapError
from bootstrap.probe import State, probe

STATE = Path("/run/helpers-engine")
LOG = Path("/var/log/helpers-engine.log")
SYSTEM_CONFIG = Path("/etc/docker/daemon.json")
START_SECONDS = 90
STOP_SECONDS = 40


@dataclass(frozen=True)
class Record:
    """What we started: `pid` and its start time in clock ticks since boot; 0, 0 is systemd's."""

    pid: int
    started: int


def started_by_us(state: Path = STATE) -> Record | None:
    """The record of the engine that we started, when that very process still runs."""
    try:
        record = Record(**json.loads((state / "engine.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if record.pid == 0:
        return record if run(["systemctl", "is-active", "--quiet", "docker"]).status == 0 else None
    return record if process_started(record.pid) == record.started else None


def process_started(pid: int, proc: Path = Path("/proc")) -> int | None:
    """When a process started: with its id that tells it from a later one of the same id."""
    try:
        text = (proc / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name in brackets may hold anything
    return None if fields[0] in ("Z", "X") else int(fields[19])


def merged_config(text: str, data_root: str) -> str:
    """The system's daemon.json with the multi-platform store on, unless it says otherwise."""
    config = json.loads(text or "{}")
    config["features"] = {"containerd-snapshotter": True, **config.get("features", {})}
    config.pop("hosts", None)  # given on the command line
    config.pop("pidfile", None)
    if data_root:
        config["data-root"] = data_root
    return json.dumps(config, indent=2) + "\n"


@contextmanager
def exclusively(state: Path = STATE) -> Iterator[None]:
    """One start or stop at a time."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start_daemon(data_root: str, environ: Mapping[str, str], state: Path = STATE) -> None:
    """Start dockerd in the background and wait until it answers.

    Raises:
        BootstrapError: it ended or did not answer in time; carries the last lines of its log.
    """
    daemon = find_daemon(environ)
    if daemon is None:
        raise BootstrapError("dockerd is not installed", fix="dev_scripts/docker_engine.py install")
    with exclusively(state):
        endpoint = Endpoint(DEFAULT_HOST, "default")
        if probe(endpoint).state is State.ANSWERS:
            return
        config = state / "daemon.json"
        config.write_text(_config(data_root))
        (state / "docker.pid").unlink(missing_ok=True)
        args = [daemon, "--config-file", str(config), "--pidfile", str(state / "docker.pid")]
        kept = {name: value for name, value in environ.items() if not name.startswith("DOCKER_")}
        offset = LOG.stat().st_size if LOG.exists() else 0
        pid = start_detached([*args, "--host", DEFAULT_HOST], LOG, kept)
        record = Record(pid, process_started(pid) or 0)
        (state / "engine.json").write_text(json.dumps(asdict(record)))
        _wait_until_it_answers(endpoint, record, offset)


def _config(data_root: str) -> str:
    try:
        return merged_config(
            SYSTEM_CONFIG.read_text() if SYSTEM_CONFIG.is_file() else "", data_root
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise BootstrapError(
            f"the engine's configuration is not valid: {error}",
            where=str(SYSTEM_CONFIG),
            fix="fix or remove that file",
        ) from error


def _wait_until_it_answers(endpoint: Endpoint, record: Record, log_offset: int) -> None:
    begin = time.monotonic()
    print("  waiting for the engine to answer ", end="", flush=True)
    dots = 0
    while process_started(record.pid) == record.started:
        answers = probe(endpoint).state is State.ANSWERS
        waited = time.monotonic() - begin
        if answers:
            print(f" after {waited:.1f} s", flush=True)
            return
        if waited > START_SECONDS:
            break
        print("." * (int(waited) - dots), end="", flush=True)
        dots = int(waited)
        time.sleep(0.2)
    print(flush=True)
    raise BootstrapError(
        f"the Docker Engine did not start within {time.monotonic() - begin:.0f} s",
        where=f"the last lines of {LOG}:{last_lines(_log_since(log_offset))}",
        fix="fix what the log says, then dev_scripts/docker_engine.py start",
    )


def _log_since(offset: int) -> str:
    with LOG.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def start_service() -> None:
    """Let systemd start the engine, and remember that we did.

    Raises:
        BootstrapError: it did not start; carries the last lines of its journal.
    """
    with exclusively():
        if run(["systemctl", "start", "docker"], timeout=START_SECONDS).status != 0:
            journal = run(["journalctl", "-u", "docker", "-n", "15", "--no-pager", "-o", "cat"])
            raise BootstrapError(
                "systemd could not start the Docker Engine",
                where=f"its journal:{last_lines(journal.output)}",
                fix="fix what the journal says, then dev_scripts/docker_engine.py start",
            )
        (STATE / "engine.json").write_text(json.dumps(asdict(Record(0, 0))))


def stop(record: Record, state: Path = STATE) -> None:
    """Stop the engine that we started, gently, and forget it.

    Raises:
        BootstrapError: it still runs after that.
    """
    with exclusively(state):
        if record.pid == 0:
            ended = run(["systemctl", "stop", "docker.socket", "docker"], timeout=120).status == 0
        else:
            ended = _end(record)
        if not ended:
            raise BootstrapError(
                f"the engine still runs {STOP_SECONDS} s after it was asked to end",
                where=f"process {record.pid}, log {LOG}",
                fix="stop its containers, then dev_scripts/docker_engine.py stop",
            )
        (state / "engine.json").unlink(missing_ok=True)


def _end(record: Record) -> bool:
    """Ask the process to end and wait; whether it did."""
    os.kill(record.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        if process_started(record.pid) != record.started:
            return True
        time.sleep(0.1)
    return False
