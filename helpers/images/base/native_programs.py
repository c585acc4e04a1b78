"""Let this machine's programs make a base image for another architecture: they are not emulated."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.images.base.recipe import BaseRecipe
from helpers.system.process import reading, run

# What scripts of packages start most often; the folder that is searched first has no such names.
_PROGRAMS = (
    *("basename", "cat", "chmod", "chown", "cp", "dirname", "dpkg-deb", "dpkg-split", "find"),
    *("grep", "ln", "ls", "mkdir", "mv", "readlink", "rm", "sed", "tar", "test"),
)
# They find their loader and libraries by links at the usual places. dpkg knows its architecture by
# a constant alone: in a copy, that is the image's.
_LINK = """\
set -e
cd "$1"
[ -L lib ] || exit 0 # Debian 12 moves its libraries later
for library in run/native/usr/lib/*-linux-gnu run/native/usr/lib/ld-linux*; do
    if [ -e "$library" ]; then ln -s "/$library" usr/lib/; fi
done
if [ ! -e lib64 ]; then ln -s usr/lib64 . && ln -s /run/native/usr/lib64 usr/; fi
if own=$(chroot . /run/native/usr/bin/dpkg --print-architecture); then
    for program in PROGRAMS; do ln -s "/run/native/usr/bin/$program" usr/sbin/; done
    LC_ALL=C sed "s/\\x00$own\\x00/\\x00ARCHITECTURE\\x00/" run/native/usr/bin/dpkg >run/native/dpkg
    chmod +x run/native/dpkg
    if [ "$(chroot . /run/native/dpkg --print-architecture)" = ARCHITECTURE ]; then
        ln -s /run/native/dpkg usr/sbin/
    fi
    touch run/native/works
fi
"""
# Scripts name some by their paths: the image's own stands beside meanwhile.
_DIVERT = """\
set -e
program=/usr/bin/PROGRAM
if [ -e "$1/run/native/works" ] && [ -x "$1/run/native$program" ]; then
    chroot "$1" dpkg-divert --quiet --local --rename --divert "$program.own" --add "$program"
    ln -s "/run/native$program" "$1$program"
fi
"""
_RESTORE = """\
set -e
cd "$1"
for own in usr/bin/*.own; do
    if [ -e "$own" ]; then
        rm "${own%.own}"
        chroot . dpkg-divert --quiet --local --rename --remove "/${own%.own}"
        cp -p var/lib/dpkg/diversions var/lib/dpkg/diversions-old
    fi
done
if [ -L usr/lib64 ]; then rm lib64 usr/lib64; fi
find usr/lib usr/sbin -maxdepth 1 -lname '/run/native/*' -delete
rm -rf run/native
"""


@contextmanager
def native_programs(recipe: BaseRecipe, folder: Path) -> Iterator[list[str]]:
    """Options of mmdebstrap by which a recipe's programs do what would be emulated."""
    if not recipe.programs:
        yield []
        return
    archive = folder / f"{recipe.key}.programs.tar"
    container = run(["docker", "create", recipe.programs, "true"]).stdout.strip()
    try:
        # Not all of it: only root may make devices.
        with (
            reading(["docker", "cp", f"{container}:/usr", "-"]) as pieces,
            archive.open("wb") as file,
        ):
            file.writelines(pieces)
        yield _options(archive, recipe)
    finally:
        run(["docker", "rm", container], check=False)
        archive.unlink(missing_ok=True)


def _options(archive: Path, recipe: BaseRecipe) -> list[str]:
    link = _LINK.replace("PROGRAMS", " ".join(_PROGRAMS))
    # It compiles what is installed; byte code is the same for all architectures.
    python = "python" + ".".join(recipe.python.split(".")[:2])
    return [
        '--extract-hook=mkdir "$1/run/native"',
        f"--extract-hook=tar-in {shlex.quote(str(archive))} /run/native",
        f"--extract-hook={link.replace('ARCHITECTURE', recipe.architecture)}",
        f"--extract-hook={_DIVERT.replace('PROGRAM', 'perl')}",
        f"--essential-hook={_DIVERT.replace('PROGRAM', python)}",
        f"--customize-hook={_RESTORE}",
    ]
