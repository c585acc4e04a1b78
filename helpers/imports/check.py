"""The job: read places, images and imports of some dirs, and say what does not fit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from helpers.engine.client import Client
from helpers.engine.containers import with_image
from helpers.images.ensure import Wanted, ensure_image
from helpers.images.installing.access import open_access
from helpers.imports.find import Known, find
from helpers.imports.fix_bricks import plan_bricks
from helpers.imports.graph import read_imports
from helpers.imports.image_modules import ImageModules, read_image_modules
from helpers.imports.missing_data import find_missing_data
from helpers.imports.places import Place, read_places
from helpers.imports.strangers import find_strangers, internal_names
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.lockers.versions import read_versions
from helpers.managed_files.written import apply_changes
from helpers.model.errors import HelpersError
from helpers.model.events import FilesWritten, Listener
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.registry.index_logins import find_login
from helpers.registry.package_index import IndexClient
from helpers.system.host import Host


def check_packages(
    repo: Repo,
    dirs: Sequence[RunnableDir],
    host: Host,
    client: Client,
    listen: Listener,
    *,
    fix: bool = False,
) -> tuple[list[Finding], list[HelpersError]]:
    """What does not fit in some dirs and in the packages that they depend on.

    Args:
        fix: bricks that are imported are written into the projects, and not found any more.

    Returns:
        The findings, and the errors of those dirs whose image or lock file cannot be read: they
        stop no other.

    Raises:
        HelpersError: a file that is all dirs' is malformed.
    """
    known, errors = read_known(repo, dirs, host, client, listen)
    found = find(known)
    lacking = [one for one in found if one.kind is FindingKind.MISSING_BRICK and not one.note]
    if not fix or not lacking:
        inputs = read_repo_inputs(repo)
        data = find_missing_data(inputs, _packages(known))
        return [*found, *data, *_strangers(inputs, known, host, listen)], errors
    _write_bricks(repo, known, lacking, listen)
    # A brick that is listed now may need others.
    read = [item for item in dirs if item.name in known.roots]
    found, more = check_packages(repo, read, host, client, listen, fix=True)
    return found, [*errors, *more]


def read_known(
    repo: Repo, dirs: Sequence[RunnableDir], host: Host, client: Client, listen: Listener
) -> tuple[Known, list[HelpersError]]:
    """What is known of the dirs, but for those that cannot be read; and why they cannot."""
    inputs = read_repo_inputs(repo)
    places = read_places(inputs)
    roots = {item.name: _roots(inputs, places, item.name) for item in dirs}
    wanted = {root for found in roots.values() for root in found}
    images, locked, errors = {}, {}, []
    with ThreadPoolExecutor(1) as pool:
        # The code is read while the engine answers.
        reading = pool.submit(read_imports, inputs, [places[one] for one in sorted(wanted)], listen)
        for item in dirs:

            def read(item: RunnableDir = item) -> ImageModules:
                chosen, _ = ensure_image(client, repo, item, host, Wanted(build=True), listen)
                return read_image_modules(client, repo, item, chosen.image.id)

            try:
                images[item.name] = with_image(read)
                locked[item.name] = frozenset(read_versions(item.root))
            except HelpersError as error:
                errors.append(error)
        imports = reading.result()
    roots = {name: found for name, found in roots.items() if name in locked}
    return Known(repo.root, places, roots, images, locked, imports), errors


def _packages(known: Known) -> list[str]:
    """The dirs and packages that are checked and may have wheels, by their folders."""
    folders = {one for roots in known.roots.values() for one in roots}
    return sorted(one for one in folders if not known.places[one].is_brick)


def _strangers(inputs: RepoInputs, known: Known, host: Host, listen: Listener) -> list[Finding]:
    repo = inputs.repo
    indexes = repo.config.indexes.values()
    if not indexes:
        return []
    folders = {one for roots in known.roots.values() for one in roots}
    names = internal_names(inputs, sorted(folders))
    access = open_access(repo, host, listen)
    clients = [
        IndexClient(index, access, partial(find_login, index, host, access)) for index in indexes
    ]
    return find_strangers(names, clients)


def _roots(inputs: RepoInputs, places: dict[str, Place], name: str) -> tuple[str, ...]:
    found = (*inputs.of(name).roots, *inputs.inner.get(name, ()))
    return tuple(dict.fromkeys(one for one in found if one in places))


def _write_bricks(repo: Repo, known: Known, lacking: Sequence[Finding], listen: Listener) -> None:
    missing = []
    for one in lacking:
        brick = known.places[one.subject]
        for name in known.users(one.place):
            if brick.folder not in known.roots[name]:
                missing.append((name, brick.folder, next(iter(brick.modules))))
    files = {name: repo.root / name / PYPROJECT for name, _, _ in missing}
    texts = {name: path.read_bytes().decode() for name, path in files.items()}
    changes = plan_bricks(texts, missing)
    if not changes:
        raise HelpersError(
            "the bricks are listed, and yet no dir sees them",
            where="\n".join(sorted(str(path) for path in files.values())),
            fix="git diff   (shows what was written)",
        )
    apply_changes(repo.root, changes)
    for change in changes:
        listen(FilesWritten(change.path.rpartition("/")[0], (PYPROJECT,)))
