"""What is in an image, without starting it: a container that never runs is read as an archive."""

import hashlib
import secrets
import tarfile
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import read_file, remove_container
from helpers.model.dataclass import dataclass
from helpers.model.images.files import FileEntry, FileKind

_PIECE = 1 << 20
_KINDS = {
    tarfile.REGTYPE: FileKind.FILE,
    tarfile.AREGTYPE: FileKind.FILE,
    tarfile.DIRTYPE: FileKind.FOLDER,
    tarfile.SYMTYPE: FileKind.LINK,
    tarfile.LNKTYPE: FileKind.HARD_LINK,
}


@dataclass(frozen=True, slots=True)
class ImageContents:
    """The files of an image in the order of its archive, and what those that were asked for hold.

    Attributes:
        texts: content by absolute path.
    """

    entries: tuple[FileEntry, ...]
    texts: Mapping[str, bytes]


def read_image(
    client: Client,
    image: str,
    owner: Mapping[str, str],
    wanted: Callable[[str], bool],
    *,
    checksums: bool = False,
) -> ImageContents:
    """Read an image's files; its architecture does not matter, since nothing of it runs.

    Args:
        image: name or id.
        owner: the labels by which the container is found when this process is killed.
        wanted: says by absolute path which files' content is kept.
        checksums: those of all files, too.

    Raises:
        EngineError: there is no such image, or the engine stops answering.
    """
    entries: list[FileEntry] = []
    texts: dict[str, bytes] = {}
    with (
        _unstarted(client, image, owner) as container,
        client.reading(f"/containers/{container}/export") as answer,
    ):
        try:
            for entry, content in _members(cast(IO[bytes], answer), wanted, checksums):
                entries.append(entry)
                if content is not None:
                    texts[entry.path] = content
        except tarfile.TarError as error:
            raise EngineError(
                f"the engine's archive of the image cannot be read: {error}", where=image
            ) from error
        _follow_hard_links(client, container, entries, texts, wanted)
    return ImageContents(tuple(entries), texts)


@contextmanager
def _unstarted(client: Client, image: str, owner: Mapping[str, str]) -> Iterator[str]:
    """A container of the image that is never started, and is gone after the context."""
    details = client.call("GET", f"/images/{urllib.parse.quote(image)}/json")
    body = {
        "Image": image,
        # Never run; the engine makes no container without a command.
        "Entrypoint": [],
        "Cmd": ["/never-run"],
        "Labels": dict(owner),
        "HostConfig": {"NetworkMode": "none"},
    }
    query = {"name": f"helpers-inspection-{secrets.token_hex(4)}", "platform": _platform(details)}
    container = str(client.call("POST", "/containers/create", query=query, body=body)["Id"])
    try:
        yield container
    finally:
        remove_container(client, container)


def _platform(details: Any) -> str:
    parts = (details.get("Os"), details.get("Architecture"), details.get("Variant"))
    return "/".join(part for part in parts if part)


def _members(
    archive: IO[bytes], wanted: Callable[[str], bool], checksums: bool
) -> Iterator[tuple[FileEntry, bytes | None]]:
    with tarfile.open(
        fileobj=archive, mode="r|", bufsize=_PIECE, encoding="utf-8", errors="replace"
    ) as tar:
        for info in tar:
            path = "/" + info.name.removeprefix("./").strip("/")
            file = tar.extractfile(info) if info.isreg() else None
            content = file.read() if file and wanted(path) else None
            checksum = ""
            if checksums and file:
                checksum = _checksum(file) if content is None else _digest(content).hexdigest()
            yield _entry(info, path, checksum), content


def _entry(info: tarfile.TarInfo, path: str, checksum: str) -> FileEntry:
    kind = _KINDS.get(info.type, FileKind.OTHER)
    target = info.linkname
    if kind is FileKind.HARD_LINK:
        target = "/" + target.removeprefix("./").lstrip("/")
    size = info.size if kind is FileKind.FILE else 0
    return FileEntry(path, size, info.mode & 0o7777, kind, target, checksum)


def _checksum(file: IO[bytes]) -> str:
    digest = _digest()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _digest(content: bytes = b"") -> "hashlib.blake2b":
    return hashlib.blake2b(content, digest_size=16)


def _follow_hard_links(
    client: Client,
    container: str,
    entries: list[FileEntry],
    texts: dict[str, bytes],
    wanted: Callable[[str], bool],
) -> None:
    """Add the content of wanted files that the archive holds under another name alone."""
    for entry in entries:
        if entry.kind is FileKind.HARD_LINK and wanted(entry.path):
            content = texts.get(entry.target)
            if content is None:
                content = read_file(client, container, entry.target)
            if content is not None:
                texts[entry.path] = content
