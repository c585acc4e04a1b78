# shellcheck shell=sh
# Sourced by scripts of POSIX sh that are a task of ours where there is no `i` yet.

interrupted() {
    printf 'interrupted\n' >&2
    exit 130
}

# start_task SCRIPTS TASK ARGUMENTS...: go on as the task, in the thin environment, which is made
# where there is none; SCRIPTS is this folder.
start_task() {
    scripts=$1
    shift
    trap interrupted INT
    # Ctrl-C waits until the first line of ours has said what becomes of it; not every `env` can.
    block='env --block-signal=INT'
    $block true 2>/dev/null || block=
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            trap 'exit 130' INT # what is started now says so itself
            environment=$($block "$python" -I "$scripts/thin_env.py" ensure) || exit $?
            trap interrupted INT
            exec $block "$environment/bin/python" -I "$scripts/../helpers/tasks/start.py" \
                --search-root "${scripts%/dev_scripts}" "$@"
        fi
    done
    printf '%s\n' "error: helpers needs Python 3.11 or newer, and there is none on PATH" \
        "  fix:   apt-get install python3 python3-venv    (Debian, Ubuntu)" >&2
    exit 2
}
