"""Warn of settings in the form of an earlier version, once for each command."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

from helpers.model.settings.deprecated import DeprecatedSetting


@contextmanager
def deprecations_told() -> Iterator[None]:
    """Print a warning for each such setting that any thread reads in the block."""
    told: set[str] = set()
    lock = Lock()
    with warnings.catch_warnings():
        show = warnings.showwarning

        def tell(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if not issubclass(category, DeprecatedSetting):
                show(message, category, filename, lineno, file, line)
                return
            with lock:
                if str(message) in told:
                    return
                told.add(str(message))
            print(f"warning: {message}", file=sys.stderr, flush=True)

        warnings.simplefilter("always", DeprecatedSetting)
        warnings.showwarning = tell
        yield
