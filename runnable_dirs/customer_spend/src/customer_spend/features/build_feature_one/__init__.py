"""Features of how often a customer comes."""

from customer_spend.features.build_feature_one.processor import build

__all__ = ["build"]
