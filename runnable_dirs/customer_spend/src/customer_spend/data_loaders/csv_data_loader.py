"""CSV files: `csv:data.csv`."""

from pathlib import Path

import pandas as pd

from customer_spend.data_loaders.data_loader import Frame, typed
from customer_spend.errors import InputError

NAME = "csv"
USAGE = "csv:FILE"


class Loader:
    """Reads a CSV file with a header."""

    def __init__(self, source: str) -> None:
        self._path = Path(source)

    def load(self) -> Frame:
        """Read the file.

        Raises:
            InputError: it cannot be read, or a column is missing or of another type.
        """
        try:
            table = pd.read_csv(self._path)
        except OSError as error:
            raise InputError(f"cannot read {self._path}: {error.strerror}") from error
        except ValueError as error:  # not UTF-8, or no table
            raise InputError(f"{self._path} is no CSV file: {error}") from error
        return typed(table, str(self._path))
