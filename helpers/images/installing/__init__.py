"""What installs packages: a container for it, a copy of the code, the host's settings."""
