"""Hash what an image is made from: all of it as one, and each part of it by itself."""

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from helpers.images.building.prod_code import ProdCode
from helpers.model.dataclass import dataclass
from helpers.model.images.parts import (
    CODE,
    FILES,
    INDEX,
    METADATA,
    PACKAGES,
    SETTINGS,
    TOOLCHAIN,
    WHEEL,
)
from helpers.model.names import digest_of
from helpers.vcs.git import Commit

_LENGTH = 16


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What an image is made from, the base image excepted.

    Attributes:
        names: the repo's name, and the dir's in it.
        packages: what its packages are locked to; empty where a Dockerfile of the dir's own counts.
        settings: everything else that is said of it in a few words.
        files: the states of what a Dockerfile copies or runs: the toolchain's, or with a Dockerfile
            of its own everything in the dir.
        own: whether the Dockerfile is the dir's own.
        release_version: of the code, which the image says; empty: it is not released.
    """

    names: tuple[str, str]
    packages: str
    settings: Sequence[str]
    files: bytes
    own: bool
    code: ProdCode | None
    commit: Commit | None
    release_version: str = ""

    def digest(self) -> str:
        """One hash; images for others are also made from the commit that they name."""
        texts = [*self.names, *([] if self.own else [self.packages]), *self.settings]
        texts += [self.code.content] if self.code else []
        texts += [repr(self.commit)] if self.commit else []
        texts += [self.release_version] if self.release_version else []
        return hashlib.sha256(self.files + os.fsencode("\0".join(texts))).hexdigest()

    def parts(self) -> Mapping[str, str]:
        """A hash of each part, by its name.

        Which commit the files are from does not count, and neither does the version that it gives.
        Of published code the versions stand beside the hashes.
        """
        found = {
            SETTINGS: digest_of("\0".join([*self.names, *self.settings]), _LENGTH),
            FILES if self.own else TOOLCHAIN: hashlib.sha256(self.files).hexdigest()[:_LENGTH],
        }
        if not self.own:
            found[PACKAGES] = digest_of(self.packages, _LENGTH)
        if self.code and self.code.wheel:
            found[WHEEL] = digest_of(self.code.wheel.code, _LENGTH)
        elif self.code and self.code.published:
            found[INDEX] = str(self.code.published)
        elif self.code:
            for place, paths in self.code.places.items():
                lines = (f"{path}\0{self.code.files[path]}" for path in paths)
                found[f"{CODE}{place}"] = digest_of("\n".join(lines), _LENGTH)
        if self.code and self.code.state:
            found[METADATA] = digest_of(self.code.state, _LENGTH)
        return found


def file_states(root: Path, names: Iterable[str]) -> bytes:
    """What a build sees of files, by their names relative to `root`."""
    return b"".join(os.fsencode(f"{name}\0{_state(root / name)}\n") for name in names)


def _state(path: Path) -> str:
    """What a build sees of a file: a link's target, its mode and content."""
    link = f"link {path.readlink()} " if path.is_symlink() else ""
    if not path.is_file():
        return link
    mode = "x" if path.stat().st_mode & stat.S_IXUSR else "-"
    return f"{link}{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
