"""While features are computed: a few extreme customers do not decide."""

import pandas as pd

MOST_VISITS = 60.0


def limit(values: pd.Series, most: float = MOST_VISITS) -> pd.Series:
    """Values above a bound become the bound; missing ones stay missing."""
    return values.clip(upper=most)
