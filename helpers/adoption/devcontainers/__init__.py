"""Devcontainers: the committed configuration, and what a machine adds to it."""
