"""`devops/os_packages.txt` and `devops/dev_os_packages.txt`: Debian packages of a dir's images."""

import re

from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir

FILE_NAME = "os_packages.txt"
# What only building and developing need: in no production image.
DEV_FILE_NAME = "dev_os_packages.txt"
# Debian policy 5.6.7; apt also takes `<name>=<version>` and `<name>:<architecture>`.
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")


def read_os_packages(runnable_dir: RunnableDir, file_name: str = FILE_NAME) -> tuple[str, ...]:
    """The names, sorted, each once; none where there is no such file.

    Raises:
        HelpersError: a line is no name of a package.
    """
    path = runnable_dir.devops / file_name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {file_name}: {error}", where=str(path)) from error
    return parse_os_packages(text, str(path.relative_to(runnable_dir.repo)))


def parse_os_packages(text: str, path: str) -> tuple[str, ...]:
    """Read a list of packages; `path` is for messages alone.

    Raises:
        HelpersError: a line is no name of a package.
    """
    found = set()
    for number, line in enumerate(text.splitlines(), start=1):
        for word in line.partition("#")[0].split():
            if not _PACKAGE.fullmatch(word):
                raise HelpersError(
                    f"{word[:80]!r} is not the name of a Debian package",
                    where=f"{path}:{number}",
                    mend="write one package per line, such as libpq5; comments start with #",
                )
            found.add(word)
    return tuple(sorted(found))
