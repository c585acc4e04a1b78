"""Features of what is noted about a customer."""

from customer_spend.features.build_feature_two.tokenizer import build

__all__ = ["build"]
