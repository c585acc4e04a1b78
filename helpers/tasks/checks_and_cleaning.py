"""Tasks that keep order: changelogs against history, images and files that nobody needs."""

from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from helpers.console.clean_view import Row
    from helpers.engine.client import Client
    from helpers.images.clean import Leftover, OldFile
    from helpers.images.clean_plan import Verdict, Wishes
    from helpers.model.image import Stage
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.model.version import Version
    from helpers.system.host import Host

# Of what may go without being asked for, enough to know what is meant.
_SHOWN = 5


@task(
    help={
        "dir": "only this dir; default: every runnable dir",
        "since": "only what this branch changed since it left another one, such as origin/main",
        "staged": "only what is staged",
        "registry": "also compare with what was released; a name among `registries`, or `all`",
    }
)
def changelog_check(
    context: Context, dir: str = "", since: str = "", staged: bool = False, registry: str = ""
) -> None:
    """Check changelogs against the images; exits with 1 on a problem."""
    cli.run_job(lambda host: _check(host, dir, since, registry, staged=staged))


class _Unwanted(NamedTuple):
    """The options of docker_clean, as the user gave them."""

    older_than: str
    keep: str
    stage: str
    dir: str
    dry_run: bool
    yes: bool


class _Found(NamedTuple):
    """What a clean-up is about."""

    verdicts: "Sequence[Verdict]"
    leftovers: "Sequence[Leftover]"
    files: "Sequence[OldFile]"

    def is_empty(self) -> bool:
        """Whether nothing of it goes."""
        return not (self.leftovers or self.files or any(one.goes for one in self.verdicts))


@task(
    help={
        "older_than": "only what is older than 12h, 30d, 2w; also build logs and test results",
        "keep": "keep this many newest versions of each dir and stage; default: 3",
        "stage": "only images of this stage: local, dev or prod",
        "dir": "only images of this dir",
        "dry_run": "show what it would remove and keep, and why",
        "yes": "do not ask",
    }
)
def docker_clean(
    context: Context,
    older_than: str = "",
    keep: str = "",
    stage: str = "",
    dir: str = "",
    dry_run: bool = False,
    yes: bool = False,
) -> None:
    """Remove images and results that nobody needs."""
    unwanted = _Unwanted(older_than, keep, stage, dir, dry_run, yes)
    cli.run_job(lambda host: _clean(host, unwanted))


def _check(host: "Host", dir: str, since: str, registry: str, *, staged: bool) -> int:
    import sys
    from datetime import UTC, datetime

    from helpers.console.findings import print_findings
    from helpers.images.changelog_check import Comparison, check_changelogs, latest_day
    from helpers.images.image_names import find_shared_names
    from helpers.model.errors import HelpersError
    from helpers.vcs.chosen_dir import find_dir
    from helpers.vcs.discovery import discover_dirs, staged_dirs
    from helpers.vcs.lost_dirs import find_lost_dirs, find_staged_lost

    if since and staged:
        raise HelpersError("--since and --staged exclude each other", fix="give one of them")
    repo = cli.find_repo(host)
    find_all = staged_dirs if staged else discover_dirs
    every_dir = find_all(repo)
    dirs = [find_dir(repo, host.directory, dir)] if dir else every_dir
    lost = find_staged_lost(repo) if staged else find_lost_dirs(repo, since)
    wrong = find_shared_names(repo, every_dir) | lost
    if dir:
        wrong = {name: error for name, error in wrong.items() if name == dirs[0].name}
    built = None if since or staged else _built(repo, host)
    today = latest_day(datetime.now(UTC))
    released = _released(repo, host, dirs, registry) if registry else None
    order = check_changelogs(repo, dirs, today, Comparison(since, staged), released, built, wrong)
    print_findings(order.findings)
    for limit in order.limits:
        print(f"notice: {limit}", file=sys.stderr)
    if order.in_order:
        print(f"in order: {order.checked} changelog{'' if order.checked == 1 else 's'}")
    return int(not order.in_order)


def _built(repo: "Repo", host: "Host") -> "dict[str, frozenset[Version]] | None":
    """What this engine has; None where none answers: the check needs no engine."""
    from helpers.engine.client import Client, EngineError
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.changelog_check import built_versions

    try:
        return built_versions(Client(find_endpoint(host.environment)), repo)
    except EngineError:
        return None


def _released(
    repo: "Repo", host: "Host", dirs: "Sequence[RunnableDir]", registry: str
) -> "dict[str, dict[Stage, frozenset[Version]]]":
    """What the registries have."""
    from helpers.release.inventory import read_released
    from helpers.release.targets import open_access

    names = tuple(repo.config.registries) if registry == "all" else (registry,)
    return read_released(repo, open_access(repo, host, cli.teller(repo)), dirs, names)


def _clean(host: "Host", unwanted: _Unwanted) -> int:
    from datetime import UTC, datetime

    from helpers.console.clean_view import print_plan
    from helpers.images.clean import bytes_freed
    from helpers.model.errors import HelpersError

    repo, client = cli.open_repo(host)
    found = _find(repo, client, _wishes(repo, host, unwanted), datetime.now(UTC))
    goes, stays = _rows(repo, found)
    if not (found.is_empty() or unwanted.dry_run or unwanted.yes or host.is_terminal):
        raise HelpersError(
            "cannot ask without a terminal",
            where="\n".join(row[0] for row in goes[:_SHOWN]) + ("\n..." if goes[_SHOWN:] else ""),
            fix="add --yes, or --dry-run to look first",
        )
    freed = bytes_freed(client, found.verdicts) + sum(file.size for file in found.files)
    print_plan(goes, stays, freed, dry_run=unwanted.dry_run)
    if unwanted.dry_run or found.is_empty():
        return 0
    if not (unwanted.yes or cli.agreed("remove all of this?")):
        print("nothing was removed")
        return 0
    return _remove(repo, client, found)


def _wishes(repo: "Repo", host: "Host", unwanted: _Unwanted) -> "Wishes":
    from helpers.images.clean_plan import Wishes, parse_age
    from helpers.model.image import Stage
    from helpers.vcs.chosen_dir import find_dir

    return Wishes(
        older_than=parse_age(unwanted.older_than) if unwanted.older_than else None,
        keep=cli.read_number(unwanted.keep, "--keep") if unwanted.keep else None,
        stage=cli.read_choice(Stage, unwanted.stage, "--stage") if unwanted.stage else None,
        dir=find_dir(repo, host.directory, unwanted.dir).name if unwanted.dir else "",
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
    from helpers.images.clean import remove_file, remove_images, remove_leftover

    outcome = remove_images(client, found.verdicts)
    print_removed(outcome.removed, outcome.refused)
    for item in found.leftovers:
        remove_leftover(client, item)
    for file in found.files:
        remove_file(file.path)
    print_removed([row[0] for row in _rows(repo, found._replace(verdicts=()))[0]], {})
    return int(bool(outcome.refused))
