"""The scripts of `dev_scripts` run by themselves and are no package: this makes them importable."""

import sys
from pathlib import Path

DEV_SCRIPTS = Path(__file__).resolve().parents[3] / "dev_scripts"
sys.path.insert(0, str(DEV_SCRIPTS))
