#!/bin/sh
# Put uv's program for a platform at /opt/target_uv/bin/uv; /opt/uv has the one that runs here.
# usage: target_uv.sh PLATFORM
set -eu
platform=$(sh "$(dirname "$0")/uv_platform.sh" "$1")
mkdir -p /opt/target_uv/bin
if [ -z "$platform" ]; then
    ln /opt/uv/bin/uv /opt/target_uv/bin/uv
else
    /opt/uv/bin/uv pip install --quiet --no-cache --no-deps --require-hashes \
        --python /opt/uv/bin/python --python-platform "$platform" --target /opt/target_uv \
        --requirement /run/uv.txt
fi
