"""Models, loaders and features are found by being there: a deleted one is gone, and no more."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

_COMMON = "common"


def modules_below(package: str) -> Iterator[ModuleType]:
    """Import what is below a package, sorted by name, without its folder `common`.

    Args:
        package: its full name, with dots.
    """
    found = importlib.import_module(package)
    names = (one.name for one in pkgutil.walk_packages(found.__path__, f"{package}."))
    for name in sorted(names):
        if _COMMON not in name.split("."):
            yield importlib.import_module(name)
