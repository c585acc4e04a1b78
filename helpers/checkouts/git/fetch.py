"""Ask the remotes what is new."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.model.checkouts.state import CheckoutState
from helpers.system.process import ProcessError
from helpers.vcs.git import reason
from helpers.vcs.no_questions import ask_remote

# Each waits for a network, not for a core.
_AT_ONCE = 8


def fetch(folder: Path) -> str:
    """Fetch from all remotes of a checkout; why that failed, or nothing."""
    try:
        ask_remote(folder, "fetch", "--quiet", "--all", "--no-recurse-submodules")
    except ProcessError as error:
        return reason(error)
    return ""


def fetch_all(root: Path, states: Iterable[CheckoutState]) -> dict[str, str]:
    """Fetch in every checkout; why that failed, by path, where it did."""
    paths = [state.path for state in states if state.is_readable]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reasons = list(pool.map(lambda path: fetch(root / path), paths))
    return {path: why for path, why in zip(paths, reasons, strict=True) if why}
