"""Changelogs of many dirs: compared with git, with images, and with each other."""
