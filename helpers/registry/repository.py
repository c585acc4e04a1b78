"""One repository in a registry: its manifests, tags and blobs."""

import io
import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

from helpers.model.descriptor import INDEXES, MANIFESTS, OCI_MANIFEST, Descriptor, digest_of
from helpers.model.documents.parsing import load_json
from helpers.registry.access import Access
from helpers.registry.errors import RegistryError
from helpers.registry.names import read_name
from helpers.registry.session import RegistrySession
from helpers.registry.transport import RegistryAnswer, RegistryRequest, origin_of
from helpers.registry.uploads import PUSH, Content, is_there, send

WITHDRAWN = "application/vnd.helpers.withdrawn"
_PULL = "pull"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
_EMPTY = b"{}"
_OK = 200
_CREATED = 201
_ACCEPTED = 202
_UNAUTHORIZED = 401
_NOT_FOUND = frozenset({404})
# Ways in which registries say that they lack what a manifest names.
_LACKS_CONTENT = frozenset({400, 404})
# Ways in which registries say that they have no such method.
_UNSUPPORTED = frozenset({400, 405, 501})
_ACCEPT = {"Accept": ", ".join(sorted(INDEXES | MANIFESTS))}
_TAGS_AT_ONCE = 1000
_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_NEXT_PAGE = re.compile(r"<([^>]+)>[^,]*\brel=\"?next\b")


