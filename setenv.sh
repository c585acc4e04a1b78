#!/usr/bin/env bash
# Source this file, in bash or zsh: it puts two folders on PATH, that of the program `i`, which runs
# this repo's tasks from wherever one stands, and that of the thin environment's `invoke`.
# `deactivate_helpers` undoes it.
#
# What it works out happens in subshells, so no option of the caller's matters or changes; each
# command is called with `command` or `builtin`, since the caller may have an alias of that name.
# shellcheck disable=SC2296,SC2154,SC2034  # some lines are for zsh alone
# shellcheck disable=SC2016,SC2329  # backquotes in texts; a function that is called by `eval`

if [ -z "${BASH_VERSION-}${ZSH_VERSION-}" ]; then
    printf '%s\n' "error: setenv.sh must be sourced, in bash or zsh" "  fix:   source setenv.sh" >&2
    # shellcheck disable=SC2317  # `exit` is for a shell that executes it
    return 2 2>/dev/null || exit 2
fi
# An adopting repo has a small setenv.sh of its own that sources this one: it says where it is.
case "${_helpers_sourced:+via-}${ZSH_EVAL_CONTEXT-}" in
    toplevel | cmdarg | via-toplevel:file | via-cmdarg:file) false ;; # executed by zsh
    *) [ -n "${ZSH_VERSION-}" ] || ! [ "${_helpers_sourced:-${BASH_SOURCE[0]}}" -ef "$0" ] ;;
esac || {
    printf '%s\n' "error: setenv.sh was executed, which changes nothing: it must be sourced" \
        "  fix:   source $0" >&2
    exit 2
}

