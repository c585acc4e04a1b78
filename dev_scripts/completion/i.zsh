# Completion of `i` and `main_pytest.py` in zsh.

builtin source "${${(%):-%x}:A:h}/find.sh"

_helpers_complete() {
    # With the options that the completion system sets: `_files` needs them.
    local -a found
    local head kind
    _helpers_find "${words[1]:t}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}"
    if [[ -n $head ]]; then
        IPREFIX+=$head
        PREFIX=${PREFIX#"$head"}
        found=("${(@)found#"$head"}")
    fi
    if [[ $kind == file || $kind:${#found} == place:0 ]]; then
        _files
    elif [[ $kind == place ]]; then
        compadd -f -- "${(@)found}"
    else
        compadd -- "${(@)found}"
    fi
}

# Where the completion system was not loaded (compinit), zsh's older one does the same.
_helpers_compctl() {
    emulate -L zsh
    local -a line found
    local head kind
    read -cA line
    _helpers_find "${line[1]:t}" "${(@Q)line[2,-1]}"
    reply=("${(@)found}")
}

# Set `lines` to those of a file.
_helpers_load() {
    emulate -L zsh
    lines=("${(@f)$(<$1)}")
}

if [[ -o interactive ]]; then
    if typeset -f compdef >/dev/null; then
        compdef _helpers_complete i main_pytest.py
    else
        compctl -K _helpers_compctl + -f i main_pytest.py
    fi
fi
