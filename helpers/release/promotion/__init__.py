"""Promotion: a digest that was released moves from one environment to the next."""
