"""Pages of releases, on either forge: what is there is changed, so a second run makes no second."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from helpers.forge.place import ForgeKind
from helpers.forge.session import Session
from helpers.model.forge import ReleasePage


def find_page(session: Session, tag: str) -> ReleasePage | None:
    """The page of a tag; None where there is none.

    Raises:
        ForgeError: the forge refuses, or does not answer.
    """
    found = session.find(_of_tag(session, tag))
    return None if found is None else _page(session, found)


def write_page(session: Session, page: ReleasePage) -> ReleasePage:
    """Write the page of a tag that the forge has; the page as it is then.

    Raises:
        ForgeError: the forge refuses, has no such tag, or does not answer.
    """
    there = session.find(_of_tag(session, page.tag))
    if there is None:
        found = session.send("POST", _all(session), _content(session, page))
    elif _page(session, there) == ReleasePage(
        page.tag, page.title, page.notes, _url(session, there)
    ):
        found = there
    else:
        method, path = _change(session, page.tag, there)
        found = session.send(method, path, _content(session, page))
    return _page(session, found)


def _all(session: Session) -> str:
    place = session.place
    if place.kind is ForgeKind.GITHUB:
        return f"/repos/{place.project}/releases"
    return f"/projects/{quote(place.project, safe='')}/releases"


def _of_tag(session: Session, tag: str) -> str:
    between = "/tags" if session.place.kind is ForgeKind.GITHUB else ""
    return f"{_all(session)}{between}/{quote(tag, safe='')}"


def _change(session: Session, tag: str, there: Mapping[str, Any]) -> tuple[str, str]:
    if session.place.kind is ForgeKind.GITHUB:
        return "PATCH", f"{_all(session)}/{int(there['id'])}"
    return "PUT", _of_tag(session, tag)


def _content(session: Session, page: ReleasePage) -> Mapping[str, Any]:
    notes = "body" if session.place.kind is ForgeKind.GITHUB else "description"
    return {"tag_name": page.tag, "name": page.title, notes: page.notes}


def _page(session: Session, found: Mapping[str, Any]) -> ReleasePage:
    notes = "body" if session.place.kind is ForgeKind.GITHUB else "description"
    url = _url(session, found)
    return ReleasePage(found["tag_name"], found["name"] or "", found[notes] or "", url)


def _url(session: Session, found: Mapping[str, Any]) -> str:
    if session.place.kind is ForgeKind.GITHUB:
        return str(found["html_url"])
    return str(found["_links"]["self"])
