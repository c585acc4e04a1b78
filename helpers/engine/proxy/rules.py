"""Which requests reach the engine, and as what: a list of those that do."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from helpers.engine.proxy import changes, networks, shown
from helpers.engine.proxy.bodies import check_spelling, read_object
from helpers.engine.proxy.creation import create_container
from helpers.engine.proxy.ownership import (
    any_container,
    own_container,
    own_exec,
    own_image,
    own_volume,
    usable_network,
)
from helpers.engine.proxy.requests import (
    BAD_REQUEST,
    Asked,
    Engine,
    Forward,
    Refused,
    Rules,
    Target,
    refusal,
)
from helpers.model.dataclass import dataclass
from helpers.model.settings.socket_policy import SocketPolicy

__all__ = ["Body", "Route", "Rules", "decide", "find_route"]


class Body(Enum):
    """A request's body."""

    NONE = "none"
    JSON = "json"
    TAR = "tar"
    ANY = "any"


Decide = Callable[[Asked, Rules, Engine, tuple[str, ...]], Forward]


@dataclass(frozen=True, slots=True)
class Route:
    """Requests of one kind.

    Attributes:
        methods: separated by spaces.
        path: matches the whole path without its version; the groups go to `decide`.
    """

    methods: str
    path: re.Pattern[str]
    policies: frozenset[SocketPolicy]
    body: Body
    decide: Decide


def find_route(rules: Rules, method: str, target: Target) -> tuple[Route, tuple[str, ...]]:
    """The kind of a request, and what its path names.

    Raises:
        Refused: no request of this kind passes.
    """
    for route in _ROUTES:
        matched = route.path.fullmatch(target.path)
        if matched and method in route.methods.split() and rules.policy in route.policies:
            return route, matched.groups()
    if rules.policy is SocketPolicy.FULL:
        return _ANYTHING, ()
    raise refusal(rules, f"{method} {target.path}")


def decide(asked: Asked, rules: Rules, engine: Engine) -> Forward:
    """Decide what to ask the engine, for a request with its whole body.

    Raises:
        Refused: nothing.
    """
    route, named = find_route(rules, asked.method, asked.target)
    return route.decide(asked, rules, engine, named)


