"""Packs a conda channel. Run by the Python of an environment with py-rattler-build: the standard
library and that alone.

usage: conda_packing.py CHANNEL PYTHON_FILES PYTHON_VERSION SITE_PACKAGES

PYTHON_FILES holds `bin` and `lib` of a Python of Debian's, SITE_PACKAGES what pip installed there.
"""

import asyncio
import csv
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rattler.index import index_fs
from rattler_build import FileEntry, assemble_package

PLATFORMS = ("linux-64", "linux-aarch64")
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


def pack_compiled(channel: Path) -> None:
    """Packages of each platform: one that sets variables, one with a script, one that fits none."""
    for platform in PLATFORMS:
        for version in ("1.0", "1.1"):
            texts = {
                "share/geo data/version.txt": f"{version} {platform}\n",
                "etc/conda/activate.d/geo.sh": _ACTIVATE,
                "bin/geo-info": f"#!/bin/sh\necho geo {version} {platform}\n",
            }
            pack(channel, "geo", version, platform, texts=texts, depends=["__glibc >=2.17"])
        texts = {"share/linky.txt": "x\n", "bin/.linky-post-link.sh": _LINKED}
        pack(channel, "linky", "1.0", platform, texts=texts)
        pack(channel, "future", "1.0", platform, texts={"share/f": "x"}, depends=["__glibc >=9"])
        needs = ["__cuda >=12"]
        pack(channel, "gpu", "1.0", platform, texts={"share/gpu": "x"}, depends=needs)


def pack_python(channel: Path, files: Path, version: str) -> None:
    """A Python for this machine's platform, and one for the other that nobody starts."""
    pack(channel, "python", version, PLATFORMS[0], tree=files)
    pack(channel, "python", version, PLATFORMS[1], texts={"share/python.txt": "not run\n"})


def pack_installed(channel: Path, site: Path) -> None:
    """Each package that pip installed, for all platforms."""
    names = {info.name.partition("-")[0].lower(): info for info in site.glob("*.dist-info")}
    needs: Mapping[str, list[str]] = {"pytest": [name for name in names if name != "pytest"]}
    for name, info in names.items():
        rows = csv.reader((info / "RECORD").read_text(encoding="utf-8").splitlines())
        with tempfile.TemporaryDirectory() as made:
            for path in (row[0] for row in rows if not row[0].startswith("..")):
                if (site / path).is_file() and not path.endswith(".pyc"):
                    target = Path(made, "site-packages", path)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(site / path, target)
            version = info.name.removesuffix(".dist-info").partition("-")[2]
            depends = ["python", *needs.get(name, ())]
            pack(
                channel, name, version, "noarch",
                tree=Path(made), noarch="python", depends=depends,
            )  # fmt: skip


def main(channel: str, files: str, version: str, site: str) -> None:
    """Make the channel."""
    for folder in (*PLATFORMS, "noarch"):
        Path(channel, folder).mkdir(parents=True)
    pack_compiled(Path(channel))
    pack_python(Path(channel), Path(files), version)
    pack_installed(Path(channel), Path(site))
    asyncio.run(index_fs(Path(channel)))


if __name__ == "__main__":
    main(*sys.argv[1:])
    # Threads of rattler's may still run, and now and then kill a Python that ends as usual.
    os._exit(0)