# The lines to be evaluated by the caller's shell; $1: this file as it was sourced, $2: that of the
# adopting repo, if that was sourced.
function _helpers_plan {
    if [ -n "${ZSH_VERSION-}" ]; then
        emulate -R zsh
        setopt null_glob
    else
        set +eufx +o noclobber
        shopt -u nullglob failglob nocasematch
        IFS=$' \t\n'
    fi
    unset CDPATH GREP_OPTIONS
    # This is a subshell: the caller's own traps stay. Without one, the shell takes Ctrl-C for lost
    # on a program that ended well at the same moment, and goes on.
    trap "printf 'interrupted\n' >&2; exit 130" INT
    local file=$1 folder=${2:-$1} toolchain env
    case $folder in
        */*) folder=${folder%/*}/ ;;
        *) folder=./ ;;
    esac
    folder=$(command readlink -f "$folder") && file=$(command readlink -f "$file") || return
    toolchain=${file%/*}
    case $toolchain in
        *:*)
            printf '%s\n' "error: PATH cannot hold the folder of \`i\`: there is a colon in its name" \
                "  where: $toolchain" '  fix:   move the repo to a path without a colon' >&2
            return 2
            ;;
    esac
    [ "$folder" != "$toolchain" ] || folder=$(_helpers_adopter "$toolchain")
    builtin source "$toolchain/dev_scripts/find_thin_env.sh"
    env=$(_helpers_find_env "$toolchain") || {
        trap 'exit 130' INT # what is started now says so itself
        env=$(_helpers_build_env "$toolchain")
    } || return
    printf '_helpers_activate %q %q %q\n' "$env" "$folder" "$toolchain"
}

# The repo that has adopted the toolchain at $1 as a submodule; $1 itself where there is none.
function _helpers_adopter {
    local marker='' up=$1
    [ ! -f "$1/.git" ] || IFS= read -r marker <"$1/.git"
    case $marker in
        */modules/*)
            up=${up%/*}
            while [ -n "$up" ] && ! [ -e "$up/.git" ]; do up=${up%/*}; done
            [ -f "$up/repo_config.yaml" ] || up=$1
            ;;
    esac
    printf '%s' "$up"
}

# Let the first Python that is new enough build the thin environment, and print where it is.
function _helpers_build_env {
    local python
    # What dies of Ctrl-C did not fail for us.
    trap "printf 'interrupted\n' >&2; exit 130" INT
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if command "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            # Ctrl-C waits until it is prepared for one; not every `env` can do that.
            if command env --block-signal=INT true 2>/dev/null; then
                trap 'exit 130' INT # what is started now says so itself
                command env --block-signal=INT "$python" "$1/dev_scripts/thin_env.py" ensure
            else
                command "$python" "$1/dev_scripts/thin_env.py" ensure
            fi
            return
        fi
    done
    printf '%s\n' "error: helpers needs Python 3.11 or newer, and there is none on PATH" \
        "  fix:   apt-get install python3 python3-venv    (Debian, Ubuntu)" >&2
    return 2
}

# Set what stays; $1: the thin environment, $2: the repo's root, $3: the toolchain's root.
function _helpers_activate {
    local saved own where
    if typeset -f deactivate_helpers >/dev/null; then
        deactivate_helpers
    fi
    # What the user has under the name `i` would hide the program; it comes back when this is undone.
    saved=$(typeset -f i || true)
    own=$(alias i 2>/dev/null || true)
    if [ -n "$own" ]; then
        unalias i
        saved="$saved
alias ${own#alias }"
    fi
    unset -f i 2>/dev/null || true
    eval "function deactivate_helpers {
        local entry later=:\${_OLD_VIRTUAL_PATH-}:
        PATH=:\${PATH-}:
        for entry in $(printf '%q %q' "$3/dev_scripts/path" "$1/path"); do
            PATH=\${PATH//\":\$entry:\"/:} later=\${later//\":\$entry:\"/:}
        done
        PATH=\${PATH#:} PATH=\${PATH%:} later=\${later#:} later=\${later%:}
        [ -z \"\${_OLD_VIRTUAL_PATH-}\" ] || _OLD_VIRTUAL_PATH=\$later
        unset HELPERS_ACTIVE HELPERS_ACTIVE_ROOT HELPERS_ACTIVE_ENV HELPERS_ACTIVE_BLOCK
        if [ -z \"\${ZSH_VERSION-}\" ]; then
            complete -r i main_pytest.py 2>/dev/null || true
        elif ! [[ -o interactive ]]; then
            true
        elif typeset -f compdef >/dev/null; then
            compdef -d i main_pytest.py
        else
            compctl + i main_pytest.py
        fi
        unset -f deactivate_helpers _helpers_{complete,compctl,load,unquote} \
            _helpers_{find,place,read,options,kind,fitting,words,dirs,dir_of_versions} 2>/dev/null || true
        $saved
    }"
    # A virtual environment of the user's goes first: its own `invoke` is the one that it means.
    where=front
    [ -z "${VIRTUAL_ENV-}${CONDA_PREFIX-}${HELPERS_CONTAINER-}" ] || where=back
    case ":${PATH-}:$where" in
        *":$1/path:"*) ;;
        *:back) PATH=${PATH-}:$1/path ;;
        *) PATH=$1/path:${PATH-} ;;
    esac
    # No such environment has an `i`, and of two repos that were activated the last one's is meant.
    PATH=$3/dev_scripts/path:${PATH-}
    # What `deactivate` of a virtual environment brings back.
    [ -z "${_OLD_VIRTUAL_PATH-}" ] || _OLD_VIRTUAL_PATH=$3/dev_scripts/path:$_OLD_VIRTUAL_PATH
    # What the program would otherwise have to find out at each start.
    export HELPERS_ACTIVE="$3/dev_scripts/path/i" HELPERS_ACTIVE_ROOT="$2" HELPERS_ACTIVE_ENV="$1"
    # Ctrl-C waits until our first line has said what becomes of it; not every `env` can do that.
    export HELPERS_ACTIVE_BLOCK=
    ! command env --block-signal=INT true 2>/dev/null || HELPERS_ACTIVE_BLOCK='env --block-signal=INT'
    if [ -n "${ZSH_VERSION-}" ]; then
        builtin source "$3/dev_scripts/completion/i.zsh"
    else
        builtin source "$3/dev_scripts/completion/i.bash"
    fi
    [ -n "${_helpers_quietly-}" ] || printf '%s\n' \
        "helpers: \`i\` runs the tasks of $2 (thin environment ${1##*/})" \
        'helpers: `i --list` shows them, Tab completes them, `deactivate_helpers` undoes this' >&2
}

# shellcheck disable=SC2015  # whichever of the two fails, the status is 2
# In a condition, an errexit of the caller's cannot end its shell half-way.
if [ -n "${ZSH_VERSION-}" ]; then
    eval '_helpers_plan=$(_helpers_plan "${(%):-%x}" "${_helpers_sourced-}")'
else
    _helpers_plan=$(_helpers_plan "${BASH_SOURCE[0]}" "${_helpers_sourced-}")
fi && eval "$_helpers_plan" && _helpers_plan=0 || _helpers_plan=2
unset -f _helpers_plan _helpers_adopter _helpers_build_env _helpers_activate
unset _helpers_sourced _helpers_submodule _helpers_toolchain
if [ "$_helpers_plan" = 0 ]; then
    unset _helpers_plan
else
    unset _helpers_plan
    return 2
fi
