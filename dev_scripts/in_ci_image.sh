#!/usr/bin/env bash
# Run a command of a job in the image of CI, as it would run on this machine: at the same path, as the
# same user, on the same network, with the same engine. Only the programs are the image's.
# usage: in_ci_image.sh IMAGE FILE   or, for a line: in_ci_image.sh IMAGE -c LINE
#
# GitHub's `container:` shows the checkout at another path than the machine's, where no container that
# the job starts could mount it, and runs as root, whose files stay in the checkout.
set -eu

fail() {
    printf 'error: %s\n  fix:   %s\n' "$1" "$2" >&2
    exit 2
}

image=$1
shift
command -v docker >/dev/null || fail "the job runs in an image, and this runner has no docker" \
    "install a Docker client on it, or remove 'base_image' from repo_config.yaml"
docker image inspect "$image" >/dev/null 2>&1 || docker pull "$image" >&2 ||
    fail "the runner cannot pull the image of CI (see above)" \
        "docker login ${image%%/*} on it, or i ci_sync --update when the image is gone"

root=$(pwd -P)
# A step may stand below the checkout.
for place in "${GITHUB_WORKSPACE-}" "${CI_PROJECT_DIR-}"; do
    [ -d "$place" ] || continue
    place=$(cd -- "$place" && pwd -P)
    case $root/ in "$place"/*) root=$place && break ;; esac
done
# What outlasts a step, as on a machine.
home=$root/tmp.helpers/ci_home
mkdir -p "$home"
[ -e "$root/tmp.helpers/.gitignore" ] || echo '*' >"$root/tmp.helpers/.gitignore"
# Sockets for tests that start containers.
sockets=/tmp/helpers-$(id -u)
(umask 077 && mkdir -p "$sockets")

options=(--rm --init --network host --entrypoint bash --workdir "$(pwd -P)" --user "$(id -u):$(id -g)")
# see PATH: it is there at the same path.
see() {
    local path=${1//\"/\"\"}
    options+=(--mount "type=bind,\"source=$path\",\"target=$path\"${2-}")
}
see "$root"
# In a container of ours they are in the checkout, which is all that the engine sees as well.
[ -n "${HELPERS_CONTAINER-}" ] || see "$sockets"

# A worktree's history is elsewhere.
git_folder=$(git -C "$root" rev-parse --path-format=absolute --git-common-dir 2>/dev/null) || git_folder=
case $git_folder/ in / | "$root"/*) ;; *) see "$git_folder" ;; esac

# What the forge hands to steps, and gets from them.
temporary=${RUNNER_TEMP:-${CI_PROJECT_DIR:+$CI_PROJECT_DIR.tmp}}
seen=:$root:
for file in "${temporary:+$temporary/.}" "$1" "${GITHUB_EVENT_PATH-}" "${GITHUB_ENV-}" \
    "${GITHUB_OUTPUT-}" "${GITHUB_PATH-}" "${GITHUB_STATE-}" "${GITHUB_STEP_SUMMARY-}"; do
    case $file in /*/*) folder=${file%/*} ;; *) continue ;; esac
    case $seen in *":$folder:"*) continue ;; esac
    [ ! -d "$folder" ] || { see "$folder" && seen=$seen$folder:; }
done

# The engine, and who may use it. In a container of ours its socket has another path outside.
engine=${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}')}
case $engine in
    unix://*)
        socket=$(readlink -f "${engine#unix://}")
        outside=${HELPERS_HOST_SOCKET:-$socket}
        options+=(--mount "type=bind,source=$outside,target=$socket")
        options+=(--group-add "$(stat -c %g "$socket" 2>/dev/null || stat -f %g "$socket")")
        engine=unix://$socket
        ;;
esac

# All variables but those about this machine's programs. Of a name alone, docker takes the value.
while IFS= read -r name; do
    case $name in
        PATH | HOME | PWD | OLDPWD | SHLVL | SHELL | TMPDIR | _ | BASH_* | ENV | LANG* | LC_*) ;;
        LD_* | PYTHON* | VIRTUAL_ENV* | CONDA_* | XDG_* | SSH_* | HELPERS_ACTIVE*) ;;
        DOCKER_HOST | DOCKER_CONFIG | DOCKER_CONTEXT) ;;
        *) options+=(--env "$name") ;;
    esac
done < <(compgen -e)
user=$(id -un 2>/dev/null) || user=user$(id -u)
options+=(--env "HOME=$home" --env "USER=$user" --env "LOGNAME=$user" --env LANG=C.UTF-8)
options+=(--env "DOCKER_HOST=$engine")
options+=(--env "HELPERS_CI_IMAGE=$image" --env TINI_KILL_PROCESS_GROUP=1)

# The certificates that this machine trusts, as a copy: a machine's own files are not always the
# engine's.
for bundle in "${SSL_CERT_FILE-}" "${REQUESTS_CA_BUNDLE-}" "${PIP_CERT-}" "${CURL_CA_BUNDLE-}" \
    /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -f "$bundle" ] || continue
    cp -f "$bundle" "$home/certificates.pem.$$"
    mv -f "$home/certificates.pem.$$" "$home/certificates.pem"
    for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT CURL_CA_BUNDLE GIT_SSL_CAINFO \
        NODE_EXTRA_CA_CERTS; do
        options+=(--env "$name=$home/certificates.pem")
    done
    break
done

# Logins and indexes of this machine; of a container of ours the engine does not see them.
if [ -z "${HELPERS_CONTAINER-}" ]; then
    logins=${DOCKER_CONFIG:-${HOME-}/.docker}
    [ ! -d "$logins" ] || { see "$logins" && options+=(--env "DOCKER_CONFIG=$logins"); }
    settings=${XDG_CONFIG_HOME:-${HOME-}/.config}
    for file in "/etc/pip.conf" "/etc/uv/uv.toml"; do
        [ ! -f "$file" ] || see "$file" ,readonly
    done
    for pair in "PIP_CONFIG_FILE=$settings/pip/pip.conf" "UV_CONFIG_FILE=$settings/uv/uv.toml"; do
        file=${pair#*=}
        [ ! -f "$file" ] || { see "$file" ,readonly && options+=(--env "$pair"); }
    done
fi

exec docker run "${options[@]}" "$image" --noprofile --norc -eo pipefail "$@"
