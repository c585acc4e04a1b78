"""Rewrite requests that change something: pure, except that it asks for owners."""

import json

from helpers.engine.proxy.beneath import subpath_sources
from helpers.engine.proxy.bodies import (
    check_keys,
    check_spelling,
    part,
    read_object,
    texts,
    write_object,
)
from helpers.engine.proxy.creation import JSON_TYPE, check_restarts
from helpers.engine.proxy.known_keys import BUILD, EXEC, RESOURCES, RESOURCES_EMPTY
from helpers.engine.proxy.mounts import all_sources, check_again, check_volume
from helpers.engine.proxy.ownership import find, free_image, own_container, own_exec
from helpers.engine.proxy.requests import (
    BAD_REQUEST,
    Asked,
    Engine,
    Forward,
    Json,
    Refused,
    Rules,
    refusal,
)
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.shell_words import quoted_in_dockerfile

TAR_TYPE = "application/x-tar"

_EXEC_START = ("Detach", "Tty", "ConsoleSize")
_BUILD_EMPTY = frozenset({"cgroupparent", "remote", "securityopt", "session", "squash"})
# BuildKit's own, for which a session of another protocol is needed; 1 is the classic builder.
_CLASSIC = ("", "1")


def create_volume(asked: Asked, rules: Rules, engine: Engine) -> Forward:
    """The volume that may be created, with the labels.

    Raises:
        Refused: it asks for too much.
    """
    body = read_object(asked.body)
    check_spelling(body, ("Name", "Driver", "DriverOpts", "Labels", "ClusterVolumeSpec"))
    if rules.policy is SocketPolicy.OWN:
        check_volume(rules, engine, body)
    body["Labels"] = rules.put_on(part(body, "Labels"))
    return Forward("POST", asked.target, write_object(body), JSON_TYPE)


def start(asked: Asked, rules: Rules, engine: Engine, name: str, verb: str) -> Forward:
    """An own container whose bind mounts are still what they were.

    Raises:
        Refused: they are not, or it is another's.
    """
    found = own_container(rules, engine, name)
    check_again(rules, _bound(rules, engine, found))
    return Forward("POST", asked.target.at(f"/containers/{found['Id']}/{verb}"))


def update(asked: Asked, rules: Rules, engine: Engine, name: str) -> Forward:
    """Limits of an own container.

    Raises:
        Refused: it is another's, or more is asked.
    """
    found = own_container(rules, engine, name)
    body = read_object(asked.body)
    check_keys(rules, body, RESOURCES | {"RestartPolicy"}, RESOURCES_EMPTY, "")
    check_restarts(rules, body, [source for source, _ in _bound(rules, engine, found)])
    path = f"/containers/{found['Id']}/update"
    return Forward("POST", asked.target.at(path), write_object(body), JSON_TYPE)


def create_exec(asked: Asked, rules: Rules, engine: Engine, name: str) -> Forward:
    """A command in an own container.

    Raises:
        Refused: it is another's, or the command would be privileged.
    """
    found = own_container(rules, engine, name)
    body = read_object(asked.body)
    check_keys(rules, body, EXEC, ("Privileged",), "exec: ")
    path = f"/containers/{found['Id']}/exec"
    return Forward("POST", asked.target.at(path), write_object(body), JSON_TYPE)


def start_exec(asked: Asked, rules: Rules, engine: Engine, name: str) -> Forward:
    """Begin a command in an own container.

    Raises:
        Refused: it is another's.
    """
    own_exec(rules, engine, name)
    body = read_object(asked.body)
    check_keys(rules, body, _EXEC_START, (), "exec: ")
    return Forward("POST", asked.target, write_object(body), JSON_TYPE, hijack=True)


def commit(asked: Asked, rules: Rules, engine: Engine) -> Forward:
    """An image of an own container, with the labels, under a name that is nobody else's.

    Raises:
        Refused: one of them is.
    """
    query = asked.target
    found = own_container(rules, engine, _one(asked, "container"))
    repo = _one(asked, "repo")
    if repo:
        free_image(rules, engine, f"{repo}:{_one(asked, 'tag') or 'latest'}")
    # The engine takes it for a configuration, labels and all.
    body = read_object(asked.body)
    words = (map(quoted_in_dockerfile, pair) for pair in rules.labels.items())
    changes = [f"LABEL {'='.join(pair)}" for pair in words]
    replaced = [("container", found["Id"])]
    replaced += [("changes", change) for change in (*query.values("changes"), *changes)]
    return Forward("POST", query.with_query(*replaced), write_object(body), JSON_TYPE)


def pull(asked: Asked, rules: Rules, engine: Engine) -> Forward:  # noqa: ARG001
    """An image from its registry; none from a file or an address.

    Raises:
        Refused: another one is meant.
    """
    if any(asked.target.values("fromSrc")) or not _one(asked, "fromImage"):
        raise refusal(rules, "the import of an image")
    return Forward("POST", asked.target)


def build(asked: Asked, rules: Rules, engine: Engine) -> Forward:
    """A build of the classic builder, with the labels.

    Raises:
        Refused: it asks for too much.
    """
    target = asked.target
    if rules.policy is SocketPolicy.OWN:
        for key, value in target.query:
            if key == "version" and value in _CLASSIC:
                continue
            if key not in BUILD and (key not in _BUILD_EMPTY or value):
                raise refusal(rules, f"build: {key} {value}".rstrip())
        if _one(asked, "networkmode") not in ("", "default", "bridge", "none"):
            raise refusal(rules, "build: networkmode")
        for name in target.values("t"):
            free_image(rules, engine, name)
    labels = rules.put_on(read_object(_one(asked, "labels").encode()))
    # The containers of its steps carry no label, so none is kept, nor their volumes.
    kept = (("rm", "1"), ("forcerm", "1"), ("labels", json.dumps(labels)))
    return Forward("POST", target.with_query(*kept), None, TAR_TYPE)


def _bound(rules: Rules, engine: Engine, container: dict[str, Json]) -> list[tuple[str, bool]]:
    """The host's paths that a container mounts, those of `VolumesFrom` too."""
    host = part(container, "HostConfig")
    found = all_sources(container) + subpath_sources(rules, host)
    for entry in texts(host, "VolumesFrom"):
        other = find(engine, f"/containers/{entry.partition(':')[0]}/json")
        found += _bound(rules, engine, other) if other else []
    return found


def _one(asked: Asked, name: str) -> str:
    values = asked.target.values(name)
    if len(values) > 1:
        raise Refused(BAD_REQUEST, f"the query says {name} more than once")
    return values[0] if values else ""
