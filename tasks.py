"""The tasks of this repo, for `invoke` (`i` after `source setenv.sh`)."""

import gc
import sys
from pathlib import Path

# A command loads hundreds of modules and ends: to look for garbage meanwhile takes 4 to 7 % of it.
gc.set_threshold(50_000)
# invoke turns byte code off, which makes every start slower.
sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).resolve().parent))

from helpers.tasks.namespace import namespace  # noqa: E402, F401 - the path comes first
