"""Pages of package indexes, in both forms that there are."""

import json

import pytest

from helpers.registry.simple_page import read_page

_URL = "https://example.org/team/simple/one/"
_DIGEST = "ab" * 32


def test_json_lists_files_with_their_hashes() -> None:
    files = [
        {"filename": "one-1.0.tar.gz", "url": "../../files/one-1.0.tar.gz", "hashes": {}},
        {"filename": "one-1.0+a.whl", "url": "https://f/x", "hashes": {"sha256": _DIGEST.upper()}},
    ]
    kind = "application/vnd.pypi.simple.v1+json; charset=utf-8"
    found = read_page(json.dumps({"files": files}).encode(), kind, _URL)
    assert found["one-1.0.tar.gz"].url == "https://example.org/team/files/one-1.0.tar.gz"
    assert found["one-1.0+a.whl"].hashes == {"sha256": _DIGEST}


def test_html_lists_files_with_their_hashes() -> None:
    page = f"""<!DOCTYPE html><html><head><base href="/files/"></head><body>
      <a href="one-1.0%2Ba-py3-none-any.whl#sha256={_DIGEST}" data-yanked="">a name</a>
      <A HREF='https://f/one-1.0.tar.gz?x=1&amp;y=2'>one</A> <a name="top"></a>"""
    found = read_page(page.encode(), "text/html", _URL)
    wheel = found["one-1.0+a-py3-none-any.whl"]
    assert wheel.url == "https://example.org/files/one-1.0%2Ba-py3-none-any.whl"
    assert wheel.hashes == {"sha256": _DIGEST}
    assert found["one-1.0.tar.gz"].url == "https://f/one-1.0.tar.gz?x=1&y=2"
    assert not found["one-1.0.tar.gz"].hashes
    assert len(found) == 2


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"files": [{"filename": "a"}]}', "application/json"),
        (b'{"files": [3]}', "application/json"),
        (b"hello", "text/plain"),
        (b"", ""),
    ],
)
def test_what_is_no_page_of_an_index_is_told(content: bytes, kind: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_page(content, kind, _URL)
