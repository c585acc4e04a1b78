"""Tasks that keep order: changelogs against history, images and files that nobody needs."""

from typing import TYPE_CHECKING, NamedTuple

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from helpers.console.clean_view import Row
    from helpers.engine.client import Client
    from helpers.engine.resources import Resource
    from helpers.images.clean import OldFile
    from helpers.images.clean_plan import Verdict, Wishes
    from helpers.model.images.name import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.model.version import Version
    from helpers.system.host import Host

# Of what may go without being asked for, enough to know what is meant.
_SHOWN = 5


class Check(Options):
    """Which changelogs are checked, against what."""

    dir: str = option("only this dir; default: every runnable dir", default="")
    since: str = option(
        "only what this branch changed since it left another one, such as origin/main", default=""
    )
    staged: bool = option("only what is staged", default=False)
    registry: str = option(
        "also compare with what was released; a name among `registries`, or `all`", default=""
    )


class Clean(Options):
    """What goes, and what stays."""

    older_than: str = option(
        "only what is older than 12h, 30d, 2w; also build logs and test results", default=""
    )
    keep: str = option(
        "keep this many newest versions of each dir and stage; default: 3", default=""
    )
    stage: str = option("only images of this stage: local, dev or prod", default="")
    dir: str = option("only images of this dir", default="")
    dry_run: bool = option("show what it would remove and keep, and why", default=False)
    yes: bool = option("do not ask", default=False)


class _Found(NamedTuple):
    """What a clean-up is about."""

    verdicts: "Sequence[Verdict]"
    leftovers: "Sequence[Resource]"
    files: "Sequence[OldFile]"

    def is_empty(self) -> bool:
        """Whether nothing of it goes."""
        return not (self.leftovers or self.files or any(one.goes for one in self.verdicts))


@command()
def changelog_check(host: "Host", wanted: Check) -> int:
    """Check changelogs against the images; exits with 1 on a problem."""
    import sys
    from datetime import UTC, datetime

    from helpers.console.findings import print_findings
    from helpers.images.changelogs.check import (
        Comparison,
        Images,
        check_changelogs,
        latest_day,
    )
    from helpers.images.changelogs.image_names import find_shared_names
    from helpers.model.numbers import counted
    from helpers.system.host import commit_from
    from helpers.vcs.chosen_dir import find_dir
    from helpers.vcs.discovery import discover_dirs, staged_dirs
    from helpers.vcs.git import is_index_of
    from helpers.vcs.lost_dirs import find_lost_dirs, find_staged_lost

    values.not_both("--since", "--staged", wanted.since and wanted.staged)
    repo = cli.find_repo(host)
    if wanted.staged and is_index_of(repo.root, host.index):
        commit_from(host.index)
    find_all = staged_dirs if wanted.staged else discover_dirs
    every_dir = find_all(repo)
    dirs = [find_dir(repo, host.directory, wanted.dir)] if wanted.dir else every_dir
    lost = find_staged_lost(repo) if wanted.staged else find_lost_dirs(repo, wanted.since)
    wrong = find_shared_names(repo, every_dir) | lost
    if wanted.dir:
        wrong = {name: error for name, error in wrong.items() if name == dirs[0].name}
    built = None if wanted.since or wanted.staged else _built(repo, host)
    today = latest_day(datetime.now(UTC))
    released = _released(repo, host, dirs, wanted.registry) if wanted.registry else None
    comparison, images = Comparison(wanted.since, wanted.staged), Images(released, built)
    order = check_changelogs(repo, dirs, today, comparison, images, wrong)
    print_findings(order.findings)
    for limit in order.limits:
        print(f"notice: {limit}", file=sys.stderr)
    if order.in_order:
        print(f"in order: {counted(order.checked, 'changelog')}")
    return int(not order.in_order)


