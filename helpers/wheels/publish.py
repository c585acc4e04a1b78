"""The job that publishes wheels: plan from what the index has, then upload, dependencies first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import dir_option, path_below
from helpers.model.wheel import BuiltWheel, Mode
from helpers.registry.package_index import AT_ONCE, IndexClient, OtherContentError
from helpers.registry.upload_form import PackageFile
from helpers.vcs.bring import bring_history
from helpers.vcs.git import git
from helpers.vcs.refs import is_shallow
from helpers.wheels.archive import read_metadata, read_seconds, read_wheel, wheel_name, write_wheel
from helpers.wheels.build import building_folder
from helpers.wheels.existing import next_version, version_of
from helpers.wheels.options import BuildOptions
from helpers.wheels.plan import WheelPlan
from helpers.wheels.renumber import renumbered, without_local
from helpers.wheels.sdist import sdist_name, sdist_of


class Step(Enum):
    """What becomes of a file; the values are words for people."""

    UPLOAD = "published"
    THERE = "there already"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, and what becomes of it.

    Attributes:
        wheel: whose file it is.
        said: what the user should know of it; empty: nothing.
        fix: what helps where the index has another content of that version.
    """

    wheel: BuiltWheel
    file: PackageFile
    step: Step
    said: str
    fix: str


@contextmanager
def planned_uploads(
    inputs: RepoInputs,
    wheels: Sequence[BuiltWheel],
    client: IndexClient,
    options: BuildOptions,
) -> Iterator[list[Upload]]:
    """What is to be uploaded, dependencies first, and what the index has already.

    Files in another version than those that were built are gone when the context ends.

    Args:
        wheels: those that another one requires stand before it.
        options: how they were built, for messages.

    Raises:
        HelpersError: the index has another content of a version, or it cannot be asked. Nothing
            was uploaded.
        OSError: the disk is full.
    """
    with building_folder(inputs.repo.root) as folder:
        versions = {} if client.index.local_versions else _versions(inputs, wheels)
        files = [(one, file) for one in wheels for file in _files(one, versions, folder)]
        names = sorted({file.name for _, file in files})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            there = dict(zip(names, pool.map(client.files, names), strict=True))
            listed = [there[file.name].get(file.path.name) for _, file in files]
            same = pool.map(
                lambda one, file: one is None or client.has(file[1], one), listed, files
            )
            found = []
            for (wheel, file), one, is_same in zip(files, listed, same, strict=True):
                step = Step.THERE if one else Step.UPLOAD
                said, fix = _said(wheel, file, client), _fix(wheel, client, options)
                found.append(Upload(wheel, file, step, said, fix))
                if not is_same:
                    raise _another_content(found[-1], client)
                if step is Step.UPLOAD and file.is_wheel:
                    read_wheel(file.path)  # it is complete
        yield found


def publish(uploads: Sequence[Upload], client: IndexClient, told: Callable[[Upload], None]) -> None:
    """Upload what is not there; nothing before what it requires is listed.

    Args:
        told: is told each file that is there from then on.

    Raises:
        HelpersError: the index refused a file, or stopped answering; what is there stays, and the
            same command goes on.
        OSError: a file cannot be read.
    """
    unlisted: dict[str, list[PackageFile]] = {}
    for one in uploads:
        if one.step is Step.UPLOAD:
            for name in one.wheel.requires:
                for file in unlisted.pop(name, ()):
                    client.wait_listed(file)
            try:
                client.upload(one.file)
            except OtherContentError as error:
                # Somebody else was quicker.
                raise _another_content(one, client) from error
            unlisted.setdefault(one.file.name, []).append(one.file)
        told(one)


def would_publish(plan: WheelPlan, client: IndexClient) -> str:
    """What a wheel would become that is not built yet.

    Raises:
        HelpersError: the index cannot be asked.
    """
    own, index = plan.own, client.index
    versions = {version_of(name) for name in client.files(own.name)} if own.name else set()
    there = f" ({index} has that version; the contents would be compared)"
    return f"would {plan}, and publish it at {index}{there * (own.version in versions)}"


def _versions(inputs: RepoInputs, wheels: Sequence[BuiltWheel]) -> dict[str, str]:
    """The new versions of packages whose own is a local one."""
    return {
        one.name: without_local(one.version, commits_of(inputs.repo.root / one.dir))
        for one in wheels
        if "+" in one.version
    }


def commits_of(folder: Path) -> int:
    """How many commits a folder's history has: the number of a development version.

    Raises:
        HelpersError: the clone has not all of them.
        ProcessError: there is none.
    """
    if is_shallow(folder):
        raise HelpersError(
            "a development version is numbered by the commits, and this is a shallow clone",
            where=str(folder),
            fix=f"{bring_history(folder, str(folder))}"
            "   (or a version without '+': --version 1.2.dev1)",
        )
    return int(git(folder, "rev-list", "--count", "HEAD"))


def _files(wheel: BuiltWheel, versions: Mapping[str, str], folder: Path) -> Iterator[PackageFile]:
    """The files of a wheel: itself, and its source distribution if one was made."""
    path, sdist, version = wheel.path, wheel.sdist, wheel.version
    if versions.keys() & {wheel.name, *wheel.requires}:
        built = renumbered(read_wheel(wheel.path), versions)
        seconds = read_seconds(wheel.path)
        version = built.version
        path = folder / wheel_name(built.name, version, built.tags)
        write_wheel(path, built.files, built.info, seconds)
        if sdist:
            sdist = folder / sdist_name(built)
            sdist.write_bytes(sdist_of(path, seconds))
    metadata = read_metadata(path)
    yield PackageFile(path, wheel.name, version, metadata)
    if sdist:
        yield PackageFile(sdist, wheel.name, version, metadata)


def _said(wheel: BuiltWheel, file: PackageFile, client: IndexClient) -> str:
    if file.version == wheel.version or not file.is_wheel:
        return ""
    at = f"{file.version} at {client.index}, which takes no local versions"
    return f"{wheel.name} {wheel.version} is {at}"


def _fix(wheel: BuiltWheel, client: IndexClient, options: BuildOptions) -> str:
    version = next_version(wheel.version.partition("+")[0])
    if wheel.mode is Mode.PIN:
        # Others require it by the version that its file says.
        return f'write  version = "{version}"  in {path_below(wheel.dir, "pyproject.toml")}'
    how = f"{' --locked' * options.locked}{' --with-data' * options.with_data}"
    how += f"{' --sdist' * options.sdist} --version {version}"
    return f"i package_publish {dir_option(wheel.dir)} --index {client.index}{how}"


def _another_content(upload: Upload, client: IndexClient) -> HelpersError:
    name = upload.file.path.name
    return HelpersError(
        f"{client.index} has {name} with another content, and what is published stays",
        where=str(upload.wheel.path),
        fix=upload.fix,
    )
