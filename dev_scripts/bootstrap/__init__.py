"""Prepare a bare machine for the toolchain, with the standard library alone."""
