#!/usr/bin/env bash
# Set everything up, then lint this project and run its own tests in its container: those that take
# up to four seconds each; with `--suite all`, as CI does, all of them.
#
#   bash dev_scripts/run_tests.sh [--yes] [--suite all] [arguments of main_pytest.py]
#
# What is to be installed system-wide is said first; --yes (or CI=true) does not ask.
# Paths in the arguments are relative to the top of the repo.
set -eu

. "$(dirname -- "$0")/bootstrap.sh"
parse_arguments "$0" "$@"
helpers_bootstrap "$0" "$YES"

cd "$HELPERS_TOP"
status=0

# As `i` does it; whatever fails, the rest is run as well.
i() {
    say "i $*"
    "$HELPERS_PYTHON" -I "$(dirname -- "$HELPERS_PYTHON")/invoke" --search-root "$HELPERS_TOP" "$@" ||
        status=$?
}

# What some superslow tests need and the machine alone can make: a base image of the other
# architecture, since only the machine sets up emulation. The tests that need it come late.
foreign_base_image() {
    i docker_build_base_image --platform linux/amd64,linux/arm64
    exit "$status"
}

# And one of an older Python.
older_base_image() {
    local older
    older=$(mktemp -d)
    git -C "$older" init --quiet
    printf 'name: older\nbase_image: python:3.11-slim-bookworm\n' >"$older/repo_config.yaml"
    cd "$older"
    i docker_build_base_image
    rm -rf "$older"
    exit "$status"
}

left_out=
case " ${REST[*]-} " in
    *" --suite "* | *" --suite="*)
        # Whoever needs this one finds it, and does not wait for the foreign one.
        i docker_build_base_image
        logs=$(mktemp -d)
        # Beside the build of this project's image, which keeps one core busy at most: process groups
        # of their own, which are ended with this script.
        set -m
        foreign_base_image </dev/null >"$logs/foreign" 2>&1 &
        foreign=$!
        older_base_image </dev/null >"$logs/older" 2>&1 &
        older=$!
        set +m
        trap 'kill -- "-$foreign" "-$older" 2>/dev/null || true; rm -rf "$logs"' EXIT
        ;;
    *)
        # All but the superslow tests; what was typed after `--` stays the last word.
        left_out="the superslow tests are left out; to run them too: bash $0 --suite all"
        [[ " ${REST[*]-} " == *" -- "* ]] || REST+=(--)
        set -- --suite all
        for argument in "${REST[@]}"; do
            set -- "$@" "$argument"
            [ "$argument" != -- ] || set -- "$@" -m "not superslow"
        done
        REST=("$@")
        ;;
esac
# An image of an earlier checkout may be there, which is too old for this one.
i docker_build_local_image --dir .
i lint
if [ -z "$left_out" ]; then
    wait "$older" || status=$?
    cat "$logs/older"
fi
# Half as many workers again as cores: part of the time of each is spent waiting for the engine.
# All of them may take longer than the hour that a dir has.
set -- --dir . -n "$(($(getconf _NPROCESSORS_ONLN) * 3 / 2))" --timeout 4800 ${REST[@]+"${REST[@]}"}
say "$(printf '%q ' ./main_pytest.py "$@")"
"$HELPERS_PYTHON" ./main_pytest.py "$@" || status=$?
if [ -n "$left_out" ]; then
    say "$left_out"
else
    wait "$foreign" || status=$?
    cat "$logs/foreign"
fi
exit "$status"
