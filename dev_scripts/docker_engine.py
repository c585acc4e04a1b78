#!/usr/bin/env python3
"""The Docker Engine: use the one that answers, else install and start one, having said so."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # isolated Python leaves it out

from bootstrap import daemon, engine_plan
from bootstrap.actions import (
    Action,
    AptInstall,
    AptUpdate,
    StartDaemon,
    StartService,
    WriteFile,
    announce,
    apt,
    ask,
    check_rights,
    run_as_root,
    write_file,
)
from bootstrap.client import find_client
from bootstrap.commands import run
from bootstrap.endpoint import Endpoint, find_endpoint
from bootstrap.errors import BootstrapError
from bootstrap.host import Host, agrees_beforehand, find_host
from bootstrap.packages import install, lists_are_fresh
from bootstrap.probe import Engine, State, probe

DATA_ROOT = "/var/lib/docker"


@dataclass(frozen=True)
class Options:
    """The user's options."""

    yes: bool
    announced: bool
    dry_run: bool
    json: bool
    data_root: str


def status(options: Options) -> int:
    """Say what answers and where; 0 when one does, 1 when none, 2 when this user may not use it."""
    endpoint = find_endpoint(os.environ)
    engine = probe(endpoint)
    client = find_client(os.environ)
    report = {
        "state": engine.state.value,
        "host": endpoint.host,
        "chosen_by": endpoint.chosen_by,
        "version": engine.version,
        "data_root": engine.data_root,
        "started_by": _started_by(endpoint, engine),
        "multi_platform_store": engine.has_multi_platform_store,
        "buildx": client.buildx,
        "compose": client.compose,
    }
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            shown = {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else value
            print(f"{name.replace('_', ' '):<21} {shown}")
    if engine.state is State.DENIED:
        engine_plan.check_endpoint(endpoint, engine)
    return 0 if engine.state is State.ANSWERS else 1


def _started_by(endpoint: Endpoint, engine: Engine) -> str:
    if engine.state is not State.ANSWERS:
        return ""
    if not endpoint.is_default:
        return "others"
    if daemon.started_by_us():
        return "helpers"
    active = run(["systemctl", "is-active", "--quiet", "docker"]).status == 0
    return "systemd" if active else "others"


def install_engine(options: Options) -> int:
    """Install what is missing of the engine, its client, buildx and compose."""
    return _bring_about(options, "install", _plan_install)


def start_engine(options: Options) -> int:
    """Have an engine that answers: install it when it is missing, start it when it does not run."""
    return _bring_about(options, "start", _plan_install_and_start)


def stop_engine(options: Options) -> int:
    """Stop the engine if it is the one that we started."""
    host, endpoint = find_host(), find_endpoint(os.environ)
    record = daemon.started_by_us()
    if record is None:
        if probe(endpoint).state is State.SILENT:
            print("no engine is running, so there is nothing to stop")
            return 0
        raise BootstrapError(
            "helpers did not start the running engine, so it does not stop it",
            where=endpoint.host,
            fix="stop it the way it was started, for instance: sudo systemctl stop docker",
        )
    if options.dry_run:
        print("would stop the engine that helpers started")
        return 0
    check_rights(host)
    if not host.is_root:
        return run_as_root(Path(__file__).resolve(), ["stop", "--yes"])
    print("stopping the engine that helpers started ...", flush=True)
    daemon.stop(record)
    print("stopped")
    return 0


def _plan_install(host: Host, engine: Engine, _options: Options) -> tuple[Action, ...]:
    client = find_client(os.environ)
    if not engine_plan.lacking_packages(host, client, engine):
        return ()  # apt takes most of a second to say what its mirror is
    facts = engine_plan.AptFacts(
        mirror=_mirror(host) if engine_plan.needs_newer_release(host.distribution) else "",
        fresh=lists_are_fresh(),
        has_daemon_config=Path(engine_plan.DAEMON_CONFIG).exists(),
    )
    return engine_plan.plan_install(host, client, engine, facts)


def _plan_install_and_start(host: Host, engine: Engine, options: Options) -> tuple[Action, ...]:
    installs = _plan_install(host, engine, options)
    return (*installs, *engine_plan.plan_start(host, engine, options.data_root))


def _mirror(host: Host) -> str:
    """The mirror in this machine's apt sources."""
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = run(["apt-get", "indextargets", "--no-release-info", "--format", form]).output
    for line in listed.splitlines():
        words = line.split()
        if words[1:] in ([host.distribution.codename, "main"], ["stable", "main"]):
            return words[0]
    raise BootstrapError(
        f"apt has no source of {host.distribution.codename} main to take the engine's mirror from",
        where="/etc/apt/sources.list, /etc/apt/sources.list.d",
        fix="add the distribution's own source there",
    )


def _bring_about(
    options: Options,
    command: str,
    plan: Callable[[Host, Engine, Options], tuple[Action, ...]],
) -> int:
    """Plan, announce, ask, act, and see whether it worked."""
    host, endpoint = find_host(), find_endpoint(os.environ)
    engine = probe(endpoint)
    engine_plan.check_endpoint(endpoint, engine)
    actions = plan(host, engine, options)
    if not actions:
        print(_verdict(endpoint, engine))
        return 0
    check_rights(host)
    if not options.announced:
        lacks = engine.state is State.SILENT
        announce(actions, "no Docker Engine answers" if lacks else "a part is missing", host)
    if options.dry_run:
        return 0
    script = Path(__file__).resolve()
    arguments = [command, "--yes", "--announced", f"--data-root={options.data_root}"]
    ask(yes=options.yes, command=shlex.join([str(script), command, "--yes"]))
    if not host.is_root:
        if run_as_root(script, arguments) != 0:
            return 2
    else:
        carry_out(actions)
    engine = probe(endpoint)
    engine_plan.check_endpoint(endpoint, engine)
    print(_verdict(endpoint, engine))
    return 0


def carry_out(actions: Sequence[Action]) -> None:
    """Do what was planned, in order.

    Raises:
        BootstrapError: an action failed; those before it stay, and are skipped the next time.
    """
    for action in actions:
        match action:
            case WriteFile():
                print(f"  {action}", flush=True)
                write_file(action)
            case AptUpdate():
                apt(action)
            case AptInstall():
                install(action, retry=AptUpdate() not in actions)
            case StartService():
                print(f"  {action} ...", flush=True)
                daemon.start_service()
            case StartDaemon():
                print(f"  {action}", flush=True)
                daemon.start_daemon(action.data_root, os.environ)


def _verdict(endpoint: Endpoint, engine: Engine) -> str:
    if engine.state is not State.ANSWERS:
        return "Docker Engine is installed but not running: dev_scripts/docker_engine.py start"
    store = "" if engine.has_multi_platform_store else ", without the multi-platform image store"
    return f"Docker Engine {engine.version} answers at {endpoint.host}{store}"


COMMANDS: dict[str, Callable[[Options], int]] = {
    "status": status,
    "install": install_engine,
    "start": start_engine,
    "stop": stop_engine,
}


def parse(arguments: Sequence[str]) -> tuple[str, Options]:
    """The command and its options."""
    parser = argparse.ArgumentParser(prog="docker_engine.py", description=__doc__)
    parser.add_argument(
        "command",
        choices=sorted(COMMANDS),
        help="status: say what answers; install: install what is missing; "
        "start: install and start; stop: stop the one that was started here",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--announced", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, only")
    parser.add_argument("--json", action="store_true", help="status as JSON")
    parser.add_argument(
        "--data-root", default="", metavar="DIR", help=f"engine's data (default: {DATA_ROOT})"
    )
    chosen = parser.parse_args(arguments)
    yes = agrees_beforehand(chosen.yes, os.environ)
    return chosen.command, Options(
        yes, chosen.announced, chosen.dry_run, chosen.json, chosen.data_root
    )


def main(arguments: Sequence[str]) -> int:
    """Entry point; returns the exit status."""
    command, options = parse(arguments)
    try:
        return COMMANDS[command](options)
    except BootstrapError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"error: {error.strerror}\n  where: {error.filename or ''}", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
