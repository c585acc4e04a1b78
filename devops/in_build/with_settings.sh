#!/bin/sh
# Run a command with the host's index, proxy and certificate settings. They come as a secret of the
# build: no layer and no history of the image ever holds them.
set -eu
if [ -f /run/secrets/install_settings ]; then
    # shellcheck source=/dev/null
    . /run/secrets/install_settings
fi
# The image's own Python answers, whatever `.python-version` names; no build downloads another.
UV_PYTHON=$(command -v python3)
export UV_PYTHON UV_PYTHON_DOWNLOADS=never UV_PYTHON_PREFERENCE=only-system
exec "$@"
