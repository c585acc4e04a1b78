"""As if installed: metadata, entry points and scripts of code that a container mounts."""
