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
# architecture, since only the machine sets up emulation, and one of an older Python.
base_images() {
    local older
    i docker_build_base_image --platform linux/amd64,linux/arm64
    older=$(mktemp -d)
    git -C "$older" init --quiet
    printf 'name: older\nbase_image: python:3.11-slim-bookworm\n' >"$older/repo_config.yaml"
    cd "$older"
    i docker_build_base_image
    rm -rf "$older"
    exit "$status"
}

# Without --suite: all but the superslow tests; what was typed after `--` stays the last word.
left_out=
case " ${REST[*]-} " in
    *" --suite "* | *" --suite="*)
        log=$(mktemp)
        # A process group of its own, which is ended with this script.
        set -m
        base_images </dev/null >"$log" 2>&1 &
        images=$!
        set +m
        trap 'kill -- "-$images" 2>/dev/null || true; rm -f "$log"' EXIT
        ;;
    *)
        left_out="the superslow tests are left out; to run them too: bash $0 --suite all"
        set -- --suite all
        for argument in ${REST[@]+"${REST[@]}"}; do
            [ "$argument" != -- ] || set -- "$@" -- -m "not superslow"
            [ "$argument" = -- ] || set -- "$@" "$argument"
        done
        [[ " $* " == *" -- "* ]] || set -- "$@" -- -m "not superslow"
        REST=("$@")
        ;;
esac

# An image of an earlier checkout may be there, which is too old for this one.
i docker_build_local_image --dir .
i lint
if [ -z "$left_out" ]; then
    say "waiting for the base images of the other architecture and of an older Python"
    wait "$images" || status=$?
    cat "$log"
fi
# Half as many workers again as cores: part of the time of each is spent waiting for the engine.
set -- --dir . -n "$(($(getconf _NPROCESSORS_ONLN) * 3 / 2))" ${REST[@]+"${REST[@]}"}
say "$(printf '%q ' ./main_pytest.py "$@")"
"$HELPERS_PYTHON" ./main_pytest.py "$@" || status=$?
[ -z "$left_out" ] || say "$left_out"
exit "$status"
