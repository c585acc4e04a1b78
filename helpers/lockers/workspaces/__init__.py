"""Workspaces: one lock file for many projects, and what each of them has of it."""
