"""Before anything is computed: values that no customer can have count as missing."""

import pandas as pd


def drop_impossible(values: pd.Series) -> pd.Series:
    """Numbers below 0 become missing ones."""
    return values.where(values >= 0)
