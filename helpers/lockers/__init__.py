"""Poetry, uv and pip requirements behind one small protocol."""
