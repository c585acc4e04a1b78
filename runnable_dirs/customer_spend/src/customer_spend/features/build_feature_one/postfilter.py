"""After features are computed: no gap is left, and models see where one was."""

import pandas as pd


def fill_gaps(values: pd.Series, name: str) -> pd.DataFrame:
    """Two columns: the values with 0 for missing ones, and 1 where one was missing."""
    missing = values.isna()
    return pd.DataFrame(
        {name: values.fillna(0.0), f"{name}_missing": missing.astype("float64")}
    )
