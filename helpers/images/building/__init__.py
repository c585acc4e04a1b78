"""Builds: planned from files alone, carried out, and only then written to changelogs."""
