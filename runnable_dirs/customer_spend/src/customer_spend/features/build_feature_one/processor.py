"""The steps one after the other."""

import pandas as pd

from customer_spend.data_loaders.data_loader import Frame
from customer_spend.features.build_feature_one.filter import limit
from customer_spend.features.build_feature_one.postfilter import fill_gaps
from customer_spend.features.build_feature_one.prefilter import drop_impossible


def build(table: Frame) -> pd.DataFrame:
    """Visits in a month, and all visits so far."""
    visits = limit(drop_impossible(table.rows["visits"]))
    tenure = drop_impossible(table.rows["tenure"])
    features = fill_gaps(visits, "one_visits")
    features["one_all_visits"] = (visits * tenure).fillna(0.0)
    return features
