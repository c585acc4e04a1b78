"""A developer toolchain that a repo adopts as one git submodule."""
