"""Import invoke without three modules that it hardly uses, and that take half of a start.

It asks `importlib.metadata` for its own version, reads settings files of its own with
`invoke.vendor.yaml`, and makes a `unittest.mock.Mock` where somebody tests a task. While it is
imported, a stand-in for each has the one name that it uses, and imports the module itself when that
is called.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


def import_invoke() -> None:
    """Import invoke; whoever imports one of the three modules afterwards gets the module itself.

    Raises:
        ImportError: invoke is not installed, or uses another name of one of them.
    """
    used = {
        "importlib.metadata": ("version", _version),
        "invoke.vendor.yaml": ("safe_load", _later("invoke.vendor.yaml", "safe_load")),
        "unittest.mock": ("Mock", _later("unittest.mock", "Mock")),
    }
    stand_ins = {name: ModuleType(name) for name in used if name not in sys.modules}
    for name, module in stand_ins.items():
        setattr(module, *used[name])
    sys.modules.update(stand_ins)
    try:
        import_module("invoke")
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _later(module: str, name: str) -> Callable[..., Any]:
    """What calls the function or class of a module, which is imported then."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(module), name)(*args, **kwargs)

    return call


def _version(distribution: str) -> str:
    """The installed version, as the folder that pip has made beside the package says it."""
    for folder in map(Path, sys.path):
        for found in folder.glob(f"{distribution}-*.dist-info"):
            return found.name.removesuffix(".dist-info").partition("-")[2]
    return str(_later("importlib.metadata", "version")(distribution))
