#!/usr/bin/env bash
# Set everything up, then lint this project and run all of its own tests in its container.
#
#   bash dev_scripts/run_tests.sh [--yes] [arguments of main_pytest.py]
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

# An image of an earlier checkout may be there, which is too old for this one.
i docker_build_local_image --dir .
i lint
# Of both architectures: some tests run under emulation, which only the machine itself can set up.
i docker_build_base_image --platform linux/amd64,linux/arm64
# And of an older Python, which a test's dir has: what makes base images is on the machine alone.
older=$(mktemp -d)
git -C "$older" init --quiet
printf 'name: older\nbase_image: python:3.11-slim-bookworm\n' >"$older/repo_config.yaml"
cd "$older"
i docker_build_base_image
cd "$HELPERS_TOP"
rm -rf "$older"
# Half as many workers again as cores: part of the time of each is spent waiting for the engine.
set -- --dir . --suite all -n "$(($(getconf _NPROCESSORS_ONLN) * 3 / 2))" ${REST[@]+"${REST[@]}"}
say "./main_pytest.py $*"
"$HELPERS_PYTHON" ./main_pytest.py "$@" || status=$?
exit "$status"
