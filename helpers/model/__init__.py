"""The words of the toolchain as plain values and pure functions: no network, engine or process."""
