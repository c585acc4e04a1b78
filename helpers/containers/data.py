"""The folders of data that a dir's containers see: found on the host, listed, compared."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from helpers.containers.plan import DataMount
from helpers.model.data import DataFile, DataVersion, differences, parse_version, seen_at
from helpers.model.data import version_of as version_of_files
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT, RunnableDir, dir_option, path_below
from helpers.model.settings.config import DirConfig
from helpers.model.settings.data_config import DataSet
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.shell_words import quoted
from helpers.system.files import read_text
from helpers.system.host import Host
from helpers.vcs.files import ignored


class DataDiffersError(HelpersError):
    """A folder of data is not what its version file says."""


def data_mounts(
    repo: Repo, item: RunnableDir, config: DirConfig, host: Host
) -> tuple[DataMount, ...]:
    """The folders of data that a dir's containers see.

    Raises:
        HelpersError: a variable is not set, a folder is not there, or it would be an input.
    """
    found = []
    for name, one in config.data.items():
        folder = find_folder(repo, item, one, host)
        inode = folder.stat().st_ino if folder.is_dir() else 0
        found.append(DataMount(str(folder), seen_at(name), inode))
    return tuple(found)


def checked_mounts(
    repo: Repo, item: RunnableDir, config: DirConfig, host: Host, said_by: RunnableDir | None = None
) -> tuple[DataMount, ...]:
    """The same, where each folder is what its version file says: what is recorded holds for that.

    Args:
        said_by: the dir whose version files count; none: the dir itself.

    Raises:
        HelpersError: as `data_mounts` and `compare_data`, or git ignores a version file, which
            would not be an input.
    """
    mounts = data_mounts(repo, item, config, host)
    for one in config.data.values():
        compare_data(repo, said_by or item, one, host, full=False, folder_of=item)
        _check_input(repo, item, one)
    return mounts


def _check_input(repo: Repo, item: RunnableDir, data: DataSet) -> None:
    path = path_below(item.name, data.version)
    if _is_ignored(repo, path):
        raise HelpersError(
            f"git ignores {path}, so the version of the data {data.name} would be no input",
            where=path,
            fix=f"git add --force -- {quoted(repo.root / path)}",
        )


def find_folder(repo: Repo, item: RunnableDir, data: DataSet, host: Host) -> Path:
    """The folder of data; in a container, which may not see it, it need not be there.

    Raises:
        HelpersError: a variable is not set, the folder is not there, or it would be an input.
    """
    where = f"{path_below(item.name, item.config.relative_to(item.root).as_posix())}:{data.line}"
    key = f"key 'data': {data.name}"

    def missing(name: str) -> HelpersError:
        listed = f"; in a container, list {name} in 'environment' of {CONFIG_FILE_NAME}"
        return HelpersError(
            f"{key}: the variable {name} is not set", where=where, fix=f"export {name}=...{listed}"
        )

    folder = Path(os.path.normpath(item.root / data.folder(host.environment, missing)))
    if host.in_container and not folder.exists():
        return folder
    if not folder.is_dir():
        kind = "is no folder" if folder.exists() else "is not there"
        raise HelpersError(
            f"{key}: {folder} {kind}",
            where=where,
            fix=f"mkdir -p {quoted(folder)}, with the data in it; or correct the path",
        )
    if folder.resolve() == Path("/") or repo.root.is_relative_to(folder.resolve()):
        raise HelpersError(
            f"{key}: {folder} holds the repo itself", where=where, fix="name the folder of the data"
        )
    inside = folder.relative_to(repo.root).as_posix() if folder.is_relative_to(repo.root) else ""
    if inside and not _is_ignored(repo, f"{inside}/"):
        raise HelpersError(
            f"{key}: git does not ignore {inside}, so the data would be an input",
            where=where,
            fix=f"echo {quoted(f'/{inside}/')} >> {quoted(repo.root / '.gitignore')}",
        )
    return folder


def _is_ignored(repo: Repo, path: str) -> bool:
    """Whether the repo that a path belongs to ignores it, and does not keep it."""
    own = repo.of(path.rstrip("/"))
    below = own.own_name(path)
    return bool(ignored(own.checkout, [below]))


def read_version(folder: Path, *, full: bool) -> DataVersion:
    """What a folder holds now.

    Args:
        full: read the contents of all files, too.

    Raises:
        HelpersError: a file or folder cannot be read.
    """
    try:
        return version_of_files(_files(os.fsencode(folder), full=full))
    except OSError as error:
        raise HelpersError(
            f"the data cannot be read: {error.strerror or error}",
            where=os.fsdecode(error.filename or os.fsencode(folder)),
            fix=f"chmod -R u+rX {quoted(folder)}",
        ) from error


def _files(folder: bytes, *, full: bool) -> Iterator[DataFile]:
    """All files below a folder; links to folders are not followed, and say where they lead."""
    start = len(folder.rstrip(b"/")) + 1
    below = [folder]
    while below:
        with os.scandir(below.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                    continue
                name, status = entry.path[start:], entry.stat(follow_symlinks=False)
                if entry.is_symlink() and entry.is_file():
                    status = entry.stat()
                if stat.S_ISREG(status.st_mode):
                    content = _content(entry.path) if full else ""
                    yield DataFile(name, status.st_size, content)
                elif entry.is_symlink():
                    target = hashlib.sha256(os.readlink(entry.path)).hexdigest()  # noqa: PTH115
                    yield DataFile(name, status.st_size, target)


def _content(path: bytes) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - its name need be no text
        return hashlib.file_digest(file, "sha256").hexdigest()


def version_path(item: RunnableDir, data: DataSet) -> Path:
    """The file that says what the folder holds; need not exist."""
    return item.root / data.version


def version_command(item: RunnableDir, data: DataSet) -> str:
    """What writes that file."""
    dir = "" if item.name == ROOT else f" {dir_option(item.name)}"
    return f"i data_version --name {quoted(data.name)}{dir}"


def recorded_version(item: RunnableDir, data: DataSet) -> DataVersion:
    """What the dir's file says that the folder holds.

    Raises:
        HelpersError: there is none, or it says no version.
    """
    path, fix = version_path(item, data), version_command(item, data)
    text = read_text(path)
    where = path_below(item.name, data.version)
    if text is None:
        raise HelpersError(
            f"nothing says which version of the data {data.name} is meant", where=where, fix=fix
        )
    return parse_version(text, where, fix)


def present_version(
    repo: Repo, item: RunnableDir, data: DataSet, host: Host, *, full: bool
) -> DataVersion:
    """What a folder holds now; a container may see it where the data is mounted.

    Args:
        full: read the contents of all files, too.

    Raises:
        HelpersError: there is none, or it cannot be read.
    """
    folder = find_folder(repo, item, data, host)
    if not folder.is_dir():
        folder = Path(seen_at(data.name))
        if not folder.is_dir():
            raise HelpersError(
                f"this container does not see the data {data.name}",
                where=str(folder),
                fix="type the command on the host, or in a container of the dir",
            )
    return read_version(folder, full=full)


def compare_data(
    repo: Repo,
    item: RunnableDir,
    data: DataSet,
    host: Host,
    *,
    full: bool,
    folder_of: RunnableDir | None = None,
) -> DataVersion:
    """Compare a folder with what the dir's file says; return what it holds.

    Args:
        full: compare contents, where the file has a hash of them.
        folder_of: the dir whose settings name the folder; none: the same dir.

    Raises:
        DataDiffersError: it differs.
        HelpersError: it cannot be compared.
    """
    then = recorded_version(item, data)
    read = full and bool(then.contents)
    now = present_version(repo, folder_of or item, data, host, full=read)
    found = differences(now, then)
    if found:
        option = " --full" if then.contents else ""
        raise DataDiffersError(
            f"the data {data.name} is not what its version file says: {'; '.join(found)}",
            where=path_below(item.name, data.version),
            fix=f"{version_command(item, data)}{option}   (or bring the data that the file means)",
        )
    return now