class Repository:
    """A repository of a registry; safe to use from several threads.

    All methods raise RegistryError where the registry refuses or cannot be reached, unless said
    otherwise.
    """

    def __init__(self, name: str, access: Access) -> None:
        """Name it; nothing is asked yet.

        Args:
            name: `<host>[:<port>]/<path>`; without a host it is the hub's, as for Docker.

        Raises:
            RegistryError: it is no name of a repository.
        """
        self.name = read_name(name)
        self._session = RegistrySession(self.name, access)
        self._url = f"/v2/{self.name.path}/"

    def __repr__(self) -> str:
        return f"Repository({str(self.name)!r})"

    def check_answers(self) -> None:
        """Make sure that a registry answers there, whatever it then allows; asked once."""
        self._session.ask_once(RegistryRequest("GET", "/v2/"), also={401, 403, 404})

    # --- Manifests ------------------------------------------------------------------------------

    def resolve(self, reference: str) -> Descriptor | None:
        """What a tag or digest names; None where there is no such tag, digest or repository."""
        request = RegistryRequest("HEAD", self._manifest_url(reference), _ACCEPT)
        answer = self._session.ask(request, _PULL, also=_NOT_FOUND | _UNSUPPORTED)
        if answer.status in _NOT_FOUND:
            return None
        found = _described(answer) if answer.status == _OK else None
        if found:
            return found
        got = self.manifest(reference)
        return got[0] if got else None

    def manifest(self, reference: str) -> tuple[Descriptor, bytes] | None:
        """The manifest or index that a tag or digest names, its digest verified, or None."""
        digest = reference if _DIGEST.fullmatch(reference) else ""
        request = RegistryRequest("GET", self._manifest_url(reference), _ACCEPT, digest=digest)
        answer = self._session.ask(request, _PULL, also=_NOT_FOUND)
        if answer.status in _NOT_FOUND:
            return None
        media_type = _media_type(answer)
        if not media_type:
            raise self._session.error(answer, request)
        found = digest or digest_of(answer.content)
        said = answer.headers.get("Docker-Content-Digest") or found
        if said != found and said.startswith("sha256:"):
            raise RegistryError(
                f"{self.name.registry} gave a manifest whose digest does not match",
                where=f"{self.name}:{reference}",
                fix="push it again",
            )
        return Descriptor(media_type, found, len(answer.content)), answer.content

    def remove_tag(self, tag: str) -> bool:
        """Let a tag name nothing; False where the registry deletes nothing.

        The tag names a manifest of its own first: registries that delete by digest alone, or more
        than the tag that is named, then touch nothing else. Where none is deleted the tag names
        that manifest, which no engine can run.
        """
        digest = self.put_note(WITHDRAWN, {"org.helpers.withdrawn": tag}, tag)
        for reference in (tag, digest):
            self.delete(reference)
            if self.resolve(tag) is None:
                return True
        return False

    def put_note(
        self,
        kind: str,
        annotations: Mapping[str, str],
        tag: str,
        *,
        about: Descriptor | None = None,
        again: bool = False,
    ) -> str:
        """Put a manifest that holds nothing but annotations, under a tag; return its digest.

        Args:
            about: the image that it is about, for programs that look for what refers to one.
            again: there is a note already, whose content, which is empty, need not be looked for.
        """
        digest = digest_of(_EMPTY) if again else self.upload_bytes(_EMPTY)
        empty = {"mediaType": _EMPTY_TYPE, "digest": digest, "size": len(_EMPTY)}
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": kind,
            "config": empty,
            "layers": [empty],
            "annotations": dict(annotations),
        }
        if about:
            manifest["subject"] = about.as_json()
        content = json.dumps(manifest).encode()
        try:
            return self.put_manifest(content, OCI_MANIFEST, tag)
        except RegistryError as error:
            # Some registries throw away what only tags that moved on have named.
            if not again or error.status not in _LACKS_CONTENT:
                raise
        self.upload_bytes(_EMPTY)
        return self.put_manifest(content, OCI_MANIFEST, tag)

    def note(self, tag: str) -> dict[str, str]:
        """The annotations of what a tag names; none where there is no such tag."""
        found = self.manifest(tag)
        try:
            annotations: Any = load_json(found[1]).get("annotations") if found else {}
            return {str(name): str(value) for name, value in (annotations or {}).items()}
        except (AttributeError, ValueError):
            return {}

    def put_manifest(self, content: bytes, media_type: str, tag: str = "") -> str:
        """Put a manifest or index, under a tag, or by its digest alone; return the digest."""
        digest = digest_of(content)
        request = RegistryRequest(
            "PUT",
            self._manifest_url(tag or digest),
            {"Content-Type": media_type},
            body=lambda: io.BytesIO(content),
            size=len(content),
        )
        answer = self._session.ask(request, PUSH)
        if answer.status != _CREATED:
            raise self._session.error(answer, request)
        said = answer.headers.get("Docker-Content-Digest") or digest
        if said != digest:
            raise RegistryError(
                f"{self.name.registry} stored a changed manifest",
                where=f"{self.name}:{tag or digest}\nsent: {digest}\nkept: {said}",
                fix="configure the proxy in front of the registry not to change content",
            )
        return digest

    def delete(self, reference: str) -> bool:
        """Delete a tag or manifest, or find it gone; False where the registry does not do that."""
        request = RegistryRequest("DELETE", self._manifest_url(reference))
        answer = self._session.ask(request, "delete", also=_NOT_FOUND | _UNSUPPORTED)
        return answer.status not in _UNSUPPORTED

    def tags(self) -> list[str]:
        """All tags, in the registry's order; none where there is no such repository."""
        found: list[str] = []
        url = f"{self._url}tags/list?n={_TAGS_AT_ONCE}"
        seen = {url}
        while url:
            request = RegistryRequest("GET", url)
            answer = self._session.ask(request, _PULL, also=_NOT_FOUND)
            if answer.status in _NOT_FOUND:
                return found
            found += self._tags_of(answer, request)
            url = _next_page(answer)
            if url in seen:
                raise self._session.error(answer, request)
            seen.add(url)
        return list(dict.fromkeys(found))

    def _tags_of(self, answer: RegistryAnswer, request: RegistryRequest) -> list[str]:
        try:
            return [str(tag) for tag in load_json(answer.content)["tags"] or ()]
        except (KeyError, TypeError, ValueError):
            raise self._session.error(answer, request) from None

    def _manifest_url(self, reference: str) -> str:
        if not _DIGEST.fullmatch(reference) and not _TAG.fullmatch(reference):
            raise RegistryError(
                "this is neither a tag nor a digest", where=f"{self.name}: {reference!r}"
            )
        return f"{self._url}manifests/{reference}"

    # --- Blobs ----------------------------------------------------------------------------------

    def has_blob(self, digest: str) -> bool:
        """Whether the repository has a blob."""
        return is_there(self._session, self._blob_url(digest))

    def blob(self, digest: str) -> bytes:
        """A blob's content, its digest verified."""
        request = RegistryRequest("GET", self._blob_url(digest), digest=digest)
        answer = self._session.ask(request, _PULL, also=_NOT_FOUND)
        if answer.status in _NOT_FOUND:
            raise RegistryError(f"{self.name} has no such blob", status=answer.status, where=digest)
        return answer.content

    def download(self, digest: str, path: Path) -> None:
        """Write a blob to a file, its digest verified.

        Raises:
            RegistryError: there is none, or the registry refuses.
            OSError: the file cannot be written.
        """
        url = self._blob_url(digest)
        request = RegistryRequest("GET", url, digest=digest, into=lambda: path.open("wb"))
        answer = self._session.ask(request, _PULL, also=_NOT_FOUND)
        if answer.status in _NOT_FOUND:
            raise RegistryError(f"{self.name} has no such blob", status=answer.status, where=digest)

    def upload(self, open: Callable[[], BinaryIO], digest: str, size: int) -> bool:
        """Upload a file as a blob; return whether it had to be sent.

        Args:
            open: opens the file; called for each attempt.

        Raises:
            RegistryError: it is refused, or the retry budget is spent.
            OSError: the file cannot be read.
        """
        return self._upload(Content(open, digest, size))

    def upload_bytes(self, content: bytes) -> str:
        """Upload a blob unless it is there; return its digest."""
        digest = digest_of(content)
        self._upload(Content(lambda: io.BytesIO(content), digest, len(content)))
        return digest

    def _upload(self, content: Content) -> bool:
        if self.has_blob(content.digest):
            return False
        send(self._session, f"{self._url}blobs/", content)
        return True

    def check_push(self) -> None:
        """Make sure that the registry answers, and knows this login; nothing is sent to it."""
        request = RegistryRequest("HEAD", self._blob_url(digest_of(_EMPTY)))
        self._session.ask(request, PUSH, also=_NOT_FOUND)

    def mount(self, digest: str, source_repository: str) -> bool:
        """Take a blob over from another repository; False where it has to be uploaded.

        Args:
            source_repository: its whole name, as that of this one.
        """
        source = read_name(source_repository)
        if source.registry != self.name.registry:
            return False
        target = f"{self._url}blobs/uploads/?mount={digest}&from={source.path}"
        request = RegistryRequest("POST", target)
        answer = self._session.ask(
            request, PUSH, f"{source.path}:{_PULL}", also=_NOT_FOUND | _UNSUPPORTED
        )
        begun = answer.headers.get("Location")
        if answer.status == _ACCEPTED and begun:
            # The registry began an upload instead, which no one will go on with.
            cancel = RegistryRequest("DELETE", urljoin(answer.url, begun))
            self._session.ask(cancel, PUSH, also=_NOT_FOUND | _UNSUPPORTED)
        return answer.status == _CREATED

    def _blob_url(self, digest: str) -> str:
        if not _DIGEST.fullmatch(digest):
            raise RegistryError("this is not a digest", where=f"{self.name}: {digest!r}")
        return f"{self._url}blobs/{digest}"

    # --- The registry ---------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time by the registry's clock, in UTC; its last answer told it."""
        from email.utils import parsedate_to_datetime

        said, at = self._session.heard
        with suppress(ValueError):
            return parsedate_to_datetime(said) + timedelta(seconds=time.monotonic() - at)
        request = RegistryRequest("GET", "/v2/")
        answer = self._session.ask(request, _PULL, also={_UNAUTHORIZED} | _NOT_FOUND)
        try:
            return parsedate_to_datetime(answer.headers.get("Date") or "")
        except ValueError:
            raise self._session.error(answer, request) from None


def _described(answer: RegistryAnswer) -> Descriptor | None:
    """What the headers of an answer without content say; None where that is too little."""
    media_type = answer.headers.get("Content-Type") or ""
    digest = answer.headers.get("Docker-Content-Digest") or ""
    size = answer.headers.get("Content-Length") or ""
    if media_type in INDEXES | MANIFESTS and _DIGEST.fullmatch(digest) and size.isdigit():
        return Descriptor(media_type, digest, int(size))
    return None


def _media_type(answer: RegistryAnswer) -> str:
    """What the answer's content is: as it says itself, else as its header; empty if neither."""
    try:
        content: Any = load_json(answer.content)
        said = content.get("mediaType")
    except (AttributeError, ValueError):
        return ""
    return str(said or answer.headers.get("Content-Type") or "").partition(";")[0].strip()


def _next_page(answer: RegistryAnswer) -> str:
    """The address of the next page, on the same registry; empty after the last."""
    found = _NEXT_PAGE.search(answer.headers.get("Link") or "")
    if not found:
        return ""
    url = urljoin(answer.url, found[1])
    return url if origin_of(url) == origin_of(answer.url) else ""
