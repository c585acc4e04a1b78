"""Values of settings as people may see them: without the secrets in them.

Whoever prints a value hides more than whoever refuses a file for it: that a value differs is still
told, and nobody is stopped.
"""

import re

from helpers.model.stack.secret_literals import ABOUT, ENDS, is_literal, is_secret_literal

HIDDEN = "(not shown: a secret)"
_MASK = "***"
_ENDS = (*ENDS, "credential", "schlüssel", "schluessel", "geheimnis")
_WORDS = frozenset({"key", "cred", "pass", "pwd", "pin", "pw"})
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_WORD = re.compile(r"[^\W\d_]+")
# A password may have any sign as it is, also those that end the host: so the last `@` ends it. A
# number that a path follows is a port.
_IN_URL = re.compile(r"(?P<before>://[^\s:/?#@]*:)(?!\d{1,5}(?:[/?#,]|\Z))\S*@")
_PARAMETER = re.compile(r"""(?P<name>[\w.-]+)=(?P<value>"[^"]*"|'[^']*'|[^\s;&]+)""")


def shown_value(key: str, value: str) -> str:
    """A value for people; one that is a secret is not shown, nor is one in it.

    Args:
        key: what it stands under, with dots between the keys above it.
    """
    if is_secret_literal(key, value) or (_names_secret(key, value) and is_literal(value)):
        return HIDDEN
    return _PARAMETER.sub(_parameter, _IN_URL.sub(rf"\g<before>{_MASK}@", value))


def _names_secret(key: str, value: str) -> bool:
    words = [one.lower() for one in _WORD.findall(_CAMEL.sub(" ", key))]
    if not words or words[-1] in ABOUT:
        return False
    # `max_tokens: 4096` is a number of them.
    many = "s" * (not value.strip().isdecimal())
    singular = [one.removesuffix(many) for one in words]
    return any(one.endswith(_ENDS) or one in _WORDS for one in (*words, *singular))


def _parameter(found: re.Match[str]) -> str:
    name, value = found["name"], found["value"]
    hidden = _names_secret(name, value) and is_literal(value.strip("\"'"))
    return f"{name}={_MASK}" if hidden else found[0]
