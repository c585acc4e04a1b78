"""A registry's authentication challenge: the header `WWW-Authenticate`."""

import re
from collections.abc import Mapping

from helpers.model.dataclass import dataclass

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A parameter, or the name of a scheme: the latter has no `=` behind it.
_PIECE = re.compile(
    rf'\s*,?\s*(?:({_NAME})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_NAME}))|({_NAME})(?!\s*=))'
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate: the scheme, in lower case, and its parameters."""

    scheme: str
    parameters: Mapping[str, str]


def read_challenges(header: str) -> list[Challenge]:
    """All ways that a header offers, as far as it can be read."""
    found: list[tuple[str, dict[str, str]]] = []
    position = 0
    while piece := _PIECE.match(header, position):
        position = piece.end()
        key, quoted, plain, scheme = piece.groups()
        if scheme:
            found.append((scheme.lower(), {}))
        elif found:
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            found[-1][1][key.lower()] = value
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def choose(challenges: list[Challenge]) -> Challenge | None:
    """Choose the authentication scheme: a token if one is offered."""
    for scheme in ("bearer", "basic"):
        for challenge in challenges:
            usable = scheme == "basic" or challenge.parameters.get("realm")
            if challenge.scheme == scheme and usable:
                return challenge
    return None
