"""A stack: the built projects that run together, and what they need beside them."""
