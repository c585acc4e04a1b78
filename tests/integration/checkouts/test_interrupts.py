"""Ctrl-C lets git end what it has begun in a work tree."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import git
from tests.scenes import Scene, head

_MOVE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from helpers.checkouts.git.checkout_moves import fast_forward
try:
    fast_forward(Path(sys.argv[2]), sys.argv[3])
except KeyboardInterrupt:
    sys.exit(130)
"""


def _wait_for(path: Path) -> None:
    ends = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < ends, f"no {path}"
        time.sleep(0.01)


def test_an_interrupt_leaves_no_work_tree_half(scene: Scene) -> None:
    new = scene.release("lib", {f"{number}.txt": "x" for number in range(4)})
    git(scene.lib, "fetch", "--quiet")
    # Git is slow here: each file that it writes takes a while.
    begun = scene.folder / "begun"
    git(scene.lib, "config", "filter.slow.smudge", f"touch '{begun}'; sleep 0.2; cat")
    info = Path(git(scene.lib, "rev-parse", "--absolute-git-dir")) / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("*.txt filter=slow\n")
    command = [sys.executable, "-c", _MOVE, str(TOOLCHAIN_ROOT), str(scene.lib), new]
    moving = subprocess.Popen(command, start_new_session=True)
    _wait_for(begun)
    # As a terminal does: to all processes of the command.
    os.killpg(moving.pid, signal.SIGINT)
    assert moving.wait(20) == 130
    assert head(scene.lib) == new
    assert git(scene.lib, "status", "--porcelain") == ""
    assert not list(info.parent.glob("*.lock"))
