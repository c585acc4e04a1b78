"""Tasks on package indexes: publish wheels, and make sure that they install from there."""

from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.code_choice import read_login
from helpers.tasks.command import command
from helpers.tasks.options import INDEX, PASSWORD_STDIN, USERNAME, OneDir, option
from helpers.tasks.wheels import BuildWheels, inputs_of, names_of, options_of, with_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.packages.index import PackageIndex
    from helpers.model.repo import Repo
    from helpers.registry.package_index import IndexClient
    from helpers.system.host import Host
    from helpers.tasks.code_choice import OfIndex
    from helpers.wheels.options import BuildOptions
    from helpers.wheels.publish import Upload


class PublishWheels(BuildWheels):
    """Which wheels are published, how they are built, and where they go."""

    changed_since: str = option(
        "dirs that a change since a branch, tag or commit affects; without --dir: all of them",
        default="",
    )
    skip_existing: bool = option(
        "leave out dirs whose version the index has, whatever changed since", default=False
    )
    index: str = option(INDEX, default="")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)
    dry_run: bool = option("print what would be published, and upload nothing", default=False)


class VerifyPackage(OneDir):
    """Which package is installed, and from where."""

    dir: str = option(
        "the runnable dir, or any package of the repo by its folder; default: the nearest runnable"
        " dir at or above the current directory",
        default="",
    )
    index: str = option(INDEX, default="")
    version: str = option("the version; default: as commits or pyproject.toml say", default="")
    out: str = option("the folder for wheels", default="dist")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)


@command()
def package_publish(host: "Host", wanted: PublishWheels) -> int:
    """Build wheels and upload them: what an index has already stays."""
    from itertools import chain

    from helpers.console.foreign import printable
    from helpers.console.wheel_contents import contents_lines
    from helpers.tasks.builds import shown_builds
    from helpers.tasks.signals import end_as_interrupted
    from helpers.wheels.build import build_packages, look
    from helpers.wheels.publish import planned_uploads, publish, would_publish

    repo = cli.find_repo(host).outermost
    options = options_of(host, wanted)
    client = _client(repo, host, wanted, publishes=True)
    inputs = inputs_of(repo, host, wanted.dir)
    every = wanted.all or bool(wanted.changed_since and not wanted.dir)
    chosen = BuildWheels(dir=wanted.dir, all=every, changed_since=wanted.changed_since)
    names = names_of(repo, inputs, host, chosen)
    options = with_versions(options, repo, inputs, names)
    client.ask_ahead(filter(None, map(inputs.name_of, names)))
    if wanted.skip_existing:
        names = list(_unpublished(inputs, names, options, client, host))
    if wanted.dry_run:
        plans, found = look(inputs, names, options, host)
        wheels = [one for plan in plans for one in found[plan.place]]
        for plan in plans:
            if not found[plan.place]:
                print(would_publish(plan, client))
    else:
        end_as_interrupted()
        with shown_builds(host, cli.root_name(repo)) as listen:
            wheels = build_packages(inputs, names, options, host, listen)
        for line in chain.from_iterable(map(contents_lines, wheels)):
            print(printable(line))
    with planned_uploads(inputs, wheels, client, options) as uploads:
        for one in uploads:
            if one.said:
                print(one.said)
        if wanted.dry_run:
            for one in uploads:
                _tell(one, client, would=True)
        else:
            publish(uploads, client, lambda one: _tell(one, client))
    return 0


@command()
def package_verify(host: "Host", wanted: VerifyPackage) -> int:
    """Install a package from its index alone; import it."""
    from helpers.tasks.builds import shown_builds
    from helpers.wheels.options import BuildOptions
    from helpers.wheels.verify import verify_package

    repo = cli.find_repo(host).outermost
    out = (host.directory / wanted.out).resolve()
    options = BuildOptions(out=out, version=wanted.version)
    client = _client(repo, host, wanted)
    inputs = inputs_of(repo, host, wanted.dir)
    (name,) = names_of(repo, inputs, host, BuildWheels(dir=wanted.dir))
    options = with_versions(options, repo, inputs, [name])
    with shown_builds(host, cli.root_name(repo)) as listen:
        found = verify_package(inputs, name, options, client, host, listen)
    print(
        f"{found.name} {found.version} installs from {client.index} alone;"
        f" imported: {', '.join(found.modules) or 'nothing, it has no modules'}"
    )
    return 0


