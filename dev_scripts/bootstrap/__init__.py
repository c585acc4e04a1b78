"""What a bare machine needs before the toolchain runs: the standard library is all that it uses."""
