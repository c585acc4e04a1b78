"""Which data loader a source means."""

from pathlib import Path
from types import ModuleType

from customer_spend.data_loaders.data_loader import Frame
from customer_spend.discovery import modules_below
from customer_spend.errors import InputError

_SUFFIX = "_data_loader"
_ROOT = Path(__file__).resolve().parents[3]
# Data made from a seed, for a start, in a file for each loader: see its `make.py`.
_DUMMY_DATA = Path("notebooks", "dummy_data")
# Whose file it is, as long as there is such a loader.
_PREFERRED = "csv"


def find_loaders() -> dict[str, ModuleType]:
    """The modules of loaders that there are, by name."""
    modules = modules_below(__package__)
    return {one.NAME: one for one in modules if one.__name__.endswith(_SUFFIX)}


def default_source() -> str:
    """The dummy data, as `--data` names it.

    Raises:
        InputError: it is not there, as in production.
    """
    loaders = find_loaders()
    for name in sorted(loaders, key=lambda one: one != _PREFERRED):
        path = _ROOT / _DUMMY_DATA / f"customers.{name}"
        if path.is_file():
            return f"{name}:{path}"
    usages = " or ".join(one.USAGE for one in loaders.values())
    raise InputError(
        f"no data is named, and the dummy data is not here: --data {usages}"
    )


def load_data(source: str) -> Frame:
    """Load `<loader>:<where>`; the dummy data where it is empty.

    Raises:
        InputError: there is no such loader, or the data cannot be used.
    """
    name, colon, where = (source or default_source()).partition(":")
    loaders = find_loaders()
    if name not in loaders or not colon:
        usages = ", ".join(one.USAGE for one in loaders.values())
        raise InputError(
            f"--data {source}: no data loader {name!r}; there are: {usages}"
        )
    loaded: Frame = loaders[name].Loader(where).load()
    return loaded
