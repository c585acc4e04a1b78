"""Tasks on data that stays out of the repo: its versions, and commits that would bring it in."""

from typing import TYPE_CHECKING

from helpers.tasks import cli
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option, required

if TYPE_CHECKING:
    from helpers.model.data import DataVersion
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.model.settings.config import DirConfig
    from helpers.model.settings.data_config import DataSet
    from helpers.system.host import Host


class NoteVersion(OneDir):
    """Of which data the version is written, and how closely it is looked at."""

    name: str = required("a name below data in the dir's devops/config.yaml", example="prices")
    full: bool = option(
        "hash the contents of all files too, not only names and sizes", default=False
    )


class CompareData(OneDir):
    """Which data is compared."""

    name: str = option("only the data of this name; default: all that the dir has", default="")


@command()
def data_version(host: "Host", wanted: NoteVersion) -> None:
    """Write the version file of a dir's data: count, bytes, a hash."""
    from helpers.containers.data import present_version, version_path
    from helpers.model.data import version_text
    from helpers.system.files import write_atomic

    repo, item, config = _dir(host, wanted.dir)
    data = _named(item, config, wanted.name)
    version = present_version(repo, item, data, host, full=wanted.full)
    path = version_path(item, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, version_text(data.name, version))
    print(f"{path.relative_to(repo.root)}: {_shown(version)}")


@command()
def data_check(host: "Host", wanted: CompareData) -> int:
    """Compare a dir's data with its version files; exits with 1 where it differs."""
    from helpers.console.errors import print_error
    from helpers.containers.data import DataDiffersError, compare_data

    repo, item, config = _dir(host, wanted.dir)
    names = [_named(item, config, wanted.name).name] if wanted.name else list(config.data)
    if not names:
        print(f"{item.name} has no data: nothing is compared")
    wrong = False
    for name in names:
        try:
            version = compare_data(repo, item, config.data[name], host, full=True)
            print(f"{name}: {_shown(version)}, as {config.data[name].version} says")
        except DataDiffersError as error:
            print_error(error)
            wrong = True
    return int(wrong)


@command()
def files_check(host: "Host") -> int:
    """Check what is staged: no large file, no outputs of notebooks, no data; exits with 1."""
    from datetime import UTC, datetime

    from helpers.console.errors import print_error
    from helpers.model.numbers import counted
    from helpers.model.runnable_dir import relative_name
    from helpers.model.staged_files import refusals
    from helpers.system.host import commit_from
    from helpers.vcs.git import is_index_of
    from helpers.vcs.staged_files import read_staged, toplevel

    repo = cli.find_repo(host)
    here = toplevel(host.directory)
    root = here if here.is_relative_to(repo.root) else repo.root
    config = repo.of(relative_name(repo.root, root)).config
    if is_index_of(root, host.index):
        commit_from(host.index)
    files, texts, layout = read_staged(root)
    found = list(refusals(files, texts, layout, config.large_files, datetime.now(UTC).date()))
    for error in found:
        print_error(error)
    if not found:
        print(f"{counted(len(files), 'staged file')} checked: nothing is wrong")
    return int(bool(found))


def _dir(host: "Host", dir: str) -> "tuple[Repo, RunnableDir, DirConfig]":
    from helpers.system.repo_files import read_dir_config
    from helpers.vcs.chosen_dir import find_dir

    repo = cli.find_repo(host)
    item = find_dir(repo, host.directory, dir)
    return repo, item, read_dir_config(item)


def _named(item: "RunnableDir", config: "DirConfig", name: str) -> "DataSet":
    """The data of a name.

    Raises:
        HelpersError: the dir has none of it.
    """
    from helpers.model.errors import HelpersError
    from helpers.model.spelling import nearest_value

    if name not in config.data:
        where = str(item.config.relative_to(item.repo))
        example = f'add to {where}: data: {{{name}: {{path: "${{DATA_DIR}}/{name}"}}}}'
        raise HelpersError(
            f"the dir has no data of the name {name!r}",
            where=where,
            fix=nearest_value("--name", name, config.data) if config.data else example,
        )
    return config.data[name]


def _shown(version: "DataVersion") -> str:
    from helpers.console.sizes import readable_size
    from helpers.model.numbers import counted

    return f"{counted(version.files, 'file')}, {readable_size(version.size)}"
