"""Existing directories that become runnable dirs: described, and what is added to them."""
