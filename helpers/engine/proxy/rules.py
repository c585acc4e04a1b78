"""Which requests reach the engine, and as what: a list of those that do."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from helpers.engine.proxy import changes, networks
from helpers.engine.proxy.asked import (
    BAD_REQUEST,
    Asked,
    Engine,
    Forward,
    Refused,
    Rules,
    Target,
    refusal,
)
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
from helpers.model.socket_policy import SocketPolicy

__all__ = ["Body", "Route", "Rules", "decide", "find_route"]


class Body(Enum):
    """What a request carries."""

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
    """What the engine is asked, for a request with its whole body.

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
    if rules.policy is SocketPolicy.READ_ONLY:
        return Forward(asked.method, asked.target)
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
    if rules.policy is SocketPolicy.READ_ONLY:
        found = any_container(engine, named[0])
    else:
        found = own_container(rules, engine, named[0])
    return Forward(asked.method, asked.target.at(f"/containers/{found['Id']}/json"))


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
        return Forward(asked.method, asked.target)
    found = usable_network(rules, engine, named[0])
    return Forward(asked.method, asked.target.at(f"/networks/{found['Id']}"))


def _volume(asked: Asked, rules: Rules, engine: Engine, named: tuple[str, ...]) -> Forward:
    if rules.policy is SocketPolicy.OWN:
        own_volume(rules, engine, named[0])
    return Forward(asked.method, asked.target)


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


def _route(
    methods: str,
    path: str,
    decide: Decide,
    policies: frozenset[SocketPolicy] = _OWN,
    body: Body = Body.NONE,
) -> Route:
    return Route(methods, re.compile(path), policies, body, decide)


_READ = "GET HEAD"
_STEER = "stop|restart|kill|pause|unpause|resize|rename|wait|attach"
_ROUTES = (
    _route(_READ, "/_ping|/version|/info", _as_it_is, _LESS),
    _route("GET", "/images/json|/images/search", _as_it_is, _LESS),
    _route("GET", rf"/images/{_IMAGE}/(?:json|history)", _as_it_is, _LESS),
    _route("GET", "/images/get", _own_images, _LESS),
    _route("GET", rf"/images/{_IMAGE}/get", _own_images, _LESS),
    _route("GET", "/containers/json|/networks|/volumes|/events", _list_own, _LESS),
    _route("GET", rf"/containers/{_ID}/json", _inspect, _LESS),
    _route("GET", rf"/containers/{_ID}/(logs|stats|top|changes|archive|export)", _of_own, _LESS),
    _route("HEAD", rf"/containers/{_ID}/(archive)", _of_own, _LESS),
    _route("GET", rf"/exec/{_ID}/json", _of_own_exec, _LESS),
    _route("GET", rf"/networks/{_ID}", _network, _LESS),
    _route("GET", rf"/volumes/{_ID}", _volume, _LESS),
    _route("POST", "/containers/create", _with_names(create_container), _CREATING, Body.JSON),
    _route("POST", "/networks/create", _with_names(networks.create_network), _CREATING, Body.JSON),
    _route("POST", "/volumes/create", _with_names(changes.create_volume), _CREATING, Body.JSON),
    _route("POST", "/build", _with_names(changes.build), _CREATING, Body.TAR),
    # The engine looks up the paths of bind mounts at each start.
    _route("POST", rf"/containers/{_ID}/(start|restart)", _with_names(changes.start)),
    _route("POST", rf"/containers/{_ID}/({_STEER})", _of_own),
    _route("PUT", rf"/containers/{_ID}/(archive)", _of_own, body=Body.TAR),
    _route("POST", rf"/containers/{_ID}/update", _with_names(changes.update), body=Body.JSON),
    _route("POST", rf"/containers/{_ID}/exec", _with_names(changes.create_exec), body=Body.JSON),
    _route("DELETE", rf"/containers/{_ID}", _of_own),
    _route("POST", rf"/exec/{_ID}/start", _with_names(changes.start_exec), body=Body.JSON),
    _route("POST", rf"/exec/{_ID}/resize", _of_own_exec),
    _route(
        "POST",
        rf"/networks/{_ID}/(connect|disconnect)",
        _with_names(networks.connect),
        body=Body.JSON,
    ),
    _route("DELETE", rf"/networks/{_ID}", _with_names(networks.remove_network)),
    _route("DELETE", rf"/volumes/{_ID}", _volume),
    _route("POST", "/commit", _with_names(changes.commit), body=Body.JSON),
    _route("POST", "/images/create", _with_names(changes.pull)),
)
_ANYTHING = Route("", re.compile(""), frozenset({SocketPolicy.FULL}), Body.ANY, _anything)
