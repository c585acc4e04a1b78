"""A package index over HTTP: what it has of a project, and uploads, tried again where it helps."""

import hashlib
import io
import re
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from urllib.parse import urlsplit

from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.packages.installed import python_name
from helpers.registry.access import Access
from helpers.registry.credentials import Credentials
from helpers.registry.errors import (
    NotAuthorizedError,
    RegistryError,
    RegistryUnavailableError,
    TransientError,
)
from helpers.registry.retry_budget import TRANSIENT, retry_after
from helpers.registry.simple_page import ACCEPTED, read_page
from helpers.registry.transport import RegistryAnswer, RegistryRequest, origin_of, shown
from helpers.registry.upload_form import PackageFile, form_of

# Simple servers let more connections than this wait for a second.
AT_ONCE = 5
# An answer that was asked for ahead is taken for a new one so long.
_NEW_SECONDS = 5.0
_OK = frozenset({200, 201, 202, 204})
_UNAUTHORIZED = 401
_REFUSED = frozenset({_UNAUTHORIZED, 403})
_NOT_FOUND = frozenset({404, 410})
_BUSY = frozenset({429, 503})
_LONGEST = 300
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500
_MARKUP = re.compile(r"<(script|style|title).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class OtherContentError(RegistryError):
    """The index has a file of that name, and its content is another one."""


class IndexClient:
    """Asks one index; safe to use from several threads."""

    def __init__(
        self,
        index: PackageIndex,
        access: Access,
        find_login: Callable[[], Credentials | None],
        *,
        given: bool = False,
    ) -> None:
        """Keep what is needed; nothing is asked yet.

        Args:
            find_login: is called once, when something wants a login.
            given: the login is there, so nothing is asked without it first where it is published.
        """
        self.index = index
        self._access = access
        self._find_login = find_login
        self._given = given
        self._lock = threading.Lock()
        self._login: Credentials | None = None
        self._is_looked_up = False
        self._ahead: dict[str, Future[dict[str, IndexFile]]] = {}
        self._asked_ahead = 0.0

    def login(self) -> Credentials | None:
        """The login of the index, looked up once; None if there is none.

        Raises:
            RegistryError: it cannot be had.
        """
        with self._lock:
            if not self._is_looked_up:
                self._login = self._find_login()
                self._is_looked_up = True
            return self._login

    def login_in_use(self) -> Credentials | None:
        """The login, if something wanted one so far."""
        return self._login

    def ask_ahead(self, projects: Iterable[str]) -> None:
        """Ask for projects while the caller does something else; `files` then has the answers."""
        waiting = [(name, Future[dict[str, IndexFile]]()) for name in projects]
        self._ahead |= dict(waiting)
        self._asked_ahead = time.monotonic()
        waiting.reverse()

        def work() -> None:
            while True:
                try:
                    name, answer = waiting.pop()
                except IndexError:
                    return
                try:
                    answer.set_result(self._ask(name))
                except BaseException as error:
                    answer.set_exception(error)

        for _ in range(min(AT_ONCE, len(waiting))):
            # Who fails meanwhile does not wait for an index.
            threading.Thread(target=work, daemon=True).start()

    def files(self, project: str) -> dict[str, IndexFile]:
        """What the index has of a project, by file name; nothing where it does not know it.

        Raises:
            RegistryError: it refuses, or does not answer like an index.
        """
        answer = self._ahead.pop(project, None)
        is_new = time.monotonic() - self._asked_ahead < _NEW_SECONDS
        return answer.result() if answer and is_new else self._ask(project)

    def _ask(self, project: str) -> dict[str, IndexFile]:
        url = f"{self.index.simple.rstrip('/')}/{python_name(project)}/"
        request = RegistryRequest("GET", url, {"Accept": ACCEPTED, "Cache-Control": "max-age=0"})
        answer = self._read(request)
        if answer.status in _NOT_FOUND:
            return {}
        try:
            kind = answer.headers.get("Content-Type") or ""
            return read_page(answer.content, kind, answer.url)
        except ValueError as error:
            raise RegistryError(
                f"{self.index} does not answer like a package index: {error}",
                status=answer.status,
                where=shown(request),
                fix=f"correct 'simple' of {self.index} in repo_config.yaml",
            ) from None

    def download(self, file: IndexFile) -> bytes:
        """A file of the index.

        Raises:
            RegistryError: it is not there, refused, or is not what the index says.
        """
        request = RegistryRequest("GET", file.url)
        answer = self._read(request)
        if answer.status in _NOT_FOUND:
            raise self._error(answer, request)
        for algorithm in ("sha512", "sha256"):
            said = file.hashes.get(algorithm)
            if said and hashlib.new(algorithm, answer.content).hexdigest() != said:
                raise RegistryError(
                    f"{file.name} of {self.index} has not the hash that the index says",
                    where=shown(request),
                    fix="tell those who run the index",
                )
        return answer.content

    def has(self, file: PackageFile, there: IndexFile) -> bool:
        """Whether a file of the index is the very one that is here.

        Raises:
            RegistryError: the index says no hash that proves it, and the file cannot be read.
        """
        content = file.path.read_bytes()
        for algorithm in ("sha512", "sha384", "sha256"):
            if there.hashes.get(algorithm):
                return hashlib.new(algorithm, content).hexdigest() == there.hashes[algorithm]
        return self.download(there) == content

    def upload(self, file: PackageFile) -> None:
        """Upload a file, again where the connection was cut; what got through is no failure.

        Raises:
            OtherContentError: the index has another one of that name.
            RegistryError: it is refused, or the retry budget is spent.
            OSError: the file cannot be read.
        """
        data, content_type = form_of(file, file.path.read_bytes())
        request = RegistryRequest(
            "POST",
            self.index.publish,
            {"Content-Type": content_type},
            body=lambda: io.BytesIO(data),
            size=len(data),
        )
        effort = self._access.effort()
        while True:
            try:
                answer = self._exchange(request, self._authorization())
            except TransientError as trouble:
                effort.pause(trouble)
                # The answer alone may have been lost.
                if self._is_there(file):
                    return
                continue
            # Indexes tell with different statuses that they have the file already.
            if answer.status in _OK or (answer.status not in _REFUSED and self._is_there(file)):
                return
            raise self._error(answer, request)

    def wait_listed(self, file: PackageFile) -> None:
        """Wait until installers see a file that was uploaded.

        Raises:
            RegistryError: the index does not list it within the retry budget.
        """
        effort = self._access.effort()
        while file.path.name not in self.files(file.name):
            reason = f"{self.index} took {file.path.name}, and does not list it yet"
            fix = "the same command again, in a while"
            effort.pause(
                TransientError(reason, RegistryError(reason, where=self.index.simple, fix=fix))
            )

    def _is_there(self, file: PackageFile) -> bool:
        there = self.files(file.name).get(file.path.name)
        if there and not self.has(file, there):
            what = f"{self.index} has {file.path.name} with another content"
            raise OtherContentError(what, where=there.url)
        return there is not None

    def _read(self, request: RegistryRequest) -> RegistryAnswer:
        """Ask without a login, and with one where the index wants it."""
        effort = self._access.effort()
        own = origin_of(request.url) in map(origin_of, (self.index.simple, self.index.publish))
        # A reader's address that is another host's is not told unasked.
        given = self._given and origin_of(request.url) == origin_of(self.index.publish)
        known = given or self._is_looked_up
        authorization = self._authorization() if own and known else ""
        while True:
            try:
                answer = self._exchange(request, authorization)
            except TransientError as trouble:
                effort.pause(trouble)
                continue
            if answer.status == _UNAUTHORIZED and own and not authorization:
                authorization = self._authorization()
                if authorization:
                    continue
            if answer.status in _OK or answer.status in _NOT_FOUND:
                return answer
            raise self._error(answer, request)

    def _authorization(self) -> str:
        found = self.login()
        return found.basic() if found else ""

    def _exchange(self, request: RegistryRequest, authorization: str) -> RegistryAnswer:
        try:
            answer = self._access.transport.exchange(request, authorization)
        except RegistryUnavailableError as error:
            raise self._unavailable(error) from error
        except TransientError as trouble:
            raise TransientError(
                trouble.reason, self._unavailable(trouble.final), lost=trouble.lost
            ) from trouble
        if answer.status in TRANSIENT:
            raise TransientError(
                f"{self.index} answered with status {answer.status}",
                self._error(answer, request),
                wait=retry_after(answer.headers, time.time()),
                busy=answer.status in _BUSY,
            )
        return answer

    def _unavailable(self, error: RegistryError) -> RegistryUnavailableError:
        return RegistryUnavailableError(
            error.what,
            where=error.where,
            fix=f"check that {self.index} runs, and its addresses in repo_config.yaml",
        )

    def _error(self, answer: RegistryAnswer, request: RegistryRequest) -> RegistryError:
        said = self._said(answer)
        end = f": {said}" if said else ""
        if answer.status in _REFUSED:
            return self._not_authorized(answer, request, end)
        fix = "correct what the index says, then the same command again"
        if answer.status >= _FIRST_SERVER_ERROR or answer.status in TRANSIENT:
            fix = "the same command again later, or tell those who run the index"
        elif answer.status in _NOT_FOUND or answer.status < _FIRST_ERROR:
            fix = f"correct the addresses of {self.index} in repo_config.yaml"
        return RegistryError(
            f"{self.index} refused with status {answer.status}{end}",
            status=answer.status,
            where=shown(request),
            fix=fix,
        )

    def _not_authorized(
        self, answer: RegistryAnswer, request: RegistryRequest, end: str
    ) -> NotAuthorizedError:
        known = self._login is not None
        what = "does not allow this with the login that is given" if known else "needs a login"
        service = self.index.publish or self.index.simple
        return NotAuthorizedError(
            f"{self.index} ({urlsplit(request.url).netloc}) {what}{end}",
            status=answer.status,
            where=shown(request),
            fix=f"keyring set {service} USER   (or --username USER --password-stdin)",
        )

    def _said(self, answer: RegistryAnswer) -> str:
        """An index's reason on one line, without the password, which some repeat."""
        # Imported here: most answers are no refusals.
        import html

        text = _MARKUP.sub(" ", answer.content.decode(errors="replace"))
        text = " ".join(html.unescape(text).split())
        if self._login and self._login.password:
            text = text.replace(self._login.password, "***")
        return "".join(one for one in text if one.isprintable())[:_LONGEST]
