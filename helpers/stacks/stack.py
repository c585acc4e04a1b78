"""Which stack is meant: its file, and the names by which it is found again."""

import os
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT
from helpers.engine.containers import list_containers
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.labels import own_labels
from helpers.model.names import digest_of, small_letters
from helpers.model.repo import Repo
from helpers.model.spelling import nearest_value
from helpers.model.stack.places import STACK_FILES
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of a checkout.

    Attributes:
        file: relative to the checkout's root, with `/`.
        project: Compose's name of it, which no other checkout and no other file has.
    """

    repo: Repo
    file: str
    project: str

    @property
    def path(self) -> Path:
        """The file itself."""
        return self.repo.root / self.file

    @property
    def over(self) -> Path:
        """What is laid over the file: which images, and whose the containers are."""
        folder = working_folder(self.repo.root) / "stacks"
        folder.mkdir(exist_ok=True)
        return folder / f"{self.project}.yaml"

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its containers and networks; volumes outlive the stack."""
        return own_labels(self.repo) | {labels.ROLE: "stack", labels.STACK: self.file}

    def lease(self) -> Lease:
        """Held while it is started or taken down: one command at a time does that."""
        return Lease(self.repo.root, f"stack-{self.project}")

    def option(self) -> str:
        """The option of a command that names it; empty where it is the one that is meant anyhow."""
        if self.file == next((one for one in STACK_FILES if (self.repo.root / one).is_file()), ""):
            return ""
        # Imported here: only messages need it.
        import shlex

        return f" --file {shlex.quote(self.file)}"


def find_stack(repo: Repo, host: Host, file: str) -> Stack:
    """The stack of a file; by default of the first one at the usual places.

    Args:
        file: relative to where the user stands, or to the repo's root; empty: none was named.

    Raises:
        HelpersError: there is no such file, or it is outside the repo.
    """
    if not file:
        for place in STACK_FILES:
            if (repo.root / place).is_file():
                return _stack(repo, place)
        raise HelpersError(
            f"the repo has no stack file: none of {', '.join(STACK_FILES)}",
            where=str(repo.root),
            fix="name one with --file, or write deploy/local.yml",
        )
    for base in (host.directory, repo.root):
        path = Path(os.path.normpath(base / file))
        if path.is_file():
            if not path.is_relative_to(repo.root):
                raise HelpersError(
                    "the stack file is outside the repo", where=str(path), fix="move it into it"
                )
            return _stack(repo, path.relative_to(repo.root).as_posix())
    there = [place for place in STACK_FILES if (repo.root / place).is_file()]
    raise HelpersError(
        f"there is no stack file {file!r}",
        where=str(repo.root),
        fix=nearest_value("--file", file, there) if there else "write it, or leave --file out",
    )


def stacks_of(client: Client, repo: Repo) -> list[Stack]:
    """The stacks of this checkout of which a container is there.

    Raises:
        EngineError: the engine does not answer.
    """
    found = list_containers(client, own_labels(repo) | {labels.STACK: ""})
    named = {item.labels[labels.STACK]: item.labels.get(PROJECT, "") for item in found}
    return [Stack(repo, file, project) for file, project in sorted(named.items())]


def _stack(repo: Repo, file: str) -> Stack:
    key = digest_of(f"{repo.root}\0{file}", 8)
    named = (small_letters(part, "-") for part in (repo.outermost.config.name, Path(file).stem))
    return Stack(repo, file, "-".join([*filter(None, named), key]))
