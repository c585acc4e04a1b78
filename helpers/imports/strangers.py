"""Names of the repo's packages that somebody else's package has, at an index of the repo.

Whoever installs from that index by name may get the stranger's.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.packages.import_findings import Finding, FindingKind
from helpers.model.packages.index import IndexFile
from helpers.model.runnable_dir import path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.registry.package_index import AT_ONCE, IndexClient
from helpers.wheels.archive import read_inputs
from helpers.wheels.existing import version_of
from helpers.wheels.plan import is_package


def internal_names(inputs: RepoInputs, folders: Iterable[str]) -> dict[str, str]:
    """By folder, the normalised name of a package of the repo that others can install."""
    found = {}
    for folder in folders:
        path = path_below(folder, PYPROJECT)
        name = inputs.declarations.pyproject(path).name if path in inputs.snapshot else ""
        if name and not (folder in inputs.tree.dirs and is_package(inputs, folder)):
            found[folder] = name
    return found


def find_strangers(names: Mapping[str, str], clients: Sequence[IndexClient]) -> list[Finding]:
    """What indexes have under names of the repo, and an index that cannot be asked.

    Where the repo publishes, a name is its own if `package_build` made what is there; otherwise
    that is a note, as another tool may have made it.
    """
    found = []
    for client in clients:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = [pool.submit(_find, client, *one) for one in names.items()]
        try:
            found += [finding for one in asked for finding in one.result()]
        except HelpersError as error:
            found.append(
                Finding(
                    ROOT,
                    FindingKind.STRANGER,
                    CONFIG_FILE_NAME,
                    0,
                    client.index.name,
                    f"the index {client.index} cannot be asked: {error.what} ({error.where})",
                    error.fix,
                )
            )
    return found


def _find(client: IndexClient, folder: str, name: str) -> Iterator[Finding]:
    files = list(client.files(name).values())
    own = bool(client.index.publish)
    if not files or (own and _is_ours(client, files)):
        return
    file = path_below(folder, PYPROJECT)
    what = f"{folder} is called {name}, and the index {client.index} has"
    yield Finding(
        folder,
        FindingKind.STRANGER,
        file,
        0,
        name,
        f"{what} a package of that name that package_build did not make"
        if own
        else f"{what} somebody else's package of that name",
        f"give it another name in {file}, then  i dependency_lock --all",
        note=own,
    )


def _is_ours(client: IndexClient, files: Sequence[IndexFile]) -> bool:
    """Whether the newest wheel says what of this toolchain's it was made from."""
    from packaging.version import Version

    wheels = [one for one in files if one.name.endswith(".whl") and version_of(one.name)]
    if not wheels:
        return False
    newest = max(wheels, key=lambda one: Version(version_of(one.name)))
    return bool(read_inputs(io.BytesIO(client.download(newest))))
