"""Predicts what a customer spends in a month."""
