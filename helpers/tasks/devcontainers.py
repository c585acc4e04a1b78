"""The task that keeps the devcontainers of dirs."""

from functools import partial
from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option

if TYPE_CHECKING:
    from helpers.system.host import Host


class SyncDevcontainer(OneDir):
    """Whose devcontainer is written."""

    check: bool = option("write nothing; exit with 1 if anything would be written", default=False)
    prepare: bool = option(
        "write this machine's part, which git ignores; editors call it", default=False
    )


@command()
def devcontainer_sync(host: "Host", wanted: SyncDevcontainer) -> int:
    """Write a dir's devcontainer.json; keys that you added stay."""
    from helpers.vcs.chosen_dir import find_dir

    values.not_both("--check", "--prepare", wanted.check and wanted.prepare)
    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    if wanted.prepare:
        from helpers.adoption.devcontainers.prepare import prepare
        from helpers.tasks.builds import shown_builds

        repo, client = cli.open_repo(host)
        building = partial(shown_builds, host, cli.root_name(repo))
        print(prepare(client, repo, item, host, cli.teller(repo), building))
        return 0
    from helpers.adoption.devcontainers.plan import plan_devcontainer
    from helpers.managed_files.written import apply_changes

    plan = plan_devcontainer(repo, item)
    if not wanted.check:
        apply_changes(repo.root, plan.changes)
    for change in plan.changes:
        verb = "would write" if wanted.check else "wrote"
        print(f"{verb}  {change.path}")
    for one in plan.standings:
        for key in one.conflicts:
            print(f"{one.item.path}: you and the toolchain changed {key}; yours stays")
    if plan.is_fresh:
        print(f"{item.name}: its devcontainer is up to date")
    conflicts = any(one.conflicts for one in plan.standings)
    return int(conflicts or (wanted.check and not plan.is_fresh))
