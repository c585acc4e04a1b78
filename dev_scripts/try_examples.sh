#!/usr/bin/env bash
# Set everything up and run the tests of the example runnable dirs, each in its own container.
#
#   bash dev_scripts/try_examples.sh [--yes] [arguments of main_pytest.py]
#
# What is to be installed system-wide is said first; --yes (or CI=true) does not ask.
# Paths in the arguments are relative to the top of the repo.
set -eu

. "$(dirname -- "$0")/bootstrap.sh"
parse_arguments "$0" "$@"
helpers_bootstrap "$0" "$YES"

cd "$HELPERS_TOP"
dirs=()
for folder in runnable_dirs/*/; do
    if [ -d "$folder/devops" ] && [ -f "$folder/changelog.txt" ]; then
        dirs+=(--dir "${folder%/}")
    fi
done
say "running the tests of the examples: ./main_pytest.py ${dirs[*]} ${REST[*]-}"
exec "$HELPERS_PYTHON" ./main_pytest.py "${dirs[@]}" ${REST[@]+"${REST[@]}"}
