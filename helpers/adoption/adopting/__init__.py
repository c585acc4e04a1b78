"""Adopting the toolchain: what a repo gets, whether it is in order, and taking it out again."""
