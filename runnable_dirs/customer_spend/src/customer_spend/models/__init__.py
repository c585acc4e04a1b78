"""What predicts; each module that has a `MODEL` is one."""
