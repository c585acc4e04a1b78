#!/bin/sh
# Adopt this toolchain in the repo that has it as a submodule:
#
#   git submodule add <url> helpers_root
#   helpers_root/dev_scripts/adopt.sh [--yes] [--dry-run] [--name N] [--registry R] [--base-image B]
#
# It may be called from anywhere, and again at any time: what is there is left as it is.
set -eu

scripts=$(dirname -- "$(readlink -f -- "$0")")
# shellcheck disable=SC2329  # called by `trap`
interrupted() {
    printf 'interrupted\n' >&2
    exit 130
}
trap interrupted INT
# Ctrl-C waits until the first line of ours has said what becomes of it; not every `env` can do that.
block='env --block-signal=INT'
$block true 2>/dev/null || block=
for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        trap 'exit 130' INT # what is started now says so itself
        environment=$($block "$python" -I "$scripts/thin_env.py" ensure) || exit $?
        trap interrupted INT
        exec $block "$environment/bin/python" -I "$scripts/../helpers/tasks/start.py" \
            --search-root "${scripts%/dev_scripts}" adopt "$@"
    fi
done
printf '%s\n' "error: helpers needs Python 3.11 or newer, and there is none on PATH" \
    "  fix:   apt-get install python3 python3-venv    (Debian, Ubuntu)" >&2
exit 2
