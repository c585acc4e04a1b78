#!/bin/sh
# Print what uv calls the platform of an image (linux/arm64), where it is not the one that runs this;
# of glibc the version is that of the image that this runs in, which both have.
# usage: uv_platform.sh PLATFORM
set -eu
case $1 in
    linux/amd64*) machine=x86_64 ;;
    linux/arm64*) machine=aarch64 ;;
    *) exit 0 ;;
esac
[ "$machine" != "$(uname -m)" ] || exit 0
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')
if [ -z "$glibc" ]; then
    echo "$machine-unknown-linux-musl"
else
    # The newest that uv knows by name.
    [ "$glibc" -le 40 ] || glibc=40
    echo "$machine-manylinux_2_$glibc"
fi
