"""A registry in memory, for tests of what is asked of one."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from helpers.model.descriptor import OCI_INDEX, Descriptor, digest_of
from helpers.registry.errors import RegistryError


class MemoryRepository:
    """A repository of a registry, in memory: manifests by digest, and tags that name them."""

    every: ClassVar[dict[str, "MemoryRepository"]] = {}
    name: str
    manifests: dict[str, bytes]
    named: dict[str, str]
    written: list[str]
    read: list[str]
    refused: str

    def __new__(cls, name: str, _: object = None) -> "MemoryRepository":
        if name not in cls.every:
            made = cls.every[name] = super().__new__(cls)
            made.name, made.manifests, made.named, made.refused = name, {}, {}, ""
            made.written, made.read = [], []
        return cls.every[name]

    def resolve(self, tag: str) -> Descriptor | None:
        digest = self.named.get(tag, tag)
        content = self.manifests.get(digest)
        return None if content is None else Descriptor(OCI_INDEX, digest, len(content))

    def manifest(self, tag: str) -> tuple[Descriptor, bytes] | None:
        self.read.append(tag)
        found = self.resolve(tag)
        return (found, self.manifests[found.digest]) if found else None

    def blob(self, digest: str) -> bytes:
        return self.manifests[digest]

    def put_manifest(self, content: bytes, _: str, tag: str = "") -> str:
        if tag and tag == self.refused:
            raise RegistryError("refused")
        digest = digest_of(content)
        self.manifests[digest] = content
        self.written.append(tag)
        if tag:
            self.named[tag] = digest
        return digest

    def tags(self) -> list[str]:
        return list(self.named)

    def put_note(self, kind: str, annotations: Mapping[str, str], tag: str, **_: bool) -> str:
        return self.put_manifest(json.dumps({"annotations": dict(annotations)}).encode(), kind, tag)

    def note(self, tag: str) -> dict[str, str]:
        found = self.manifest(tag)
        return json.loads(found[1])["annotations"] if found else {}

    def check_push(self) -> None:
        if self.refused == "push":
            raise RegistryError("no login")

    def now(self) -> datetime:
        return datetime.now(UTC)
