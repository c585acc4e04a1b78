"""A script that repeats what failed."""

import shlex
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from helpers.model.results.repeat import repeat_command
from helpers.testing.history import Failure


def repro_script(failures: Sequence[Failure], repo: Path) -> str:
    """A shell script that runs the failed tests again, dir by dir, in their containers.

    It exits with the worst status of its commands.
    """
    lines = [
        "#!/bin/sh",
        f"# Repeats what failed in the run {failures[0].run}.",
        "set -u",
        f"cd {shlex.quote(str(repo))} || exit 2",
        "status=0",
    ]
    for name, of_dir in groupby(failures, key=lambda item: item.dir):
        found = list(of_dir)
        if found[0].stack:
            # The newest run was of a stack: all of it is tested again at once.
            return "\n".join([*lines, repeat_command("", "", stack=found[0].stack), ""])
        command = ["./main_pytest.py", "--dir", name, "--no-reuse"]
        nodes = [item.node for item in found if item.node]
        if nodes:
            command += ["--suite", "all", "--", *nodes]
        else:
            command += ["--suite", found[0].suite]
        lines.append(f"{shlex.join(command)} || status=$?")
    return "\n".join([*lines, 'exit "$status"', ""])
