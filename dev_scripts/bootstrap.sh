#!/usr/bin/env bash
# Set a bare machine up: what the distribution must bring, the engine, the thin environment.
# Run it, or source it and call `helpers_bootstrap`. Safe to run twice; what is there is skipped.
#
#   bash dev_scripts/bootstrap.sh [--yes] [--no-engine]
#
# What is to be installed system-wide is said first; --yes (or CI=true) does not ask.
# With --no-engine nothing is done about the engine: for commands that need none.

# shellcheck disable=SC2034  # HELPERS_TOP and HELPERS_PYTHON are for those who source it
set -eu

HELPERS_SCRIPTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
HELPERS_TOP=$(dirname -- "$HELPERS_SCRIPTS")
ENGINE=yes

. "$HELPERS_SCRIPTS/find_thin_env.sh"

say() {
    printf 'helpers: %s\n' "$*"
}

# fail WHAT FIX
fail() {
    printf 'error: %s\n  fix:   %s\n' "$1" "$2" >&2
    exit 2
}

# The first Python that is new enough; nothing when there is none.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

makes_environments() {
    command -v uv >/dev/null || "$1" -c 'import ensurepip, venv' 2>/dev/null
}

# missing_packages PYTHON THIN: packages of Debian and Ubuntu for what is missing, one per line.
missing_packages() {
    local python=$1
    if [ -z "$python" ]; then
        printf '%s\n' python3 python3-venv
    elif [ -z "$2" ] && ! makes_environments "$python"; then
        printf '%s\n' python3-venv
    fi
    command -v git >/dev/null || printf '%s\n' git
    [ -e /etc/ssl/certs/ca-certificates.crt ] || [ "$(uname -s)" != Linux ] ||
        [ -e /etc/pki/tls/certs/ca-bundle.crt ] || printf '%s\n' ca-certificates
    # Builds base images where no container registry answers; in a container of ours the engine is
    # outside, and has them.
    [ "$ENGINE" = no ] || [ -n "${HELPERS_CONTAINER-}${HELPERS_CI_IMAGE-}" ] ||
        ! command -v apt-get >/dev/null || command -v mmdebstrap >/dev/null ||
        printf '%s\n' mmdebstrap
}

# engine_plan PYTHON: what the engine needs, one indented line each; that one answers, when it does
# and is complete.
engine_plan() {
    local python=$1 status=0 said
    [ "$ENGINE" = yes ] || return 0
    if [ -z "$python" ]; then
        printf '  - after that, if no Docker Engine answers: install and start one (in detail then)\n'
        return
    fi
    said=$("$python" -I "$HELPERS_SCRIPTS/docker_engine.py" start --dry-run) || status=$?
    [ "$status" -eq 0 ] || exit "$status"
    printf '%s\n' "$said"
}

# confirm COMMAND...: ask once for everything system-wide.
confirm() {
    local answer
    if [ ! -t 0 ] || [ ! -t 1 ]; then
        fail "there is no terminal to ask on, so nothing was done" "$*"
    fi
    printf 'Go on? [y/N] '
    read -r answer || answer=
    case $answer in
        [yY] | [yY][eE][sS]) ;;
        *) fail "nothing was done, as you wished" "$*" ;;
    esac
}

install_packages() {
    local sudo=() alone=()
    command -v apt-get >/dev/null ||
        fail "needed, and not ours to install on this system: $*" "install them, then run this again"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "installing needs root's rights, and there is no sudo" \
            "as root: apt-get install $*"
        sudo=(sudo)
    fi
    # Jobs of CI may begin side by side on one machine, and apt waits for no other's lists; what
    # dev_scripts/bootstrap/actions.py does with apt waits at the same place.
    ! command -v flock >/dev/null || alone=(flock --timeout 600 /var/lib/apt)
    say "apt-get update"
    # One source of many may fail; the install will tell.
    quietly "${sudo[@]}" "${alone[@]}" apt-get -q update || true
    say "apt-get install $*"
    quietly "${sudo[@]}" "${alone[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" ||
        fail "apt-get could not install $*" "fix what apt says above, then run this again"
}

# Run a command; its last lines are shown when it fails.
quietly() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || tail -n 15 "$log" | sed 's/^/    /' >&2
    rm -f "$log"
    return "$status"
}

