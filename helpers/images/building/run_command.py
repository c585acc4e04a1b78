"""The command that runs a production image that was built."""

import shlex

from helpers.engine.containers import Image


def run_command(reference: str, image: Image | None, platform: str = "") -> str:
    """The command, for a shell: it runs what the image runs, in the foreground.

    Args:
        image: what the engine says of it; the ports that it exposes are published on loopback.
        platform: where it is not the machine's own; without it docker would warn.
    """
    args = ["docker", "run", "--rm"]
    args += ["--platform", platform] if platform else []
    for port in image.ports if image else ():
        args += ["--publish", f"127.0.0.1:{port.partition('/')[0]}:{port.removesuffix('/tcp')}"]
    return shlex.join([*args, reference])
