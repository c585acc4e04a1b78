"""Fetch pages, and find the links on them."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

_TIMEOUT_SECONDS = 10
_LINKS = {"a": "href", "img": "src", "link": "href", "script": "src"}


@dataclass(frozen=True)
class Page:
    """What was answered for an address.

    Attributes:
        status: of HTTP; 0 when nobody answered.
        links: absolute addresses without fragments, in their order; of a page in HTML alone.
    """

    url: str
    status: int
    links: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        """Whether the address leads nowhere."""
        return self.status == 0 or self.status >= 400


def fetch(url: str) -> Page:
    """Ask for an address; one that does not answer is a page of its own."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:
            kind = answer.headers.get_content_type()
            charset = answer.headers.get_content_charset() or "utf-8"
            text = answer.read().decode(charset, "replace") if kind == "text/html" else ""
            return Page(url, answer.status, links_of(text, answer.url))
    except urllib.error.HTTPError as error:
        return Page(url, error.code)
    except OSError:
        return Page(url, 0)


def links_of(text: str, base: str) -> tuple[str, ...]:
    """The addresses that a page links to, each once."""
    parser = _LinkParser()
    parser.feed(text)
    found = (urldefrag(urljoin(base, link)).url for link in parser.links)
    return tuple(dict.fromkeys(url for url in found if url.startswith(("http://", "https://"))))


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = _LINKS.get(tag)
        self.links += [value for name, value in attrs if name == wanted and value]