# Beside the engine, which takes as long, what needs none: the thin environment, and the base image
# where no registry is reached. Whoever needs them waits for them, and tells what fails.
prepare() {
    local env
    env=$("$1" -I "$HELPERS_SCRIPTS/thin_env.py" ensure 2>/dev/null) || return 0
    [ ! -e /var/lib/docker ] || return 0 # an engine that ran before has the image, most likely
    PYTHONPATH=$HELPERS_TOP exec "$env/bin/python" -s -P -m helpers.images.base.prepare 2>/dev/null
}

# helpers_bootstrap SCRIPT YES: everything; SCRIPT is named where the user is to run it again.
# Afterwards HELPERS_PYTHON is the thin environment's Python.
helpers_bootstrap() {
    local thin packages said engine python known again="bash $1 --yes"
    [ "$ENGINE" = yes ] || again="$again --no-engine"
    if [ "${CI-}" = true ] || [ -n "${HELPERS_ASSUME_YES-}" ]; then
        set -- "$1" yes
    fi
    # Most times it is there, and is a Python as good as any: one start of Python less.
    thin=$(_helpers_find_env "$HELPERS_TOP") || thin=
    known=${thin:+$thin/bin/python}
    known=${known:-$(find_python)}
    # shellcheck disable=SC2207  # names of packages; macOS's bash has no mapfile
    packages=($(missing_packages "$known" "$thin"))
    said=$(engine_plan "$known") || exit
    engine=$(printf '%s\n' "$said" | grep '^  - ' || true)
    if [ -n "${packages[*]-}$engine" ]; then
        say "to be done system-wide$([ "$(id -u)" -eq 0 ] || echo ', as root, through sudo'):"
        [ -z "${packages[*]-}" ] || printf '  - apt-get install %s\n' "${packages[*]-}"
        [ -z "$engine" ] || printf '%s\n' "$engine"
        [ "$2" = yes ] || confirm "$again"
    else
        say "the packages$([ "$ENGINE" = no ] || echo ' and the engine') are there"
    fi
    python=$known
    if [ -n "${packages[*]-}" ]; then
        install_packages "${packages[@]}"
        python=$(find_python)
    fi
    [ -n "$python" ] ||
        fail "the distribution's Python is older than 3.11" "install a newer one, first on PATH"
    # Without Python the engine's plan was not known: then it is said, and asked about, now.
    [ -z "$known" ] || set -- "$1" yes --announced
    [ "$2" != yes ] || export HELPERS_ASSUME_YES=1
    if [ -n "$engine" ]; then
        prepare "$python" &
        # shellcheck disable=SC2064  # now, not when it happens
        trap "kill $! 2>/dev/null || true" EXIT
    fi
    # Where one answers there is nothing to start, and to ask it once more takes as long again.
    if [ -n "$engine" ]; then
        "$python" -I "$HELPERS_SCRIPTS/docker_engine.py" start ${3+"$3"}
    elif [ -n "$said" ]; then
        printf '%s\n' "$said"
    fi
    export HELPERS_ASSUME_YES=1 # for what follows there is nothing more to ask
    [ -n "$thin" ] || thin=$("$python" -I "$HELPERS_SCRIPTS/thin_env.py" ensure)
    HELPERS_PYTHON=$thin/bin/python
    trap - EXIT
    say "everything is set up"
}

# Take --yes and --help out of the arguments; leaves YES and REST. The first lines of SCRIPT after
# its first are its help.
parse_arguments() {
    local script=$1 argument
    shift
    YES=no
    REST=()
    for argument in "$@"; do
        case $argument in
            -y | --yes) YES=yes ;;
            -h | --help)
                sed -n '2,/^[^#]*$/s/^# \{0,1\}//p' "$script"
                exit 0
                ;;
            *) REST+=("$argument") ;;
        esac
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    parse_arguments "$0" "$@"
    for argument in ${REST[@]+"${REST[@]}"}; do
        [ "$argument" = --no-engine ] || fail "bootstrap.sh has no option '$argument'" "bash $0 --help"
        ENGINE=no
    done
    helpers_bootstrap "$0" "$YES"
fi
