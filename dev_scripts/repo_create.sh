#!/bin/sh
# Make a new repo that has this toolchain, from six answers:
#
#   helpers_root/dev_scripts/repo_create.sh --into ../work [--data KEY=VALUE]... [--yes] [--dry-run]
#
# It may be called from anywhere, and again after any failure: what is done is not done twice.
set -eu

here=$(dirname -- "$(readlink -f -- "$0")")
. "$here/start_task.sh"
start_task "$here" repo_create "$@"
