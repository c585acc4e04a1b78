"""Registries of images (OCI distribution specification) and of Python packages, over HTTP."""
