"""Make files the same in every build: byte code, and one time for all of them.

Runs inside builds: the standard library alone. usage: settle.py FOLDER LAYER: what is at FOLDER
then stands below LAYER at the path that it had, to be copied to / as it is.
"""

import os
import subprocess
import sys
from pathlib import Path

# The first moment that a zip archive can hold, which is what wheels are.
TIME = 315532800  # 1980-01-01


def settle(folder: Path, layer: Path) -> None:
    """Compile what is below `folder`, give all of it one time, and move it below `layer`."""
    set_time(folder)
    # Byte code holds the time of its source, so it is made after that is set. What does not compile
    # is for another Python, and never imported.
    compiled = [sys.executable, "-m", "compileall", "-q", "-q", "-j", "0", str(folder)]
    subprocess.run(compiled, check=False)
    place = layer / folder.relative_to("/")
    place.parent.mkdir(parents=True)
    folder.rename(place)
    set_time(layer)


def set_time(root: Path) -> None:
    """Give every file, link and folder at and below `root` the same time."""
    for folder, folders, files in os.walk(root, topdown=False):
        # Among the folders are links to such.
        for name in (*files, *folders, "."):
            os.utime(Path(folder, name), (TIME, TIME), follow_symlinks=False)


if __name__ == "__main__":
    settle(Path(sys.argv[1]), Path(sys.argv[2]))
