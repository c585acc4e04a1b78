"""The tasks of this repo, for `invoke` (`i` after `source setenv.sh`)."""

import sys
from pathlib import Path

# invoke turns byte code off, which makes every start slower.
sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).resolve().parent))

from helpers.tasks.namespace import namespace  # noqa: E402, F401 - the path comes first
