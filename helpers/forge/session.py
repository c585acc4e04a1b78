"""One request of a forge's interface, which speaks JSON; a token stands in no message."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from helpers.forge.errors import ForgeError
from helpers.forge.place import ForgeKind, ForgePlace
from helpers.model.documents.parsing import load_json
from helpers.registry.access import Access
from helpers.registry.errors import RegistryError, TransientError
from helpers.registry.retry_budget import TRANSIENT, retry_after
from helpers.registry.transport import RegistryAnswer, RegistryRequest, origin_of

_OK = frozenset({200, 201, 202, 204})
_NOT_FOUND = 404
_LIMITED = 429
_FIRST_SERVER_ERROR = 500
_LONGEST = 300
_JOB_HEADER = "JOB-TOKEN"
_PAGE = 100
_MOST_PAGES = 20
_ACCEPTED = {
    ForgeKind.GITHUB: {
        "Accept": "application/vnd.github+json, application/json",
        "X-GitHub-Api-Version": "2022-11-28",
    },
    ForgeKind.GITLAB: {"Accept": "application/json"},
}


class Session:
    """Asks one forge."""

    def __init__(self, place: ForgePlace, access: Access) -> None:
        self.place = place
        self._access = access

    def get(self, path: str, **query: str) -> Any:
        """What the forge has at a path.

        Raises:
            ForgeError: it refuses, or does not answer.
        """
        return _content(self._ask("GET", self._address(path, query)))

    def find(self, path: str, **query: str) -> Any:
        """The same; None where there is nothing.

        Raises:
            ForgeError: it refuses, or does not answer.
        """
        try:
            return self.get(path, **query)
        except ForgeError as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    def pages(self, path: str, key: str = "", **query: str) -> Iterator[Mapping[str, Any]]:
        """All items of a list, page by page.

        Args:
            key: of the list in the answer; empty: the answer is the list.

        Raises:
            ForgeError: it refuses, or has more of them than anybody reads.
        """
        for page in range(1, _MOST_PAGES + 1):
            found = self.get(path, **query, per_page=str(_PAGE), page=str(page))
            items = found[key] if key else found
            yield from items
            if len(items) < _PAGE:
                return
        raise ForgeError(
            f"the forge lists more than {_MOST_PAGES * _PAGE} items, which are not all read",
            where=f"GET {self.place.api}{path}",
        )

    def send(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Write something; it is not tried again, since it may have been done.

        Raises:
            ForgeError: it refuses, or does not answer.
        """
        return _content(self._ask(method, self._address(path, {}), content))

    def content(self, path: str) -> bytes:
        """A file that the forge keeps, wherever it does.

        Raises:
            ForgeError: it refuses, or does not answer.
        """
        return self._ask("GET", self._address(path, {})).content

    def _address(self, path: str, query: Mapping[str, str]) -> str:
        return f"{self.place.api}{path}" + (f"?{urlencode(query)}" if query else "")

    def _ask(
        self, method: str, url: str, content: Mapping[str, Any] | None = None
    ) -> RegistryAnswer:
        sent = b"" if content is None else json.dumps(content).encode()
        headers = {**_ACCEPTED[self.place.kind], "Content-Type": "application/json"}
        request = RegistryRequest(
            method, url, headers, (lambda: io.BytesIO(sent)) if sent else None, len(sent)
        )
        where = f"{method} {url.partition('?')[0]}"
        effort = self._access.effort()
        while True:
            try:
                return self._once(request, where)
            except TransientError as trouble:
                if method != "GET":
                    raise _as_forge(trouble.final, where) from trouble
                try:
                    effort.pause(trouble)
                except RegistryError as error:
                    raise _as_forge(error, where) from error
            except RegistryError as error:
                raise _as_forge(error, where) from error

    def _once(self, request: RegistryRequest, where: str) -> RegistryAnswer:
        token, exchange = self.place.token, self._access.transport.exchange
        if self.place.is_of_job:
            answer = exchange(request, token, _JOB_HEADER)
        else:
            answer = exchange(request, f"Bearer {token}" if token else "")
        if answer.status in _OK:
            return answer
        error = self._refused(answer, where)
        if answer.status in TRANSIENT:
            final = RegistryError(error.what, status=error.status, where=error.where, fix=error.fix)
            reason = f"{self._host} answers with status {answer.status}"
            raise TransientError(reason, final, wait=retry_after(answer.headers, self._now(answer)))
        raise error

    def _refused(self, answer: RegistryAnswer, where: str) -> ForgeError:
        place, status = self.place, answer.status
        said = _message(answer.content)
        end = f": {said}" if said else ""
        if status == _NOT_FOUND:
            what = f"{self._host} has nothing there, or shows it to others alone{end}"
        elif status == _LIMITED:
            what = f"{self._host} limits the rate of requests{end}"
        elif status >= _FIRST_SERVER_ERROR:
            what = f"{self._host} fails with status {status}{end}"
        else:
            what = f"{self._host} refused with status {status}{end}"
        if status >= _FIRST_SERVER_ERROR or status == _LIMITED:
            fix = "try again later"
        elif place.is_of_job:
            fix = f"give the job {place.variables}: its own token may do what its user may, or less"
        elif place.token:
            fix = f"check what the token in {place.variables} may do in {place.project}"
        else:
            fix = f"export {place.variables.split()[0]}=TOKEN, one of {place.project}'s forge"
        return ForgeError(what, status=status, where=where, fix=fix)

    @property
    def _host(self) -> str:
        return urlsplit(origin_of(self.place.api)).netloc

    @staticmethod
    def _now(answer: RegistryAnswer) -> float:
        from email.utils import parsedate_to_datetime

        try:
            return parsedate_to_datetime(answer.headers.get("Date") or "").timestamp()
        except ValueError:
            return 0.0


def _as_forge(error: RegistryError, where: str) -> ForgeError:
    return ForgeError(
        error.what.replace("the registry", "the forge"),
        status=error.status,
        where=error.where or where,
        fix=error.fix.replace("the registry", "the forge"),
    )


def _content(answer: RegistryAnswer) -> Any:
    if not answer.content:
        return None
    try:
        return load_json(answer.content)
    except ValueError as error:
        raise ForgeError(
            "what answers is no forge's interface: it sends no JSON",
            status=answer.status,
            where=answer.url.partition("?")[0],
            fix="correct GITHUB_API_URL or CI_API_V4_URL",
        ) from error


def _message(content: bytes) -> str:
    """The forge's reason, on one line; empty where it gives none."""
    try:
        found = load_json(content)
        said = found.get("message") or found.get("error") or ""
    except (AttributeError, ValueError):
        return ""
    return " ".join(str(said).split())[:_LONGEST]
