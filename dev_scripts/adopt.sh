#!/bin/sh
# Adopt this toolchain in the repo that has it as a submodule:
#
#   git submodule add <url> helpers_root
#   helpers_root/dev_scripts/adopt.sh [--yes] [--dry-run] [--name N] [--registry R] [--base-image B]
#
# It may be called from anywhere, and again at any time: what is there is left as it is.
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
. "$here/start_task.sh"
start_task "$here" adopt "$@"
