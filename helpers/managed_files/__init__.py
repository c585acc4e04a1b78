"""What the toolchain writes into the files of a user's repo."""
