# shellcheck shell=bash
# Completion of `i` in bash: invoke itself says which words fit, so tasks and their flags are known.

_helpers_complete() {
    local IFS=$' \t\n' candidates
    candidates=$(i --complete -- invoke "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || candidates=
    # shellcheck disable=SC2207  # the names of tasks and flags hold no white space
    COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
}

complete -o bashdefault -o default -F _helpers_complete i