def _as_it_is(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:  # noqa: ARG001
    return Forward(asked.method, asked.target)


def _anything(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:  # noqa: ARG001
    hijack = asked.upgrade or bool(_HIJACKED.fullmatch(asked.target.path))
    return Forward(asked.method, asked.target, None, hijack=hijack, headers=None)


def _list_own(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:  # noqa: ARG001
    shape = _LISTS.get(asked.target.path)
    if rules.policy is SocketPolicy.READ_ONLY and shape:
        return Forward(asked.method, asked.target, shape=shape)
    given = asked.target.values("filters")
    # The engine takes the first one.
    filters = read_object(given[0].encode()) if given else {}
    check_spelling(filters, ("label",))
    if not all(isinstance(value, list | dict | None) for value in filters.values()):
        raise Refused(BAD_REQUEST, "the filters cannot be read")
    asked_for = filters.get("label") or []
    wanted = [f"{name}={value}" for name, value in rules.labels.items()]
    filters["label"] = dict.fromkeys([*asked_for, *wanted], True)
    if _is_old(filters):
        filters = {key: dict.fromkeys(value or [], True) for key, value in filters.items()}
    return Forward(asked.method, asked.target.with_query(("filters", json.dumps(filters))))


def _is_old(filters: dict[str, object]) -> bool:
    # Lists are the older form; the engine takes all of one form or of the other.
    return any(not isinstance(value, dict) for value in filters.values())


def _inspect(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    shape = None
    if rules.policy is SocketPolicy.READ_ONLY:
        found, shape = any_container(engine, named[0]), shown.container
    else:
        found = own_container(rules, engine, named[0])
    target = asked.target.at(f"/containers/{found['Id']}/json")
    return Forward(asked.method, target, shape=shape)


def _of_own(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    found = own_container(rules, engine, named[0])
    rest = f"/{named[1]}" if len(named) > 1 else ""
    body = None if asked.method == "PUT" else b""
    return Forward(
        asked.method,
        asked.target.at(f"/containers/{found['Id']}{rest}"),
        body,
        changes.TAR_TYPE if body is None else "",
        hijack=rest == "/attach",
    )


def _of_own_exec(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    own_exec(rules, engine, named[0])
    return Forward(asked.method, asked.target)


def _network(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    if rules.policy is SocketPolicy.READ_ONLY:
        return Forward(asked.method, asked.target, shape=shown.network)
    found = usable_network(rules, engine, named[0])
    return Forward(asked.method, asked.target.at(f"/networks/{found['Id']}"))


def _volume(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    if rules.policy is SocketPolicy.READ_ONLY:
        return Forward(asked.method, asked.target, shape=shown.volume)
    own_volume(rules, engine, named[0])
    return Forward(asked.method, asked.target)


def _shaped(shape: shown.Shape) -> Decide:
    """Forward a read; with the policy `read-only`, strip secrets from the answer."""

    def decide(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:  # noqa: ARG001
        chosen = shape if rules.policy is SocketPolicy.READ_ONLY else None
        return Forward(asked.method, asked.target, shape=chosen)

    return decide


def _own_images(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    names = named or tuple(asked.target.values("names"))
    if not names:
        raise refusal(rules, "the content of all images")
    for name in names:
        own_image(rules, engine, name)
    return Forward(asked.method, asked.target)


def _with_names(function: Callable[..., Forward]) -> Decide:
    return lambda asked, rules, engine, named: function(asked, rules, engine, *named)


_EVERY = frozenset(SocketPolicy)
_LESS = frozenset({SocketPolicy.READ_ONLY, SocketPolicy.OWN})
_OWN = frozenset({SocketPolicy.OWN})
_CREATING = frozenset({SocketPolicy.OWN, SocketPolicy.FULL})
_ID = r"([A-Za-z0-9][A-Za-z0-9_.-]*)"
_IMAGE = r"([A-Za-z0-9][A-Za-z0-9_.:@/-]*)"
_HIJACKED = re.compile(rf"/(?:containers/{_ID}/attach|exec/{_ID}/start)")


_LISTS = {
    "/containers/json": shown.containers,
    "/networks": shown.networks,
    "/volumes": shown.volumes,
}


def _route(
    methods: str,
    path: str,
    decide: Decide,
    policies: frozenset[SocketPolicy] = _OWN,
    body: Body = Body.NONE,
    *,
    query: str = "",
) -> Route:
    """A route; of the query only these names are passed on, unless everything is."""

    def decide_known(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
        if rules.policy is not SocketPolicy.FULL:
            asked = replace(asked, target=asked.target.with_only(query.split()))
        return decide(asked, rules, engine, named)

    return Route(methods, re.compile(path), policies, body, decide_known)


_READ = "GET HEAD"
_LIST = "all limit size filters since until"
_LOGS = "follow stdout stderr since until timestamps tail details"
_ATTACH = "detachKeys logs stream stdin stdout stderr"
_COMMIT = "container repo tag comment author pause changes"
_CREATE = _with_names(create_container)
_NETWORK = _with_names(networks.create_network)
_VOLUME = _with_names(changes.create_volume)
_EXEC = _with_names(changes.create_exec)
_ROUTES = (
    _route(_READ, "/_ping|/version", _as_it_is, _LESS),
    _route("GET", "/info", _shaped(shown.info), _LESS),
    _route(
        "GET",
        "/images/json",
        _shaped(shown.images),
        _LESS,
        query="all filters shared-size digests manifests",
    ),
    _route("GET", "/images/search", _as_it_is, _LESS, query="term limit filters"),
    _route(
        "GET", rf"/images/{_IMAGE}/json", _shaped(shown.image), _LESS, query="manifests platform"
    ),
    _route("GET", rf"/images/{_IMAGE}/history", _shaped(shown.history), _LESS, query="platform"),
    _route("GET", "/images/get", _own_images, _LESS, query="names platform"),
    _route("GET", rf"/images/{_IMAGE}/get", _own_images, _LESS, query="platform"),
    _route("GET", "/containers/json|/networks|/volumes|/events", _list_own, _LESS, query=_LIST),
    _route("GET", rf"/containers/{_ID}/json", _inspect, _LESS, query="size"),
    _route("GET", rf"/containers/{_ID}/(logs)", _of_own, _LESS, query=_LOGS),
    _route("GET", rf"/containers/{_ID}/(stats)", _of_own, _LESS, query="stream one-shot"),
    _route("GET", rf"/containers/{_ID}/(top)", _of_own, _LESS, query="ps_args"),
    _route("GET", rf"/containers/{_ID}/(changes|export)", _of_own, _LESS),
    _route(_READ, rf"/containers/{_ID}/(archive)", _of_own, _LESS, query="path"),
    _route("GET", rf"/exec/{_ID}/json", _of_own_exec, _LESS),
    _route("GET", rf"/networks/{_ID}", _network, _LESS, query="verbose scope"),
    _route("GET", rf"/volumes/{_ID}", _volume, _LESS),
    _route("POST", "/containers/create", _CREATE, _CREATING, Body.JSON, query="name platform"),
    _route("POST", "/networks/create", _NETWORK, _CREATING, Body.JSON),
    _route("POST", "/volumes/create", _VOLUME, _CREATING, Body.JSON),
    # Looks at its query itself, and refuses what it does not know.
    Route("POST", re.compile("/build"), _CREATING, Body.TAR, _with_names(changes.build)),
    # The engine looks up the paths of bind mounts at each start.
    _route("POST", rf"/containers/{_ID}/(start)", _with_names(changes.start)),
    _route("POST", rf"/containers/{_ID}/(restart)", _with_names(changes.start), query="t signal"),
    _route("POST", rf"/containers/{_ID}/(stop|kill)", _of_own, query="t signal"),
    _route("POST", rf"/containers/{_ID}/(pause|unpause)", _of_own),
    _route("POST", rf"/containers/{_ID}/(resize)", _of_own, query="h w"),
    _route("POST", rf"/containers/{_ID}/(rename)", _of_own, query="name"),
    _route("POST", rf"/containers/{_ID}/(wait)", _of_own, query="condition"),
    _route("POST", rf"/containers/{_ID}/(attach)", _of_own, query=_ATTACH),
    _route(
        "PUT",
        rf"/containers/{_ID}/(archive)",
        _of_own,
        body=Body.TAR,
        query="path noOverwriteDirNonDir copyUIDGID",
    ),
    _route("POST", rf"/containers/{_ID}/update", _with_names(changes.update), body=Body.JSON),
    _route("POST", rf"/containers/{_ID}/exec", _EXEC, body=Body.JSON),
    _route("DELETE", rf"/containers/{_ID}", _of_own, query="v link force"),
    _route("POST", rf"/exec/{_ID}/start", _with_names(changes.start_exec), body=Body.JSON),
    _route("POST", rf"/exec/{_ID}/resize", _of_own_exec, query="h w"),
    _route(
        "POST",
        rf"/networks/{_ID}/(connect|disconnect)",
        _with_names(networks.connect),
        body=Body.JSON,
    ),
    _route("DELETE", rf"/networks/{_ID}", _with_names(networks.remove_network)),
    _route("DELETE", rf"/volumes/{_ID}", _volume, query="force"),
    _route("POST", "/commit", _with_names(changes.commit), body=Body.JSON, query=_COMMIT),
    _route(
        "POST",
        "/images/create",
        _with_names(changes.pull),
        query="fromImage fromSrc tag platform",
    ),
)
_ANYTHING = Route("", re.compile(""), frozenset({SocketPolicy.FULL}), Body.ANY, _anything)
