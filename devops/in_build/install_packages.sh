#!/bin/sh
# Install Debian packages; what apt downloads stays in the cache mounts, not in the image.
# usage: install_packages.sh PACKAGE...   or, for a list with `#` comments: install_packages.sh < FILE
set -eu
export DEBIAN_FRONTEND=noninteractive
# A list's lines may have alternatives, or name files to leave out: see common_packages.txt.
list=""
packages=$*
if [ $# -eq 0 ]; then
    list=$(sed -e 's/#.*//' -e 's/[[:space:]]*|[[:space:]]*/|/g')
fi
if [ -z "$(echo "$packages$list" | tr -d '[:space:]')" ]; then
    exit 0
fi

# Images of the Docker library empty apt's cache after every step; a copy of the settings does not.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R /etc/apt/apt.conf.d "$scratch/parts"
rm -f "$scratch/parts/docker-clean"
{
    echo "Dir::Etc::Parts \"$scratch/parts/\";"
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";'
    echo 'APT::Keep-Downloaded-Packages "true";'
    # Nobody reads translations here, and of a build that is cut off nothing stays.
    echo 'Acquire::Languages "none";'
    echo 'DPkg::Options:: "--force-unsafe-io";'
    if [ -f /run/secrets/ca_bundle ]; then
        echo 'Acquire::https::CAInfo "/run/secrets/ca_bundle";'
    fi
    if [ -n "${PACKAGE_SNAPSHOT:-}" ]; then
        echo "Dir::Etc::SourceList \"$scratch/sources.list\";"
        echo 'Dir::Etc::SourceParts "-";'
    fi
} >"$scratch/apt.conf"
if [ -n "${PACKAGE_SNAPSHOT:-}" ]; then
    # Signatures are of that time, so when they end does not count.
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    for entry in "debian:$suite" "debian:$suite-updates" "debian-security:$suite-security"; do
        echo "deb [check-valid-until=no] $PACKAGE_MIRROR/${entry%%:*}/$PACKAGE_SNAPSHOT ${entry#*:} main"
    done >"$scratch/sources.list"
fi
export APT_CONFIG="$scratch/apt.conf"

# The first alternative of a line that can be installed; the first of all where none can, so that apt
# says what is missing.
choose() {
    for name in $(echo "$1" | tr '|' ' '); do
        if [ "$name" = - ]; then
            echo "left out, since this distribution has none: ${1%|-}" >&2
            return
        fi
        least=${name#*>=}
        found=$(apt-cache policy "${name%%>=*}" | sed -n 's/^  Candidate: //p')
        if [ -z "$found" ] || [ "$found" = '(none)' ]; then
            continue
        fi
        if [ "$least" = "$name" ] || dpkg --compare-versions "$found" ge "$least"; then
            echo "${name%%>=*}"
            return
        fi
    done
    name=${1%%|*}
    echo "${name%%>=*}"
}

apt-get -qq update
left_out=""
for line in $list; do
    case $line in
        /*) left_out="$left_out -o DPkg::Options::=--path-exclude=$line" ;;
        *) packages="$packages $(choose "$line")" ;;
    esac
done
# shellcheck disable=SC2086  # lists of names
apt-get -qq install --yes --no-install-recommends $left_out $packages
rm -f /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log /var/cache/ldconfig/aux-cache
