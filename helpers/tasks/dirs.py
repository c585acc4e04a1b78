"""Tasks that show the runnable dirs."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from helpers.tasks import edge

if TYPE_CHECKING:
    from helpers.system.host import Host


@task
def dirs(context: Context) -> None:
    """List the runnable dirs with their images and container versions."""
    edge.run_job(_list)


def _list(host: "Host") -> None:
    from helpers.console.tables import print_table
    from helpers.model.errors import HelpersError
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.discovery import discover_dirs

    rows = []
    for runnable_dir in discover_dirs(edge.find_repo(host)):
        try:
            changelog = read_changelog(runnable_dir)
        except HelpersError as error:
            rows.append((runnable_dir.name, "", error.what))
        else:
            rows.append((runnable_dir.name, changelog.image_name, str(changelog.version)))
    print_table(("dir", "image", "version"), rows)
