"""Jupyter in a dir's container, reached from the host's browser."""

import secrets
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from helpers.containers.enter import Session, run_piped
from helpers.engine.client import EngineError
from helpers.engine.execs import run_command
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option
from helpers.system.ports import refusal

_PORT = 8888
_TRIES = 50
# Ends when the server answers. It is asked where it runs: its port need not be ours, when we are in
# a container ourselves. What it says of its version, it says without the token.
_UNTIL_IT_ANSWERS = """
import sys, time, urllib.request
ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
while True:
    try:
        ask(sys.argv[1], timeout=5).close()
        break
    except OSError:
        time.sleep(0.2)
"""


def server_port(asked: str) -> int:
    """A free port on loopback: the one that was asked for, or else the first from 8888 on.

    Args:
        asked: `[<address>:]<host>:<container>`; empty: none was asked for.

    Raises:
        HelpersError: the port that was asked for is taken, or all that were tried are.
    """
    wished, chosen = (int(asked.rpartition(":")[2]), True) if asked else (_PORT, False)
    for port in range(wished, wished + (1 if chosen else _TRIES)):
        if refusal("127.0.0.1", port) is None:
            return port
    raise HelpersError(f"port {wished} is taken", fix="leave --port out, and a free one is chosen")


def serve_jupyter(session: Session, port: int, tell: Callable[[str], None]) -> int:
    """Serve Jupyter until it ends; return its exit status.

    An interrupt ends it without a question, since it has no terminal to ask on, and without a
    traceback, since it is told to terminate.

    Args:
        tell: called with the address to open, once the server answers.

    Raises:
        HelpersError: the dir's environment has no Jupyter.
    """
    args, url = _jupyter_command(session, port)

    def wait() -> None:
        ask = ["python", "-c", _UNTIL_IT_ANSWERS, f"http://127.0.0.1:{port}/api"]
        # The server may end first, and the container with it.
        with suppress(EngineError):
            status, _ = run_command(session.client, session.container, ask)
            if status == 0:
                tell(url)

    threading.Thread(target=wait, daemon=True).start()
    return run_piped(session, args, stdin=False, interrupt=signal.SIGTERM)


def _jupyter_command(session: Session, port: int) -> tuple[list[str], str]:
    """The command that serves Jupyter, and the address to open.

    Raises:
        HelpersError: the dir's environment has no Jupyter.
    """
    status, _ = run_command(session.client, session.container, ["sh", "-c", "command -v jupyter"])
    if status:
        raise HelpersError(
            "the dir's environment has no Jupyter",
            where=session.env["HELPERS_DIR"],
            fix="add jupyterlab to its dependencies, then i docker_build_local_image"
            f' {dir_option(session.env["HELPERS_DIR"])} --bump minor --message "Add Jupyter"',
        )
    token = secrets.token_urlsafe(16)
    args = ["jupyter", "lab", "--no-browser", "--ip=0.0.0.0", f"--port={port}"]
    args += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    if session.plan.user.uid == 0:
        args.append("--allow-root")
    return args, f"http://127.0.0.1:{port}/lab?token={token}"