@command()
def docker_clean(host: "Host", wanted: Clean) -> int:
    """Remove images and results that nobody needs."""
    from datetime import UTC, datetime

    from helpers.console.clean_view import print_plan
    from helpers.images.clean import bytes_freed

    repo, client = cli.open_repo(host)
    found = _find(repo, client, _wishes(repo, host, wanted), datetime.now(UTC))
    goes, stays = _rows(repo, found)
    if not (found.is_empty() or wanted.dry_run or wanted.yes):
        shown = [row[0] for row in goes[:_SHOWN]] + ["..."] * bool(goes[_SHOWN:])
        cli.check_terminal(host, where="\n".join(shown))
    freed = bytes_freed(client, found.verdicts) + sum(file.size for file in found.files)
    print_plan(goes, stays, freed, dry_run=wanted.dry_run)
    if wanted.dry_run or found.is_empty():
        return 0
    if not cli.agreed(host, "remove all of this?", "nothing was removed", yes=wanted.yes):
        return 0
    return _remove(repo, client, found)


def _built(repo: "Repo", host: "Host") -> "dict[str, frozenset[Version]] | None":
    """What this engine has; None where none answers: the check needs no engine."""
    from helpers.engine.client import Client, EngineError
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.changelogs.check import built_versions

    try:
        return built_versions(Client(find_endpoint(host.environment)), repo)
    except EngineError:
        return None


def _released(
    repo: "Repo", host: "Host", dirs: "Sequence[RunnableDir]", registry: str
) -> "dict[str, dict[Stage, frozenset[Version]]]":
    """What the registries have."""
    from helpers.images.installing.access import open_access
    from helpers.release.inventory import read_released

    names = tuple(repo.config.registries) if registry == "all" else (registry,)
    return read_released(repo, open_access(repo, host, cli.teller(repo)), dirs, names)


def _wishes(repo: "Repo", host: "Host", wanted: Clean) -> "Wishes":
    from helpers.images.clean_plan import Wishes, parse_age
    from helpers.model.images.name import Stage
    from helpers.vcs.chosen_dir import find_dir

    return Wishes(
        older_than=parse_age(wanted.older_than) if wanted.older_than else None,
        keep=values.read_number(wanted.keep, "--keep") if wanted.keep else None,
        stage=values.read_choice(Stage, wanted.stage, "--stage") if wanted.stage else None,
        dir=find_dir(repo, host.directory, wanted.dir).name if wanted.dir else "",
    )


def _find(repo: "Repo", client: "Client", wishes: "Wishes", now: "datetime") -> _Found:
    from helpers.images.clean import (
        describe_file,
        find_leftovers,
        old_build_logs,
        read_facts,
        read_images,
    )
    from helpers.images.clean_plan import plan_clean
    from helpers.testing.run_folder import old_run_folders

    verdicts = plan_clean(read_images(client, repo), wishes, read_facts(client, repo, now))
    # Who names a stage means images alone.
    leftovers = [] if wishes.stage else find_leftovers(client, repo, wishes.dir)
    files: list[OldFile] = []
    if wishes.older_than is not None and not wishes.stage and not wishes.dir:
        before = now - wishes.older_than
        files += old_build_logs(repo, before)
        files += [describe_file(path) for path in old_run_folders(repo.root, before)]
    return _Found(verdicts, leftovers, files)


def _rows(repo: "Repo", found: _Found) -> "tuple[list[Row], list[Row]]":
    goes: list[Row] = []
    stays: list[Row] = []
    for one in found.verdicts:
        row = (one.name, one.image.created, one.image.size, one.why)
        (goes if one.goes else stays).append(row)
    for item in found.leftovers:
        goes.append((item.name, None, None, "left by a command that was killed"))
    for file in found.files:
        name = str(file.path.relative_to(repo.root))
        goes.append((name, file.changed, file.size, "older than --older-than"))
    return goes, stays


def _remove(repo: "Repo", client: "Client", found: _Found) -> int:
    from helpers.console.clean_view import print_removed
    from helpers.engine.resources import remove_resource
    from helpers.images.clean import remove_file, remove_images

    outcome = remove_images(client, found.verdicts)
    print_removed(outcome.removed, outcome.refused)
    for item in found.leftovers:
        remove_resource(client, item)
    for file in found.files:
        remove_file(file.path)
    print_removed([row[0] for row in _rows(repo, found._replace(verdicts=()))[0]], {})
    return int(bool(outcome.refused))
