"""Follow the links of a site."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from link_check.pages import Page, fetch


@dataclass(frozen=True)
class Broken:
    """A link that leads nowhere: where it stands, where it leads, and what was answered."""

    page: str
    link: str
    status: int


def find_broken_links(
    start: str, most: int = 1000, get: Callable[[str], Page] = fetch
) -> list[Broken]:
    """The broken links of a site; pages of other sites are asked for, not followed.

    Args:
        most: addresses that are asked for at the most.
        get: fetches an address.
    """
    pages: dict[str, Page] = {}
    waiting, seen = deque([start]), {start}
    while waiting and len(pages) < most:
        url = waiting.popleft()
        page = pages[url] = get(url)
        if _site(url) != _site(start):
            continue
        for link in page.links:
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    found = [
        Broken(page.url, link, pages[link].status)
        for page in pages.values()
        if _site(page.url) == _site(start)
        for link in page.links
        if link in pages and pages[link].broken
    ]
    if pages[start].broken:
        found.insert(0, Broken("", start, pages[start].status))
    return found


def _site(url: str) -> str:
    return urlsplit(url).netloc
