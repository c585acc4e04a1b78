"""Packs a conda channel. Run by the Python of an environment with py-rattler-build: the standard
library and that alone.

usage: conda_packing.py CHANNEL PYTHON_FILES PYTHON_VERSION SITE_PACKAGES COMPILED

PYTHON_FILES holds `bin` and `lib` of a Python of Debian's, SITE_PACKAGES what pip installed there,
COMPILED files for each platform, if it is there.
"""

import asyncio
import os
import re
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from rattler.index import index_fs
from rattler_build import FileEntry, assemble_package

PLATFORMS = ("linux-64", "linux-aarch64")
_NAME = re.compile(r"[\w.-]*\w")
_ACTIVATE = 'export GEO_DATA="${CONDA_PREFIX}/share/geo data"\nexport GEO_PRICE="5 $ \\"each\\""\n'
_LINKED = '#!/bin/bash\nset -eu\necho "${PKG_NAME} ${PKG_VERSION}" > "${PREFIX}/share/linked.txt"\n'


def pack(channel: Path, name: str, version: str, platform: str, **more: Any) -> None:
    """Put a package into a channel; `tree`: its files, `texts`: further ones by their paths."""
    tree, texts = more.pop("tree", None), more.pop("texts", {})
    with tempfile.TemporaryDirectory() as made:
        entries = []
        if tree:
            entries += [(path, path.relative_to(tree)) for path in sorted(tree.rglob("*"))]
        for place, text in texts.items():
            path = Path(made, place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if place.startswith("bin/") else 0o644)
            entries.append((path, Path(place)))
        files = [
            FileEntry.from_paths(path, place)
            for path, place in entries
            if path.is_symlink() or path.is_file()
        ]
        assemble_package(
            name, version, platform, "0", channel / platform,
            files=files, compression_level=1, **more,
        )  # fmt: skip


def pack_compiled(channel: Path, compiled: Path) -> None:
    """Packages of each platform: a library, one that sets variables, one with a script, two that
    fit no machine.
    """
    for platform in PLATFORMS:
        for version in ("1.0", "1.1"):
            texts = {
                "share/geo data/version.txt": f"{version} {platform}\n",
                "etc/conda/activate.d/geo.sh": _ACTIVATE,
                "bin/geo-info": f"#!/bin/sh\necho geo {version} {platform}\n",
            }
            pack(channel, "geo", version, platform, texts=texts, depends=["__glibc >=2.17"])
        texts = {"share/linky.txt": "x\n", "bin/.linky-post-link.sh": _LINKED}
        if compiled.is_dir():
            pack(channel, "libgeo", "1.0", platform, tree=compiled / platform)
        pack(channel, "linky", "1.0", platform, texts=texts)
        pack(channel, "future", "1.0", platform, texts={"share/f": "x"}, depends=["__glibc >=9"])
        needs = ["__cuda >=12"]
        pack(channel, "gpu", "1.0", platform, texts={"share/gpu": "x"}, depends=needs)


def pack_python(channel: Path, files: Path, version: str) -> None:
    """A Python for this machine's platform, and one for the other that nobody starts."""
    pack(channel, "python", version, PLATFORMS[0], tree=files)
    pack(channel, "python", version, PLATFORMS[1], texts={"share/python.txt": "not run\n"})


def pack_installed(channel: Path, site: Path, python: str) -> None:
    """Each package that pip installed: for all platforms, or as compiled for this machine's."""
    minor = python.rpartition(".")[0]
    names = {_name(one): one for one in metadata.distributions(path=[str(site)])}
    for name, one in names.items():
        paths = [Path(path) for path in one.files or () if _is_packed(site, path)]
        is_pure = "Root-Is-Purelib: true" in (one.read_text("WHEEL") or "")
        below = "site-packages" if is_pure else f"lib/python{minor}/site-packages"
        lines = [line for line in one.requires or () if "extra ==" not in line]
        depends = [f"python{'' if is_pure else f' {minor}.*'}"]
        found = [match[0].lower() for match in map(_NAME.match, lines) if match]
        depends += [need for need in found if need in names]
        if not is_pure:
            # Of others the byte code is made where they are linked.
            compiled = [
                path.parent / "__pycache__" / f"{path.stem}.cpython-*.pyc" for path in paths
            ]
            paths += [
                one.relative_to(site) for pattern in compiled for one in site.glob(str(pattern))
            ]
        with tempfile.TemporaryDirectory() as made:
            for path in paths:
                target = Path(made, below, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(site / path, target)
            more = {"noarch": "python"} if is_pure else {}
            platform = "noarch" if is_pure else PLATFORMS[0]
            pack(channel, name, one.version, platform, tree=Path(made), depends=depends, **more)


def _name(one: metadata.Distribution) -> str:
    return one.name.lower().replace("_", "-")


def _is_packed(site: Path, path: metadata.PackagePath) -> bool:
    return ".." not in path.parts and path.suffix != ".pyc" and (site / path).is_file()


def main(channel: str, files: str, version: str, site: str, compiled: str) -> None:
    """Make the channel."""
    for folder in (*PLATFORMS, "noarch"):
        Path(channel, folder).mkdir(parents=True)
    pack_compiled(Path(channel), Path(compiled))
    pack_python(Path(channel), Path(files), version)
    pack_installed(Path(channel), Path(site), version)
    asyncio.run(index_fs(Path(channel)))


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Threads of rattler's may still run, and now and then kill a Python that ends as usual.
    os._exit(0)
