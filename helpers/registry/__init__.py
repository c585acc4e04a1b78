"""Registries of images, over HTTP: manifests, blobs and tags (OCI distribution specification)."""
