# shellcheck shell=bash disable=SC2034,SC2154
# What fits at the cursor after `i` and `main_pytest.py`; for bash and zsh.
#
# It is read from a file, tmp.helpers/completion of the repo, which `i --complete` writes when it is
# missing or out of date: helpers/tasks/completion.py says what is in it. Nothing of it is ever evaluated.

# The caller has the variables that this sets: `found`, what fits; `head`, what each of it begins
# with, `--dir=`; `kind`, what it is: task, option, dir, place, file (the shell knows those itself), or
# a name of words.
# $1: the program; then the words from the first to that of the cursor, as programs would get them.
_helpers_find() {
    local tab=$'\t' lines core flags dir='' here root program=$1
    shift
    found=() head='' kind=''
    _helpers_place
    _helpers_read
    _helpers_options program "$program"
    core=$flags
    while [ $# -gt 1 ]; do
        case $1 in
            --) [ "$program" = i ] || kind=pytest ;;
            --*=*)
                _helpers_kind "${1%%=*}"
                [ "$kind" != dir ] || dir=${1#*=}
                kind=
                ;;
            -*) _helpers_kind "$1" ;;
            *)
                case $kind in
                    '') [ "$program" != i ] || _helpers_options task "$1" ;;
                    dir) dir=$1 kind= ;;
                    pytest) ;;
                    *) kind= ;;
                esac
                ;;
        esac
        shift
    done
    case $kind$1 in
        pytest*) kind='file' ;;
        *=*)
            head=${1%%=*}=
            _helpers_kind "${1%%=*}"
            set -- "${1#*=}"
            ;;
        "$kind"-*) kind=option ;;
    esac
    if [ -z "$kind" ]; then
        kind=task
        [ "$program" = i ] || kind=place
    fi
    _helpers_fitting "$1"
}

