"""What a page of a package index lists, as JSON (PEP 691) or HTML (PEP 503)."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urldefrag, urljoin, urlsplit

from helpers.model.documents.parsing import load_json
from helpers.model.packages.index import IndexFile

ACCEPTED = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2,"
    " text/html;q=0.1"
)


def read_page(content: bytes, content_type: str, url: str) -> dict[str, IndexFile]:
    """The files of a project, by name.

    Args:
        url: where the page came from; its links may be relative to it.

    Raises:
        ValueError: it is no page of an index.
    """
    if "json" in content_type.partition(";")[0]:
        found = list(_from_json(content, url))
    elif "html" in content_type:
        found = list(_from_html(content, url))
    else:
        raise ValueError(f"content of the type {content_type!r}")
    return {one.name: one for one in found}


def _from_json(content: bytes, url: str) -> Iterator[IndexFile]:
    try:
        for one in load_json(content)["files"]:
            hashes = {str(name): str(value).lower() for name, value in one["hashes"].items()}
            yield IndexFile(str(one["filename"]), urljoin(url, str(one["url"])), hashes)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("JSON without the files of a project") from error


class _Links(HTMLParser):
    """Collects links, and the address to which they are relative."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, or what links are relative to."""
        target = dict(attrs).get("href")
        if tag == "base" and target:
            self.base = urljoin(self.base, target)
        elif tag == "a" and target:
            self.links.append(target)


def _from_html(content: bytes, url: str) -> Iterator[IndexFile]:
    page: Any = _Links(url)
    page.feed(content.decode("utf-8", errors="replace"))
    for link in page.links:
        address, fragment = urldefrag(urljoin(page.base, link))
        name = unquote(urlsplit(address).path.rpartition("/")[2])
        hashes = {kind: value.lower() for kind, value in parse_qsl(fragment) if kind.isalnum()}
        yield IndexFile(name, address, hashes)
