#!/bin/sh
# Run a command with the host's index, proxy and certificate settings. They come as a secret of the
# build: no layer and no history of the image ever holds them.
set -eu
if [ -f /run/secrets/install_settings ]; then
    # shellcheck source=/dev/null
    . /run/secrets/install_settings
fi
exec "$@"
