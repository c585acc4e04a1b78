"""Runnable dirs that get another name and place, or are removed."""
