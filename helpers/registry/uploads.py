"""Sending one blob, over connections that may be cut."""

import re
from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import urljoin

from helpers.model.dataclass import dataclass
from helpers.registry.errors import RegistryError, TransientError
from helpers.registry.session import RegistrySession
from helpers.registry.transport import RegistryAnswer, RegistryRequest

PUSH = "pull,push"
_CREATED = 201
_ACCEPTED = 202
_NO_CONTENT = 204
_NOT_FOUND = 404
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")
_BINARY = {"Content-Type": "application/octet-stream"}
# Ways in which a registry says that it does not go on with an upload.
_NOT_RESUMED = frozenset({400, 404, 405, 409, 410, 416})


@dataclass(frozen=True, slots=True)
class Content:
    """The content to send.

    Attributes:
        open: opens it, from its beginning.
    """

    open: Callable[[], BinaryIO]
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an upload continues.

    Attributes:
        offset: bytes that the registry has.
    """

    url: str
    offset: int = 0


class _RestartError(TransientError):
    """The registry cannot resume an upload."""


def is_there(session: RegistrySession, content_url: str) -> bool:
    """Whether the registry has a blob already."""
    answer = session.ask(RegistryRequest("HEAD", content_url), "pull", also={_NOT_FOUND})
    return answer.status != _NOT_FOUND


def send(session: RegistrySession, blobs_url: str, content: Content) -> None:
    """Upload a blob: at once, and from where it was cut where the registry knows that.

    Raises:
        RegistryError: it is refused, or the retry budget is spent.
        OSError: the content cannot be read.
    """
    effort = session.effort()
    place: _Place | None = None
    furthest = 0
    repeated = False
    while True:
        try:
            place = place or _begin(session, blobs_url)
            _finish(session, place, content)
            return
        except TransientError as trouble:
            effort.pause(trouble)
            # A registry that was too busy took nothing. Looking each time could meet the requests
            # that pass alone, and sending those that do not, for ever.
            repeated = trouble.busy and not repeated
            if repeated:
                continue
            place = None if isinstance(trouble, _RestartError) else _look(session, place)
        if place and place.offset > furthest:
            furthest = place.offset
            effort.start_over()
        # All may have arrived, and the answer alone been lost.
        if place is None and is_there(session, f"{blobs_url}{content.digest}"):
            return


def _begin(session: RegistrySession, blobs_url: str) -> _Place:
    request = RegistryRequest("POST", f"{blobs_url}uploads/")
    answer = session.attempt(request, PUSH)
    return _Place(_location(session, answer, request))


def _location(session: RegistrySession, answer: RegistryAnswer, request: RegistryRequest) -> str:
    found = answer.headers.get("Location")
    if answer.status != _ACCEPTED or not found:
        raise session.error(answer, request)
    return urljoin(answer.url, found)


def _finish(session: RegistrySession, place: _Place, content: Content) -> None:
    """Send what is missing."""
    if not place.offset:
        _complete(session, place.url, content, whole=True)
        return
    if place.offset < content.size:
        place = _append(session, place, content)
    _complete(session, place.url, content, whole=False)


def _append(session: RegistrySession, place: _Place, content: Content) -> _Place:
    """Send the rest of a content that was cut."""

    def rest() -> BinaryIO:
        file = content.open()
        file.seek(place.offset)
        return file

    span = {"Content-Range": f"{place.offset}-{content.size - 1}"}
    size = content.size - place.offset
    request = RegistryRequest("PATCH", place.url, {**_BINARY, **span}, body=rest, size=size)
    answer = session.attempt(request, PUSH, also=_NOT_RESUMED)
    _check_resumed(session, answer)
    return _Place(_location(session, answer, request), content.size)


def _complete(session: RegistrySession, url: str, content: Content, *, whole: bool) -> None:
    """Name the digest, which ends an upload; with the whole content, where none was sent."""
    mark = "&" if "?" in url else "?"
    body = content.open if whole else None
    target = f"{url}{mark}digest={content.digest.replace(':', '%3A')}"
    request = RegistryRequest("PUT", target, _BINARY, body=body, size=content.size)
    # An upload may be unknown to the registry's next process; a wrong digest is final.
    answer = session.attempt(request, PUSH, also={_NOT_FOUND} if whole else _NOT_RESUMED)
    _check_resumed(session, answer)
    if answer.status not in (_CREATED, _NO_CONTENT):
        raise session.error(answer, request)


def _check_resumed(session: RegistrySession, answer: RegistryAnswer) -> None:
    if answer.status not in _NOT_RESUMED:
        return
    registry = session.name.registry
    final = RegistryError(
        f"{registry} lost an upload in progress",
        status=answer.status,
        where=str(session.name),
        fix="try again later, or tell those who run the registry",
    )
    raise _RestartError(f"{registry} cannot resume an interrupted upload", final)


def _look(session: RegistrySession, place: _Place | None) -> _Place | None:
    """How far an upload came; None where it must begin again."""
    if place is None:
        return None
    any_refusal = set(range(400, 500)) - {401, 403, 408, 425, 429}
    answer = session.ask(RegistryRequest("GET", place.url), PUSH, also=any_refusal)
    if answer.status != _NO_CONTENT:
        return None
    found = _RANGE.fullmatch((answer.headers.get("Range") or "").strip())
    last = int(found[1]) if found else 0
    url = urljoin(answer.url, answer.headers.get("Location") or place.url)
    # The range of nothing is written as that of one byte, which costs little to send again.
    return _Place(url, last + 1 if last else 0)
