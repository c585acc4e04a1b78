"""Words of a text, counted in a fixed number of columns."""

import re
import zlib

import numpy as np
import pandas as pd

from customer_spend.data_loaders.data_loader import Frame

COLUMNS = 8
_WORD = re.compile(r"\w+")


def tokens(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower())


def column_of(token: str) -> int:
    """The column in which a word is counted: the same in every process, unlike `hash`."""
    return zlib.crc32(token.encode()) % COLUMNS


def build(table: Frame) -> pd.DataFrame:
    """How often words of each column occur in the notes."""
    counts = np.zeros((len(table), COLUMNS))
    for row, text in enumerate(table.rows["note"]):
        for token in tokens(text):
            counts[row, column_of(token)] += 1
    return pd.DataFrame(counts, columns=[f"two_{at}" for at in range(COLUMNS)])
