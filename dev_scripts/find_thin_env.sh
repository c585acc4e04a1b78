# shellcheck shell=bash
# For bash and zsh, sourced by setenv.sh and bootstrap.sh.

# The thin environment of the toolchain at $1, without starting Python: one for its requirements, whose
# interpreter is still the one that it was built with (the marker has its modification time; see
# thin_env.py). Fails where there is none.
function _helpers_find_env {
    local wanted machine data root env
    wanted=$(command sha256sum "$1/dev_scripts/thin_requirements.txt" 2>/dev/null) ||
        wanted=$(command shasum -a 256 "$1/dev_scripts/thin_requirements.txt" 2>/dev/null) || return
    wanted=${wanted#\\} # said of a path with a backslash
    wanted=${wanted%% *}
    machine=$(command uname -m)
    data=${XDG_DATA_HOME-}
    case $data in /*) ;; *) data=${HOME-}/.local/share ;; esac
    for root in "$data/helpers/thin_envs" /opt/helpers/thin_envs; do
        for env in "$root/${wanted:0:16}-$machine-"*; do
            if [ -x "$env/bin/python" ] && [ -f "$env/.interpreter" ] &&
                ! [ "$env/.interpreter" -nt "$env/bin/python" ] &&
                ! [ "$env/.interpreter" -ot "$env/bin/python" ]; then
                printf '%s' "$env"
                return
            fi
        done
    done
    return 1
}
