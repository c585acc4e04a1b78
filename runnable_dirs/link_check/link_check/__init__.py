"""Finds links of a site that lead nowhere."""
