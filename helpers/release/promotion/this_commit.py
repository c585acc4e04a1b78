"""Which release of each dir the checked-out commit has: its branch says what is to run."""

from collections.abc import Sequence

from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.release.code_versions import last_releases
from helpers.release.published_versions import code_tag
from helpers.release.released_dirs import find_released
from helpers.system.repo_files import read_changelog


def releases_of_commit(
    repo: Repo, dirs: Sequence[RunnableDir], listen: Listener
) -> dict[str, str | HelpersError]:
    """The tag of each dir's image, by dir: `v1.2.0` or `prod-1.2.0`; or why there is none.

    Of a dir with `release:` that is the newest release in the history of the commit, of others what
    `changelog.txt` says.

    Raises:
        HelpersError: the history is not all there, or settings are malformed.
        ProcessError: git fails.
    """
    released = find_released(repo, dirs)
    last = last_releases(repo, released, listen)
    found: dict[str, str | HelpersError] = {
        item.name: f"{Stage.PROD}-{read_changelog(item).version}"
        for item in dirs
        if item.name not in last
    }
    for one in released:
        tag = last[one.name]
        if tag is None:
            found[one.name] = HelpersError(
                f"{one.name}: the history of this commit has no release of it",
                where=f"a tag {one.prefix}<X.Y.Z>",
                fix=f"i release {dir_option(one.name)}, or merge the branch that was released"
                " without squashing it",
            )
        else:
            found[one.name] = tag if isinstance(tag, HelpersError) else code_tag(tag.version)
    return found
