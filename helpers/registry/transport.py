"""One exchange with a registry over HTTP: trust, proxies, redirects, and what may go wrong."""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from helpers.model.dataclass import dataclass
from helpers.registry.errors import RegistryError, RegistryUnavailableError, TransientError
from helpers.registry.proxies import is_loopback, proxy_for
from helpers.registry.retry_budget import RetryBudget
from helpers.registry.trust import Trust

if TYPE_CHECKING:
    import urllib3

_PORTS = {"https": 443, "http": 80}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_OK = 200
_PROBE_SECONDS = 5.0
_CONNECTIONS = 16
_BLOCK = 1024 * 1024
_FIX = "check that the registry runs and that its host and port are right"


@dataclass(frozen=True, slots=True)
class RegistryRequest:
    """What is asked.

    Attributes:
        url: an address, or a path on the registry.
        body: opens what is sent; called for each attempt.
        size: bytes of it that are sent.
        digest: what the answer's content must have; empty where any will do.
        into: opens what the content of a good answer is written to, instead of being kept.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Callable[[], BinaryIO] | None = None
    size: int = 0
    digest: str = ""
    into: Callable[[], BinaryIO] | None = None


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What came back; the names of headers are those of `RegistryRequest`, in any case.

    Attributes:
        url: where it came from, after redirects.
        digest: the hash of what was written elsewhere (hexadecimal); empty: the content is here.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    url: str
    digest: str = ""


class Transport:
    """Speaks HTTP with all registries; safe to use from several threads."""

    def __init__(self, trust: Trust, environment: Mapping[str, str], budget: RetryBudget) -> None:
        self._trust = trust
        self._environment = environment
        self._budget = budget
        self._lock = threading.Lock()
        self._pools: dict[str, urllib3.PoolManager] = {}
        self._origins: dict[str, str] = {}
        self._reached: set[str] = set()

    def origin(self, host: str) -> str:
        """The address of a host: plain HTTP on this machine where HTTPS does not answer."""
        with self._lock:
            known = self._origins.get(host)
        if known:
            return known
        if not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return self._keep_origin(host, f"https://{host}")
        answers = self._answers_tls(host)
        if answers is None:
            # Nothing answers at all, which is said by whoever asks there.
            return f"http://{host}"
        return self._keep_origin(host, f"{'https' if answers else 'http'}://{host}")

    def _keep_origin(self, host: str, origin: str) -> str:
        with self._lock:
            self._origins[host] = origin
        return origin

    @staticmethod
    def _answers_tls(host: str) -> bool | None:
        """Whether a host speaks TLS; None where no one listens."""
        parts = urlsplit(f"https://{host}")
        name = parts.hostname or ""
        # Nothing is said there, so nothing is trusted: to read the system's authorities takes
        # longer than several requests.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with (
                socket.create_connection(
                    (name, parts.port or _PORTS["https"]), _PROBE_SECONDS
                ) as raw,
                context.wrap_socket(raw, server_hostname=name),
            ):
                return True
        except (ssl.SSLError, ConnectionResetError, TimeoutError):
            return False
        except OSError:
            return None

    def exchange(
        self, request: RegistryRequest, authorization: str = "", header: str = "Authorization"
    ) -> RegistryAnswer:
        """One request and its answer, whatever its status; redirects of reads are followed.

        Args:
            authorization: is told to no other host.
            header: has it.

        Raises:
            TransientError: no whole answer came, and may the next time.
            RegistryError: none came, and none will.
        """
        url = request.url
        headers = {**request.headers, "User-Agent": "helpers"}
        for _ in range(_MOST_REDIRECTS):
            trusted = origin_of(url) == origin_of(request.url)
            secret = {header: authorization} if authorization and trusted else {}
            answer = self._exchange_once(request, url, {**headers, **secret})
            target = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not target or request.body:
                return answer
            url = self._redirected(url, target)
        raise RegistryError(
            f"{urlsplit(request.url).netloc} redirects in a loop", where=shown(request)
        )

    @staticmethod
    def _redirected(url: str, target: str) -> str:
        found = urljoin(url, target)
        if url.startswith("https:") and not found.startswith("https:"):
            raise RegistryError(
                f"{urlsplit(url).netloc} redirects to an address without encryption",
                where=_without_query(found),
            )
        return found

    def _exchange_once(
        self, request: RegistryRequest, url: str, headers: Mapping[str, str]
    ) -> RegistryAnswer:
        # Imported here: who only lists tasks does not pay for it.
        import urllib3

        pool = self._pool(url)
        body = request.body() if request.body else None
        sized = {"Content-Length": str(request.size)} if body else {}
        try:
            response = pool.request(
                request.method,
                url,
                body=body,
                headers={**headers, **sized},
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self._budget.connect, read=self._budget.read),
            )
            try:
                kept = request.into is None or response.status != _OK
                content = response.read(decode_content=False) if kept else b""
                digest = "" if kept else _write(response, request)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise self._failure(error, request, url) from error
        finally:
            if body:
                body.close()
        self._reached.add(origin_of(url))
        return RegistryAnswer(response.status, response.headers, content, url, digest)

    def _pool(self, url: str) -> "urllib3.PoolManager":
        import urllib3

        origin = origin_of(url)
        with self._lock:
            if origin not in self._pools:
                parts = urlsplit(url)
                proxy = self._proxy(url)
                settings: dict[str, Any] = {"maxsize": _CONNECTIONS, "blocksize": _BLOCK}
                if parts.scheme == "https":
                    settings["ssl_context"] = self._trust.context(parts.netloc)
                self._pools[origin] = (
                    _through(proxy, settings) if proxy else urllib3.PoolManager(**settings)
                )
            return self._pools[origin]

    def _proxy(self, url: str) -> str:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        return proxy_for(parts.scheme, parts.hostname or "", port, self._environment)

    def _failure(self, error: Exception, request: RegistryRequest, url: str) -> Exception:
        """What an exchange that brought no answer means."""
        from urllib3 import exceptions

        host = urlsplit(url).netloc
        where = shown(request)
        if isinstance(error, exceptions.SSLError):
            refused = _untrusted(error, host, where)
            if refused:
                return refused
        if isinstance(error, exceptions.ProxyError):
            proxy = urlsplit(self._proxy(url))
            final = RegistryUnavailableError(
                f"the proxy for {host} cannot connect to it",
                where=f"{proxy.hostname}:{proxy.port or _PORTS.get(proxy.scheme, '')}, {where}",
                fix="correct HTTPS_PROXY, or add the host to NO_PROXY",
            )
            reason = f"the proxy for {host} failed"
            return self._if_reached(url, TransientError(reason, final))
        reason, lost = self._reason(error, host)
        final = RegistryUnavailableError(reason, where=where, fix=_FIX)
        trouble = TransientError(reason, final, lost=lost)
        if isinstance(error, exceptions.NewConnectionError):
            return self._if_reached(url, trouble)
        return trouble

    def _if_reached(self, url: str, trouble: TransientError) -> Exception:
        """A host that never answered will not answer the next attempt either."""
        return trouble if origin_of(url) in self._reached else trouble.final

    def _reason(self, error: Exception, host: str) -> tuple[str, float]:
        """What happened, and the seconds that were spent waiting for it."""
        from urllib3 import exceptions

        if isinstance(error, exceptions.NameResolutionError):
            return f"there is no host {host.partition(':')[0]}", 0
        if isinstance(error, exceptions.NewConnectionError):
            return f"{host} refuses connections", 0
        if isinstance(error, exceptions.ConnectTimeoutError):
            return f"{host} does not answer", self._budget.connect
        if isinstance(error, exceptions.TimeoutError):
            return f"{host} stopped answering", self._budget.read
        return f"{host} closed the connection", 0


def _write(response: "urllib3.BaseHTTPResponse", request: RegistryRequest) -> str:
    """Write the content of an answer to where the request wants it; return its hash."""
    import hashlib

    assert request.into is not None
    found = hashlib.new(request.digest.partition(":")[0])
    with request.into() as file:
        for block in response.stream(_BLOCK, decode_content=False):
            found.update(block)
            file.write(block)
    return found.hexdigest()


def _through(proxy: str, settings: Mapping[str, Any]) -> "urllib3.PoolManager":
    """A pool whose connections go through a proxy, whose address may have a login.

    Raises:
        RegistryError: it is no address of a proxy.
    """
    from urllib.parse import unquote

    import urllib3

    try:
        parts = urlsplit(proxy)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not host:
        raise RegistryError(
            "the environment names a proxy that cannot be used",
            where="HTTPS_PROXY or HTTP_PROXY",
            fix="name it as http://<host>:<port>",
        )
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port or _PORTS[parts.scheme]}",
        proxy_headers=urllib3.make_headers(proxy_basic_auth=login),
        proxy_ssl_context=settings.get("ssl_context"),
        **settings,
    )


def _untrusted(error: Exception, host: str, where: str) -> RegistryError | None:
    """The error for an untrusted certificate; None if TLS failed otherwise."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return RegistryError(
            f"the certificate of {host} is not trusted: {cause.verify_message}",
            where=where,
            fix="name the bundle of its authority as 'certificates' in repo_config.yaml",
        )
    return None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def shown(request: RegistryRequest) -> str:
    """A request as an error names it: without what follows the path, which may be secret."""
    return f"{request.method} {_without_query(request.url)}"


def _without_query(url: str) -> str:
    return url.partition("?")[0]
