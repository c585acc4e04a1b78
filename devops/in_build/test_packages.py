"""Copy the Python packages that only development has: what production has is tested as it is.

Runs inside builds: the standard library alone. usage: test_packages.py DEV_VENV PROD_VENV TARGET
"""

import shutil
import sys
from pathlib import Path


def copy_missing(dev: Path, prod: Path, target: Path) -> None:
    """Copy what of `dev` is not in `prod`; of packages of which both have parts, the rest."""
    for source in sorted(dev.iterdir()):
        present = prod / source.name
        if source.name == "__pycache__":
            continue
        if not present.exists():
            target.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target / source.name, symlinks=True)
            else:
                shutil.copy2(source, target / source.name, follow_symlinks=False)
        elif source.is_dir() and not (source / "__init__.py").exists():
            copy_missing(source, present, target / source.name)


if __name__ == "__main__":
    made = Path(sys.argv[3])
    made.mkdir(parents=True)
    for packages in Path(sys.argv[1]).glob("lib/*/site-packages"):
        copy_missing(packages, Path(sys.argv[2]) / packages.relative_to(sys.argv[1]), made)
