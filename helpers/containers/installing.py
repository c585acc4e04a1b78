"""Write metadata and scripts of projects to where a container's Python looks for them."""

import json
import posixpath
from collections.abc import Sequence

from helpers.engine.client import Client
from helpers.engine.containers import TextFile, write_files
from helpers.engine.execs import run_command
from helpers.images.installed.ensure import Installed
from helpers.images.installed.source import BIN, SITE
from helpers.model.scratch import LAST_INSTALLED

_PLACEHOLDER = b"#!@python@"
# Asked of the Python that commands in the container find: the image's environment, or another.
# The answer is that of `editable.py --python`.
_ASK = """
import json, platform, sys, sysconfig
tag = f"{sys.implementation.name}-{platform.python_version()}-{platform.machine()}"
paths = sysconfig.get_path("purelib"), sysconfig.get_path("scripts")
print(json.dumps([tag, sys.executable, *paths]))
"""
_PROGRAM = (
    "for name in python python3; do"
    ' command -v $name >/dev/null && exec $name -I -c "$1"; done; exit 1'
)


def installed_files(installed: Installed) -> list[TextFile]:
    """The files for the image's Python; none if we do not know it yet."""
    return _files(installed, installed.python) if installed.python else []


def install_late(client: Client, container: str, installed: Installed) -> None:
    """Write them into a running container after asking which Python it has, if any.

    Raises:
        EngineError: the engine refuses.
    """
    if not installed.files or installed.python:
        return
    status, output = run_command(client, container, ["sh", "-c", _PROGRAM, "sh", _ASK])
    try:
        python = json.loads(output.splitlines()[-1]) if not status else ()
    except (ValueError, IndexError):
        return  # whatever calls itself Python there, is none
    if python:
        if installed.learn:
            installed.learn(python)
        # What changes from now on is not ours: the last file's time of change tells from when.
        files = [*_files(installed, python[1:]), TextFile(LAST_INSTALLED, b"")]
        write_files(client, container, files)


def _files(installed: Installed, paths: Sequence[str]) -> list[TextFile]:
    python, site, scripts = paths
    places = {SITE: site, BIN: scripts}
    files = []
    for file in installed.files:
        part, _, below = file.path.partition("/")
        content, mode = file.content, file.mode
        if part == BIN:
            content, mode = content.replace(_PLACEHOLDER, b"#!" + python.encode(), 1), 0o755
        files.append(TextFile(posixpath.join(places[part], below), content, mode))
    return files
