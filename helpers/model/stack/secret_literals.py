"""Find secrets that stand in a file as literals, where a variable should stand."""

import re
from itertools import pairwise

# A key with one of these as a word's end asks for a secret...
ENDS = ("password", "passwd", "passphrase", "passwort", "kennwort", "token", "secret")
_PAIRS = frozenset({("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key")})
# ...unless its last word says that it is something about one.
ABOUT = frozenset(
    [
        "file",
        "path",
        "dir",
        "folder",
        "name",
        "header",
        "type",
        "ttl",
        "seconds",
        "minutes",
        "hours",
        "days",
        "timeout",
        "expiry",
        "expires",
        "length",
        "size",
        "count",
        "limit",
        "min",
        "max",
        "enabled",
        "required",
        "algorithm",
        "issuer",
        "audience",
        "url",
        "uri",
        "endpoint",
        "prefix",
        "policy",
        "rotation",
    ]
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HARMLESS = frozenset({"", "true", "false", "yes", "no", "null", "~", "none"})
_MOUNTED = "/run/secrets/"
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[^{}]*)\}|[A-Za-z_]\w*)")
_INSTEAD = re.compile(r"\w+(?::?[-+])(?P<text>.+)", re.DOTALL)
_TOKENS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"  # AWS
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_\w{22,}"
    r"|\bglpat-[\w-]{20,}"
    r"|\bxox[abeoprs]-[\w-]{10,}"  # Slack
    r"|\b[sr]k_live_[A-Za-z0-9]{16,}"  # Stripe
    r"|\bsk-[\w-]{32,}"  # OpenAI, Anthropic
    r"|\bAIza[\w-]{35}\b"  # Google
    r"|\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[\w-]{20,}"
    r"|\bhf_[A-Za-z0-9]{34}\b"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"  # a signed JSON web token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)


def is_secret_literal(key: str, value: str) -> bool:
    """Whether a value, as it is written in a stack file, is a secret that everybody reads.

    Args:
        key: what it stands under, such as the name of a variable; empty: nothing.
    """
    if _TOKENS.search(value):
        return True
    return asks_for_secret(key) and is_literal(value)


def asks_for_secret(key: str) -> bool:
    """Whether the name of a key says that its value is a secret."""
    words = [word.lower() for word in _WORD.findall(key)]
    if not words or words[-1] in ABOUT:
        return False
    pairs = set(pairwise(words))
    return any(word.endswith(ENDS) for word in words) or bool(pairs & _PAIRS)


def is_literal(value: str) -> bool:
    """Whether a value says more than which variable it is."""
    text = value.strip()
    if text.lower() in _HARMLESS or text.startswith(_MOUNTED):
        return False
    found = list(_VARIABLE.finditer(text.replace("$$", "")))
    defaults = [_INSTEAD.fullmatch(one["braced"] or "") for one in found]
    return not found or any(defaults)
