"""The sources of a run for its hosts: the work tree as it is, and the toolchain where it is beside.

On a host each tree has a folder by its id, which the worker sees where the driver has it.
"""

from pathlib import Path
from typing import Any

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.reach.place import Offer, Place
from helpers.system.lease import RESULTS_FOLDER, WORKING_FOLDER
from helpers.vcs.snapshot import read_work_tree
from helpers.vcs.work_commit import WorkTree, commit_for, send_commit, write_tree
from helpers.vcs.worktree import git_folders

STORE = "objects.git"


@dataclass(frozen=True, slots=True)
class Sources:
    """The trees of a run, by where they are here."""

    trees: dict[Path, WorkTree]

    def seen(self, place: Offer) -> dict[Path, Path]:
        """What a worker is to see, by where: the folders of the trees, or what is here."""
        if place.folder is None:
            here = [*self.trees, *(found for root in self.trees for found in git_folders(root))]
            return {folder: folder for folder in here}
        return {root: place.folder / "trees" / tree.id for root, tree in self.trees.items()}

    def folders(self, place: Offer) -> list[Path]:
        """The folders that must be there before a worker sees them.

        A tree that lies in another has a place in it, which the engine would make as root.
        """
        seen = self.seen(place)
        inside = [
            folder / inner.relative_to(outer)
            for outer, folder in seen.items()
            for inner in seen
            if inner != outer and inner.is_relative_to(outer)
        ]
        return [*seen.values(), *inside]

    def send(self, root: Path, place: Place, container: str) -> list[dict[str, Any]]:
        """Send what a host lacks, through a container that runs there.

        Args:
            root: the repo's.

        Returns:
            What is to be laid out there.
        """
        if place.folder is None:
            return []
        receive = ["git", "receive-pack", str(place.folder / STORE)]
        docker = ["docker", "--host", place.client.endpoint.url, "exec", "-i", container]
        said = []
        for number, (here, tree) in enumerate(self.trees.items()):
            receiver = f"{place.folder.name}-{place.name}-{number}"
            commit = commit_for(tree, receiver)
            send_commit(tree, commit, receiver, [*docker, *receive])
            said.append(laid_out(here, tree, commit, place.folder if here == root else None))
        return said


def laid_out(here: Path, tree: WorkTree, commit: str, folder: Path | None) -> dict[str, Any]:
    """How a tree is to be laid out; results are kept in the folder, if there is one."""
    made = (WORKING_FOLDER, RESULTS_FOLDER) if folder else ()
    return {
        "commit": commit,
        "folder": str(here),
        "submodules": dict(tree.submodules),
        # Files are given to containers by their real path, and linked to each other.
        "links": {name: f"{folder}/{name}" for name in made},
    }


def read_sources(inputs: RepoInputs) -> Sources:
    """Make the trees.

    Raises:
        HelpersError: a file changes meanwhile, or the toolchain is no checkout.
    """
    repo = inputs.repo
    trees = {repo.root: write_tree(repo.root, inputs.snapshot)}
    if not repo.toolchain.is_relative_to(repo.root):
        if not (repo.toolchain / ".git").exists():
            raise HelpersError(
                "hosts are sent git checkouts, and the toolchain is none",
                where=str(repo.toolchain),
                fix="add it as a submodule, or leave --hosts out",
            )
        trees[repo.toolchain] = write_tree(repo.toolchain, read_work_tree(repo.toolchain))
    return Sources(trees)
