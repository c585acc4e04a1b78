"""Whether compiled requirements are what their source asks for; of other locks the tool tells."""

import shlex
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.named import requirement_lines
from helpers.lockers.versions import read_versions
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option


def check_compiled(root: Path, below: str) -> None:
    """Whether `requirements.txt` has what `requirements.in` asks for, where a dir has both.

    Args:
        below: the dir at `root`, relative to the repo's root.

    Raises:
        HelpersError: it lacks a package, or has a version that is not asked for.
    """
    source = root / pip.SOURCE_FILE
    if not source.is_file() or not (root / pip.LOCK_FILE).is_file():
        return
    # Imported here: few dirs have compiled requirements.
    from packaging.requirements import InvalidRequirement, Requirement

    held = read_versions(root)
    for name, line in requirement_lines(source).items():
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            continue  # who compiles it says what is wrong with it
        if asked.marker and not asked.marker.evaluate():
            continue
        versions = held.get(name, ())
        fits = [one for one in versions if asked.specifier.contains(one, prereleases=True)]
        if asked.url or fits:
            continue
        has = f"has {', '.join(versions)}" if versions else "does not have it"
        raise HelpersError(
            f"{pip.SOURCE_FILE} asks for {line.strip()}, and {pip.LOCK_FILE} {has}",
            where=shlex.quote(str(root)),
            fix=f"i dependency_lock {dir_option(below)}",
        )
