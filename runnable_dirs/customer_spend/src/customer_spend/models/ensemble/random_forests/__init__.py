"""Forests of trees that each saw other rows."""
