"""Texts of JSON, TOML and YAML that are changed without touching the rest of them."""
