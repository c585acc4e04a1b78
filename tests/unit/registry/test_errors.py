"""What a registry refused is told with what it said, on one line, and with what fixes it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.registry.errors import (
    NotAuthorizedError,
    RegistryError,
    RegistryUnavailableError,
    messages,
    refused,
)
from helpers.registry.simple_page import read_page

_HOST = "r.example:5000"
_DEEP = b"[" * 100_000
# Whatever JSON says, also with the words that registries and indexes use.
_WORDS = st.sampled_from(["errors", "message", "code", "files", "filename", "url", "hashes"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("status", "kind", "what", "fix"),
    [
        (401, NotAuthorizedError, "does not allow this", f"i docker_login --registry {_HOST}"),
        (403, NotAuthorizedError, "does not allow this", f"i docker_login --registry {_HOST}"),
        (404, RegistryError, "has no such repository", "correct 'registry'"),
        (429, RegistryError, "limits the rate", f"i docker_login --registry {_HOST}"),
        (500, RegistryUnavailableError, "fails with status 500", "try again later"),
        (503, RegistryUnavailableError, "fails with status 503", "try again later"),
        (400, RegistryError, "refused with status 400", ""),
    ],
)
def test_a_status_is_told_by_what_it_means(
    status: int, kind: type[RegistryError], what: str, fix: str
) -> None:
    content = b'{"errors": [{"code": "DENIED", "message": "not\\nyours"}, {"code": "SECOND"}]}'
    found = refused(_HOST, status, content, "PUT x")
    assert type(found) is kind
    assert (found.status, found.where) == (status, "PUT x")
    assert what in found.what
    assert found.what.endswith(": not yours; SECOND")
    assert fix in found.fix


def test_who_has_no_login_is_told_that() -> None:
    found = refused(_HOST, 401, b"", "GET x", known=False)
    assert found.what == f"{_HOST} needs a login, and none is stored for it"


def test_a_long_reason_is_cut() -> None:
    content = json.dumps({"errors": [{"message": "so " * 1000}]}).encode()
    assert len(messages(content)) == 300


@given(_JSON.map(json.dumps).map(str.encode) | st.binary(max_size=30) | st.just(_DEEP))
def test_no_reason_is_too_strange(content: bytes) -> None:
    said = messages(content)
    assert "\n" not in said
    assert len(said) <= 300


@given(
    _JSON.map(json.dumps).map(str.encode) | st.binary(max_size=30) | st.just(_DEEP),
    st.sampled_from(["application/json", "text/html; charset=x", "text/plain", ""]),
)
def test_a_page_is_read_or_refused_whatever_it_is(content: bytes, kind: str) -> None:
    try:
        found = read_page(content, kind, "https://index.example/simple/a/")
    except ValueError:
        return
    assert all(name == file.name for name, file in found.items())
