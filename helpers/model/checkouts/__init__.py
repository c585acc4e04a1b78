"""Checkouts of many repos: how they stand, what differs, what is done about it."""
