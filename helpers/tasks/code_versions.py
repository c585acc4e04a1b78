"""Tasks on versions of code, which follow from commits."""

from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import PASSWORD_STDIN, USERNAME, OneOrMore, Options, option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helpers.model.code_version import NextVersion
    from helpers.model.repo import Repo
    from helpers.release.released_dirs import ReleasedDir
    from helpers.release.targets import ReleaseTarget
    from helpers.system.host import Host


class NextRelease(OneOrMore):
    """Which dirs, and what is shown of them."""

    all: bool = option("every dir whose code is released", default=False)
    why: bool = option("show the commits that raise each version", default=False)
    json: bool = option("for programs, with the versions of what is built now", default=False)
    commit: bool = option(
        "write the version into pyproject.toml and commit it, with `version_in: pyproject`",
        default=False,
    )
    version: str = option(
        "the version that --commit writes, which the commits then say; default: the next one",
        default="",
    )


class CheckRelease(OneOrMore):
    """Which dirs are checked, and the login of an index that asks for one."""

    all: bool = option("every dir whose code is released", default=False)
    index: str = option(
        "the index that the login is for, a name among the indexes of repo_config.yaml; default:"
        " the only one with `publish`",
        default="",
    )
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)


class NotesOf(OneOrMore):
    """Which notes are written."""

    all: bool = option("every dir whose code is released", default=False)
    version: str = option("a version, such as 1.2.0; default: the next one", default="")
    since: str = option("all that changed since this branch, tag or commit", default="")


class History(OneOrMore):
    """Whose releases are listed, and how."""

    all: bool = option("every dir whose code is released", default=False)
    local: bool = option("ask no registry for digests", default=False)
    json: bool = option("for programs", default=False)


class CheckMessages(Options):
    """Which messages are checked."""

    base: str = option(
        "all commits since this branch, tag or commit; default: the newest commit", default=""
    )
    file: str = option("a file with a message, as git gives it to a hook", default="")
    event: str = option(
        "the file of GitHub's event, or gitlab: the title and the commits of a pull request",
        default="",
    )


@command()
def release_next(host: "Host", wanted: NextRelease) -> int:
    """Say which version a dir's code gets next: from its last tag and the commits since."""
    from helpers.model.errors import HelpersError
    from helpers.vcs.commit_log import reading_logs

    values.not_both("--json", "--why", "--why" if wanted.why and wanted.json else "")
    values.not_both("--all", "--version", wanted.version if wanted.several else "")
    version = values.read_version(wanted.version)
    if version and not wanted.commit:
        raise HelpersError("--version is what --commit writes", fix="add --commit")
    with reading_logs(cli.find_root(host)) as logs:
        # All else is imported and read while git reads the history.
        from helpers.console.code_versions import next_as_json, print_next
        from helpers.inputs.repo_inputs import read_repo_inputs
        from helpers.release.between import versions_between
        from helpers.release.code_versions import next_versions
        from helpers.release.released_dirs import released_or_told

        repo = cli.find_repo(host).outermost
        dirs = released_or_told(repo, cli.find_dirs(repo, host, wanted.dir, all=wanted.all))
        inputs = read_repo_inputs(repo)
        results = next_versions(repo, dirs, inputs, cli.teller(repo), logs=logs)
    found = {name: one for name, one in results.items() if not isinstance(one, HelpersError)}
    if version:
        from helpers.release.plan_code import meant

        found = {name: meant(one, version) for name, one in found.items()}
    if wanted.json:
        print(next_as_json(found, versions_between(repo, dirs, inputs, found)))
    else:
        print_next(found, cli.root_name(repo), why=wanted.why)
    status = cli.show_errors(one for one in results.values() if isinstance(one, HelpersError))
    if wanted.commit and not status:
        _commit(repo, dirs, found)
    return status


def _commit(
    repo: "Repo", dirs: "Sequence[ReleasedDir]", found: "Mapping[str, NextVersion]"
) -> None:
    """Commit versions where files say others; a second time there is nothing to do."""
    import sys

    from helpers.release.pyproject_version import commit_versions, plan_versions

    planned = plan_versions(repo, dirs, found)
    if not planned:
        print("nothing to commit: pyproject.toml has the version already", file=sys.stderr)
    for commit in commit_versions(repo, planned):
        tags = ", ".join(one.tag for one in planned)
        print(f"committed {tags}: {commit[:12]}", file=sys.stderr)


