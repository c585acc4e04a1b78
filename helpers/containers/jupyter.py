"""Jupyter in a dir's container, reached from the host's browser."""

import secrets
import socket

from helpers.containers.enter import Session
from helpers.engine.execs import run_command
from helpers.model.errors import HelpersError

_TRIES = 50


def free_port(wished: int, *, chosen: bool) -> int:
    """A free port on loopback: the wished one, or else the next that is free.

    Args:
        chosen: the user asked for this very port.

    Raises:
        HelpersError: the port that the user asked for is taken, or all that were tried are.
    """
    for port in range(wished, wished + (1 if chosen else _TRIES)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise HelpersError(f"port {wished} is taken", mend="leave --port out, and a free one is chosen")


def jupyter_command(session: Session, port: int) -> tuple[list[str], str]:
    """The command that serves Jupyter, and the address to open.

    Raises:
        HelpersError: the dir's environment has no Jupyter.
    """
    status, _ = run_command(session.client, session.container, ["sh", "-c", "command -v jupyter"])
    if status:
        raise HelpersError(
            "the dir's environment has no Jupyter",
            where=session.env["HELPERS_DIR"],
            mend="add jupyterlab to its dependencies, then"
            ' i docker_build_local_image --bump minor --message "Add Jupyter"',
        )
    token = secrets.token_urlsafe(16)
    args = ["jupyter", "lab", "--no-browser", "--ip=0.0.0.0", f"--port={port}"]
    args += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    if session.plan.user.uid == 0:
        args.append("--allow-root")
    return args, f"http://127.0.0.1:{port}/lab?token={token}"
