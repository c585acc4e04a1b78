#!/bin/sh
# Install Debian packages; what apt downloads stays in the cache mounts, not in the image.
# usage: install_packages.sh PACKAGE...   or, for a list with `#` comments: install_packages.sh < FILE
# For an image of another architecture, the base image of the machine that builds may be mounted at
# /run/build_base: its apt and dpkg then work on this image, and only what packages run is emulated.
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

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
native=/run/build_base
architecture=$(dpkg --print-architecture)

# Let the build machine's programs run here: they get their loader and libraries at the usual places.
# It fails where the image has such places itself, so where both are of one architecture.
link_native() {
    libraries=$(echo "$native"/usr/lib/*-linux-gnu*)
    links=/usr/lib/${libraries##*/}
    if [ ! -d "$libraries" ] || [ -e "$links" ]; then
        return 1
    fi
    trap 'rm -rf $links "$scratch"' EXIT
    ln -s "$libraries" "$links"
    for loader in "$native"/lib64 "$native"/lib/ld-linux*; do
        place=${loader#"$native"}
        if [ -e "$loader" ] && [ ! -e "$place" ]; then
            ln -s "$loader" "$place"
            links="$links $place"
        fi
    done
    built_for=$("$native/usr/bin/dpkg" --print-architecture 2>/dev/null) || return 1

    # apt, and what dpkg starts for each package; scripts of packages find all else where it is.
    mkdir "$scratch/bin"
    for program in apt-get apt-cache dpkg-deb dpkg-split rm tar; do
        echo "$native/usr/bin/$program"
    done | xargs ln -s -t "$scratch/bin"
    PATH=$scratch/bin:$PATH

    # dpkg knows its architecture by a constant alone: in a copy, that is this image's.
    if [ ${#built_for} -eq ${#architecture} ]; then
        LC_ALL=C sed "s/\\x00$built_for\\x00/\\x00$architecture\\x00/" "$native/usr/bin/dpkg" >"$scratch/dpkg"
        chmod +x "$scratch/dpkg"
        if [ "$("$scratch/dpkg" --print-architecture)" = "$architecture" ]; then
            mv "$scratch/dpkg" "$scratch/bin"
        fi
    fi
}

# Images of the Docker library empty apt's cache after every step; a copy of the settings does not.
# Nobody is asked before packages are installed: scripts of theirs take the default.
cp -R /etc/apt/apt.conf.d "$scratch/parts"
rm -f "$scratch/parts/docker-clean" "$scratch/parts/70debconf"
{
    echo "Dir::Etc::Parts \"$scratch/parts/\";"
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";'
    echo 'APT::Keep-Downloaded-Packages "true";'
    # Nobody reads translations here, and of a build that is cut off nothing stays.
    echo 'Acquire::Languages "none";'
    echo 'DPkg::Options:: "--force-unsafe-io";'
    if link_native; then
        echo "APT::Architecture \"$architecture\";"
        echo "Dir::Bin::methods \"$native/usr/lib/apt/methods\";"
        echo "Dir::Bin::dpkg \"$(command -v dpkg)\";"
        echo "DPkg::Path \"$scratch/bin:/usr/sbin:/usr/bin:/sbin:/bin\";"
    fi
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
# Keys of sshd that a package just made would be the same in all containers, and in the registry.
if [ -d /etc/ssh ]; then
    find /etc/ssh -name 'ssh_host_*_key*' -newer "$scratch/apt.conf" -delete
fi
