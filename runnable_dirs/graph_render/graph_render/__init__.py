"""Draws which modules of a Python package import which."""
