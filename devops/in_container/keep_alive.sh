#!/bin/sh
# The first process of a container that is kept for the next command: waits, and ends when the
# container has been idle for a while, upon which the engine removes it.
#
# usage: keep_alive.sh SECONDS
#
# Idle means that no other process runs and that none was started since the last look. Process
# numbers are given out in order, so a number that is not the one after the last says that
# something else was started in between.
limit=$1
step=15
[ "$limit" -lt "$step" ] && step=$limit
idle=0
last=0
trap 'exit 0' TERM INT
while [ "$idle" -lt "$limit" ]; do
    sleep "$step" &
    now=$!
    wait "$now"
    others=0
    for process in /proc/[0-9]*; do
        case ${process#/proc/} in 1 | "$$" | "$now") ;; *) others=$((others + 1)) ;; esac
    done
    if [ "$now" -eq $((last + 1)) ] && [ "$others" -eq 0 ]; then
        idle=$((idle + step))
    else
        idle=0
    fi
    last=$now
done