def _unpublished(
    inputs: "RepoInputs",
    names: list[str],
    options: "BuildOptions",
    client: "IndexClient",
    host: "Host",
) -> "Iterator[str]":
    """The dirs whose version the index lacks; the others are told."""
    from helpers.model.runnable_dir import shown_name
    from helpers.wheels.on_index import version_there

    root_name = cli.root_name(inputs.repo)
    for name in names:
        version = version_there(inputs, name, options, client, host)
        if version:
            print(f"skipped {shown_name(name, root_name)}: {client.index} has {version} already")
        else:
            yield name


def _tell(upload: "Upload", client: "IndexClient", *, would: bool = False) -> None:
    from helpers.console.foreign import printable
    from helpers.wheels.publish import Step

    name = printable(upload.file.path.name)
    if upload.step is Step.THERE:
        print(f"{name}: {client.index} has it already")
    else:
        print(f"{'would publish' if would else 'published'} {name} at {client.index}", flush=True)


def _client(
    repo: "Repo",
    host: "Host",
    wanted: "PublishWheels | VerifyPackage",
    *,
    publishes: bool = False,
) -> "IndexClient":
    """What speaks with the index that is meant.

    Raises:
        HelpersError: there is none, or no password comes.
    """
    from helpers.images.installing.access import open_access
    from helpers.model.packages.index import choose_index
    from helpers.model.settings.file_names import CONFIG_FILE_NAME
    from helpers.registry.index_logins import find_login
    from helpers.registry.package_index import IndexClient

    index = choose_index(repo.config.indexes, wanted.index, CONFIG_FILE_NAME, publishes=publishes)
    access = open_access(repo, host, cli.teller(repo))
    given = read_login(host, wanted)
    if given:
        return IndexClient(index, access, lambda: given, given=True)
    return IndexClient(index, access, lambda: find_login(index, host, access, wanted.username))


def index_opener(
    host: "Host", wanted: "OfIndex", repos: "Iterable[Repo]"
) -> "Callable[[Repo, PackageIndex], IndexClient]":
    """What opens each index that a command reads: the login that is given is for one of them.

    Args:
        repos: whose indexes are read.

    Raises:
        HelpersError: it is not clear for which, options have no effect, or no password comes.
    """
    from helpers.images.installing.access import open_access
    from helpers.registry.index_logins import find_login
    from helpers.registry.package_index import IndexClient

    meant = _meant_index(wanted, repos)
    login = read_login(host, wanted)

    def open_index(repo: "Repo", index: "PackageIndex") -> "IndexClient":
        access = open_access(repo, host, cli.teller(repo))
        # A password is for one index, and no other ever sees it.
        if login and index == meant:
            return IndexClient(index, access, lambda: login, given=True)
        username = wanted.username if index == meant else ""
        return IndexClient(index, access, lambda: find_login(index, host, access, username))

    return open_index


def _meant_index(wanted: "OfIndex", repos: "Iterable[Repo]") -> "PackageIndex | None":
    """The index whose login is given; None: all are looked up."""
    from helpers.model.errors import HelpersError
    from helpers.model.packages.index import choose_index
    from helpers.model.settings.file_names import CONFIG_FILE_NAME

    if not wanted.username and not wanted.password_stdin:
        if wanted.index:
            raise HelpersError(
                "--index says which index a login is for, and none is given",
                fix="leave --index out, or add --password-stdin or --username USER",
            )
        return None
    tables = {own.config.name: own.config.indexes for own in repos}
    chosen = {
        name: choose_index(table, wanted.index, CONFIG_FILE_NAME)
        for name, table in tables.items()
        if table or len(tables) == 1
    }
    if len(set(chosen.values())) > 1:
        said = ", ".join(f"{one} at {one.simple} in {name}" for name, one in chosen.items())
        raise HelpersError(
            f"a login is for one index, and there are several: {said}",
            fix="check one dir with --dir, or leave --username and --password-stdin out",
        )
    return next(iter(chosen.values()), None)