# Set `here`, where the user stands, and `root`, that of the repo that commands mean there: the
# outermost around it that has settings, or else the one that was sourced.
_helpers_place() {
    local up marker
    here=$(builtin pwd -P)
    up=$here root=
    while [ -n "$up" ]; do
        if [ -e "$up/.git" ]; then
            [ ! -f "$up/repo_config.yaml" ] || root=$up
            [ ! -d "$up/.git" ] || break
            marker=
            IFS= read -r marker <"$up/.git"
            case $marker in */modules/*) ;; *) break ;; esac
        fi
        up=${up%/*}
    done
    root=${root:-${HELPERS_ACTIVE_ROOT-}}
}

# Set `lines`: of the file, or where that is out of date, of the program that writes it. $1: one more
# thing that the file must not be older than.
_helpers_read() {
    local line needed file=$root/tmp.helpers/completion fresh=
    lines=()
    if [ -r "$file" ] && ! [ "${1-}" -nt "$file" ]; then
        _helpers_load "$file"
        for line in "${lines[@]}"; do
            case $line in
                needs"$tab"*)
                    needed=${line#*"$tab"}
                    if [ "$needed" -nt "$file" ] || ! [ -e "$needed" ]; then
                        fresh=
                        break
                    fi
                    ;;
                "for$tab$HELPERS_ACTIVE$tab$HELPERS_ACTIVE_ROOT") fresh=yes ;;
            esac
        done
    fi
    [ -n "$fresh" ] || _helpers_load <("$HELPERS_ACTIVE" --complete 2>/dev/null </dev/null)
}

# Set `flags` to the options of a program or a task, each with a tab on both sides; as they were where
# there is none of that name.
_helpers_options() {
    local line
    for line in "${lines[@]}"; do
        case $line$tab in
            "$1$tab$2$tab"* | "$1$tab${2//-/_}$tab"*) flags=$tab${line#*"$tab"}$tab ;;
        esac
    done
}

# Set `kind` to that of an option's values; empty: it takes none.
_helpers_kind() {
    local all=$flags$core
    case $all in
        *"$tab$1="*)
            all=${all#*"$tab$1="}
            kind=${all%%"$tab"*}
            ;;
        *) kind= ;;
    esac
}

# Add to `found` what begins with $1.
_helpers_fitting() {
    local line rest
    case $kind in
        file) ;;
        option) _helpers_words "$1" "$flags" ;;
        dir | place) _helpers_dirs "$1" ;;
        version)
            _helpers_dir_of_versions
            ! [ "$root/$dir/changelog.txt" -nt "$root/tmp.helpers/completion" ] ||
                _helpers_read "$root/$dir/changelog.txt"
            for line in "${lines[@]}"; do
                case $line in "dir$tab$dir$tab"*) _helpers_words "$1" "${line#"dir$tab$dir"}$tab" ;; esac
            done
            ;;
        task)
            for line in "${lines[@]}"; do
                case $line in
                    "task$tab$1"*)
                        rest=${line#*"$tab"}
                        found+=("$head${rest%%"$tab"*}")
                        ;;
                esac
            done
            ;;
        *)
            for line in "${lines[@]}"; do
                case $line in "words$tab$kind$tab"*) _helpers_words "$1" "${line#"words$tab$kind"}$tab" ;; esac
            done
            ;;
    esac
}

# Add those of the words in $2, each with a tab on both sides, that begin with $1.
_helpers_words() {
    local rest=${2#"$tab"} word
    while [ -n "$rest" ]; do
        word=${rest%%"$tab"*}
        rest=${rest#*"$tab"}
        # Options have the kind of their values behind them.
        [ "$kind" != option ] || word=${word%%=*}
        case $word in "$1"?* | "$1") found+=("$head$word") ;; esac
    done
}

# Add the dirs whose paths begin with $1: as seen from where the user stands, or else from the
# repo's root, which is how commands read them.
_helpers_dirs() {
    local line name shown up at inner='' from_root=()
    case $here in
        "$root") ;;
        "$root"/*) inner=${here#"$root"/} ;;
        *) inner=/ ;; # elsewhere, where only the second way is left
    esac
    for line in "${lines[@]}"; do
        case $line in "dir$tab"*) ;; *) continue ;; esac
        name=${line#*"$tab"}
        name=${name%%"$tab"*}
        case $name in "$1"*) from_root+=("$head$name") ;; esac
        shown=$name
        [ "$shown" != . ] || shown=
        case $1 in
            /*) shown=$root${shown:+/$shown} ;;
            *)
                [ "$inner" != / ] || continue
                up='' at=$inner
                while [ -n "$at" ]; do
                    case $shown/ in
                        "$at"/*)
                            shown=${shown#"$at"}
                            shown=${shown#/}
                            break
                            ;;
                    esac
                    up=../$up
                    case $at in */*) at=${at%/*} ;; *) at= ;; esac
                done
                shown=$up$shown
                shown=${shown%/}
                shown=${shown:-.}
                case $1 in ./*) shown=./$shown ;; esac
                ;;
        esac
        case $shown in "$1"*) found+=("$head$shown") ;; esac
    done
    [ "${#found[@]}" -gt 0 ] || found=(${from_root[@]+"${from_root[@]}"})
}

# Set `dir` to the runnable dir that was named, or else to the one that the user stands in.
_helpers_dir_of_versions() {
    local at line
    if [ -n "$dir" ]; then
        at=$(unset CDPATH && { builtin cd -- "$dir" || builtin cd -- "$root/$dir"; } >/dev/null 2>&1 && builtin pwd -P)
    else
        at=$here
    fi
    dir=
    while [ -n "$at" ]; do
        case $at in
            "$root") dir=. ;;
            "$root"/*) dir=${at#"$root"/} ;;
            *) return ;;
        esac
        for line in "${lines[@]}"; do
            case $line in "dir$tab$dir$tab"*) return ;; esac
        done
        at=${at%/*}
    done
}