@command()
def release_check(host: "Host", wanted: CheckRelease) -> int:
    """Check what says a version of code; exits with 1 if two disagree."""
    from helpers.console.code_versions import agreed
    from helpers.console.errors import print_error
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.errors import HelpersError
    from helpers.release.check_images import check_images
    from helpers.release.check_versions import check_versions
    from helpers.release.code_versions import Asked, next_versions
    from helpers.release.released_dirs import released_or_told
    from helpers.tasks.package_indexes import index_opener

    repo = cli.find_repo(host).outermost
    dirs = released_or_told(repo, cli.find_dirs(repo, host, wanted.dir, all=wanted.all))
    open_index = index_opener(host, wanted, [repo.of(one.name) for one in dirs])
    inputs, listen = read_repo_inputs(repo), cli.teller(repo)
    # The remote is asked below for all dirs at once.
    results = next_versions(repo, dirs, inputs, listen, Asked.NONE)
    found = {name: one for name, one in results.items() if not isinstance(one, HelpersError)}
    errors = [one for one in results.values() if isinstance(one, HelpersError)]
    pairs = [(one, found[one.name]) for one in dirs if one.name in found]
    wrong = check_versions(repo, pairs, inputs, open_index, listen)
    images = check_images(_targets(repo, host, dirs, found), found, listen)
    for name, one in found.items():
        its = [*wrong[name], *images.get(name, ())]
        errors += its
        if not its:
            print(agreed(one, cli.root_name(repo)))
    for error in errors:
        print_error(error)
    return int(bool(errors))


def _targets(
    repo: "Repo",
    host: "Host",
    dirs: "Sequence[ReleasedDir]",
    found: "Mapping[str, NextVersion]",
) -> "list[ReleaseTarget]":
    """Where the images of dirs go that have one: their repo names a registry."""
    from helpers.images.installing.access import open_access
    from helpers.release.targets import targets_of

    targets: list[ReleaseTarget] = []
    for own in repo.every():
        its = [one for one in dirs if one.place == own.place and one.name in found]
        if its and own.config.registries:
            access = open_access(own, host, cli.teller(repo))
            for one in its:
                targets += targets_of(own, access, one.item)
    return targets


@command()
def release_notes(host: "Host", wanted: NotesOf) -> int:
    """Write the notes of a release: its commits by kind."""
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.errors import HelpersError
    from helpers.release.code_notes import find_notes, notes_since
    from helpers.release.released_dirs import released_or_told

    values.not_both("--version", "--since", wanted.since if wanted.version else "")
    values.not_both("--all", "--version", wanted.version if wanted.several else "")
    version = values.read_version(wanted.version)
    repo = cli.find_repo(host).outermost
    dirs = released_or_told(repo, cli.find_dirs(repo, host, wanted.dir, all=wanted.all))
    inputs, listen = read_repo_inputs(repo), cli.teller(repo)
    texts: list[str] = []
    errors: list[HelpersError] = []
    for one in dirs:
        try:
            notes = (
                notes_since(repo, one, inputs, wanted.since)
                if wanted.since
                else find_notes(repo, one, inputs, version, listen)
            )
            texts.append(notes.text)
        except HelpersError as error:
            errors.append(error)
    if texts:
        print("\n\n".join(texts))
    return cli.show_errors(errors)


@command()
def release_history(host: "Host", wanted: History) -> int:
    """List the releases of a dir's code."""
    from helpers.console.code_versions import code_history_as_json, print_code_history
    from helpers.images.installing.access import open_access
    from helpers.release.code_history import read_code_history
    from helpers.release.released_dirs import released_or_told

    repo = cli.find_repo(host).outermost
    dirs = released_or_told(repo, cli.find_dirs(repo, host, wanted.dir, all=wanted.all))
    listen = cli.teller(repo)
    access = None if wanted.local else open_access(repo, host, listen)
    found, errors = read_code_history(repo, dirs, access, listen)
    if wanted.json:
        print(code_history_as_json(found))
    else:
        print_code_history(found, cli.root_name(repo))
    return cli.show_errors(errors)


@command()
def commit_check(host: "Host", wanted: CheckMessages) -> int:
    """Check messages of commits; exits with 1 on a problem."""
    from helpers.console.errors import print_error
    from helpers.model.numbers import counted
    from helpers.release.commit_messages import check_branch, check_file, check_request

    repo = cli.find_repo(host).outermost
    if wanted.file:
        values.not_both("--file", "--base", wanted.base)
        values.not_both("--file", "--event", wanted.event)
        number, found = 1, check_file(host.directory / wanted.file)
    elif wanted.event:
        from helpers.tasks.ci import event_of

        values.not_both("--event", "--base", wanted.base)
        event = event_of(host, wanted.event)
        number, found = check_request(repo, "" if event.trunk else event.base, event.title)
    else:
        number, found = check_branch(repo, wanted.base)
    for error in found:
        print_error(error)
    if not found:
        print(f"{counted(number, 'message')} checked: nothing is wrong")
    return int(bool(found))
