# shellcheck shell=bash
# Completion of `i` and `main_pytest.py` in bash.

# shellcheck source=dev_scripts/completion/find.sh
builtin source "${BASH_SOURCE[0]%/*}/find.sh"

_helpers_complete() {
    local IFS=$' \t\n' rest=${COMP_LINE:0:COMP_POINT} words=() found=() number
    local blank part='' typed='' plain cut kind
    # shellcheck disable=SC2034  # find.sh has a use for it
    local head
    # bash parts words at `=` and `:` too; they are put together again, as far as the cursor.
    for ((number = 0; number <= COMP_CWORD; number++)); do
        blank=${rest%%[!"$IFS"]*}
        rest=${rest#"$blank"}
        if [ -n "$blank" ]; then
            _helpers_unquote "$typed"
            words+=("$plain")
            typed=
        fi
        part=${COMP_WORDS[number]}
        [ "$number" -lt "$COMP_CWORD" ] || part=$rest
        rest=${rest#"$part"}
        typed=$typed$part
    done
    _helpers_unquote "$typed"
    words+=("$plain")
    _helpers_find "${1##*/}" "${words[@]:1}"
    case $kind:${#found[@]} in file:* | place:0) return ;; esac # as bash does without us
    # bash replaces what follows the last `=` or `:`.
    case $part in [=:]*) cut=$typed ;; *) cut=${typed%"$part"} ;; esac
    _helpers_unquote "$cut"
    COMPREPLY=(${found[@]+"${found[@]#"$plain"}"})
    compopt +o bashdefault +o default 2>/dev/null
    # What bash knows to be paths it quotes itself, as the user began to; but it puts a slash behind a
    # folder, where a dir is complete.
    case $kind:"${COMPREPLY[*]}$typed" in
        place:* | dir:*[!a-zA-Z0-9_./\ +-]*) compopt -o filenames 2>/dev/null && return ;;
    esac
    for number in "${!COMPREPLY[@]}"; do
        case ${COMPREPLY[number]} in
            *[!a-zA-Z0-9_./+-]*) COMPREPLY[number]=$(printf %q "${COMPREPLY[number]}") ;;
        esac
    done
}

# Set `plain` to a word as a program gets it; nothing in it is expanded.
_helpers_unquote() {
    local rest=$1 quote='' letter
    plain=
    while [ -n "$rest" ]; do
        letter=${rest:0:1}
        rest=${rest:1}
        case $quote$letter in
            \' | \") quote=$letter ;;
            \'\' | \"\") quote= ;;
            \\ | \"\\)
                # Within double quotes it is itself before most letters.
                case $quote${rest:0:1} in \"[!\"\\\$\`]) plain+=\\ ;; esac
                plain+=${rest:0:1}
                rest=${rest:1}
                ;;
            *) plain+=$letter ;;
        esac
    done
}

# Set `lines` to those of a file.
_helpers_load() {
    if type mapfile >/dev/null 2>&1; then
        mapfile -t lines <"$1"
    else # macOS's bash
        local line
        while IFS= read -r line; do lines+=("$line"); done <"$1"
    fi
}

complete -o bashdefault -o default -F _helpers_complete i main_pytest.py
