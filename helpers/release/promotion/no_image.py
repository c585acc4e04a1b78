"""A dir without a production image: there is nothing of it to promote, and no command brings one.

A dir may have had one before, so this is only said where nothing is found in a registry.
"""

from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option
from helpers.release.promotion.places import Places
from helpers.system.repo_files import read_dir_config
from helpers.vcs.discovery import discover_dirs

# Dirs that an error names.
_SHOWN = 5


def or_no_image(places: Places, error: HelpersError) -> HelpersError:
    """The error, or where the dir has no production image, the one that says so.

    Raises:
        HelpersError: settings are malformed.
        ProcessError: git fails.
    """
    item, repo = places.item, places.repo
    if read_dir_config(item).entrypoint:
        return error
    own = repo.own(discover_dirs(repo))
    others = [dir_option(one.name) for one in own if read_dir_config(one).entrypoint]
    name = "the repo's root" if item.name == "." else item.name
    if others:
        fix = " or ".join(others[:_SHOWN])
    else:
        fix = "write 'entrypoint' there, if it is an application, and release it"
    return HelpersError(
        f"{name} has no production image to promote: it names no 'entrypoint'",
        where=str(item.config.relative_to(item.repo)),
        fix=fix,
    )
