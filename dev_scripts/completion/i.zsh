# Completion of `i` in zsh: invoke itself says which words fit, so tasks and their flags are known.

_helpers_complete() {
    emulate -L zsh
    local -a candidates
    candidates=(${(f)"$(i --complete -- invoke "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#candidates )); then
        compadd -- $candidates
    else
        _files
    fi
}

# Where the completion system was not loaded (compinit), zsh's older one does the same.
_helpers_compctl() {
    emulate -L zsh
    local -a line
    read -cA line
    reply=(${(f)"$(i --complete -- invoke "${(@)line[2,-1]}" 2>/dev/null)"})
}

if [[ -o interactive ]]; then
    if typeset -f compdef >/dev/null; then
        compdef _helpers_complete i
    else
        compctl -K _helpers_compctl + -f i
    fi
fi
