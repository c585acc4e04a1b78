#!/bin/sh
# helpers: the pre-push hook that `i git_hooks_install` makes and `i git_hooks_remove` takes away.
#
# It refuses a push of commits that record commits of submodules which others cannot get.
# `git push --no-verify` pushes all the same. A hook that was here before is run after it.

# Relative to the outermost repo of those that hold this one, or absolute.
toolchain=.

set -u
own=$0
pushed=$(cat)
top=$(git rev-parse --show-toplevel 2>/dev/null) || top=

# What git says of this repo to its hook would be taken for submodules too.
forget_repo() {
    for name in $(git rev-parse --local-env-vars); do
        case $name in
            GIT_CONFIG_PARAMETERS | GIT_CONFIG_COUNT) ;;
            *) unset "$name" ;;
        esac
    done
}

# Print where the check is in a folder; status 1: it is not there.
check_in() {
    case $toolchain in
        /*) found=$toolchain ;;
        *) found=$1/$toolchain ;;
    esac
    [ -f "$found/helpers/tasks/pre_push.py" ] && printf '%s\n' "$found/helpers/tasks/pre_push.py"
}

# Print where it is in the repo, or in one that has it as a submodule. A linked worktree may not
# have its submodules checked out: then the main one counts.
find_check() {
    folder=$top
    while [ -n "$folder" ]; do
        check_in "$folder" && return
        main=$(git -C "$folder" worktree list --porcelain 2>/dev/null) || main=
        main=${main%%
*}
        check_in "${main#worktree }" && return
        folder=$(git -C "$folder" rev-parse --show-superproject-working-tree 2>/dev/null) || return
    done
    return 1
}

# Check with the first Python that is new enough; $1: what to run. Status 75: there is none.
check_with_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        command -v "$python" >/dev/null 2>&1 || continue
        # The standard library is enough: -S saves the time to look for more.
        status=0
        printf '%s\n' "$pushed" | "$python" -I -S "$@" || status=$?
        [ "$status" = 75 ] || return "$status"
    done
    return 75
}

# git's own check; it knows no nested submodules, and none that are not checked out.
check_with_git() {
    printf '%s\n' "pre-push: $1: git's own check of submodules is made instead" >&2
    set -- "$2"
    # What is pushed is told as it was typed, perhaps with blanks: read from the right.
    while read -r line; do
        line=${line% *}
        name=${line##* }
        line=${line% *}
        commit=${line##* }
        case $commit in
            *[!0]*) set -- "$@" "+$commit:$name" ;;
        esac
    done <<END
$pushed
END
    [ $# -gt 1 ] || return 0
    git push --quiet --dry-run --no-verify --recurse-submodules=check "$@"
}

check_push() (
    [ -n "$top" ] && forget_repo && cd "$top" || top=
    if ! check=$(find_check); then
        check_with_git "there is no toolchain at $toolchain that could check it" "$1"
        return
    fi
    status=0
    check_with_python "$check" "$@" || status=$?
    if [ "$status" = 75 ]; then
        check_with_git "there is no Python 3.11 or newer" "$1"
        return
    fi
    return "$status"
)

if [ -n "$pushed" ]; then
    check_push "$@" || exit
fi
earlier=$(dirname "$own")/pre-push.before-helpers
[ -x "$earlier" ] || exit 0
if [ -n "$pushed" ]; then
    printf '%s\n' "$pushed" | "$earlier" "$@"
else
    "$earlier" "$@" </dev/null
fi
