"""The tasks of this repo: those of the toolchain, and its own below."""

import sys
from pathlib import Path

sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).resolve().parent / "helpers_root"))

from helpers.tasks.namespace import namespace  # noqa: E402, F401 - the path comes first
