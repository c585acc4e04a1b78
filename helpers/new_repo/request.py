"""What a new repo is made of, and the repo as it stands while it is made."""

from datetime import date
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.new_repo import Answers, Names
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig, parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.settings.repo_defaults import RepoDefaults
from helpers.system.files import read_text
from helpers.system.host import Host
from helpers.system.nested_repos import read_nesting
from helpers.vcs.refs import find_commit

# Where the toolchain is in a new repo, and the branch that is protected.
SUBMODULE, MAIN = "helpers_root", "main"


@dataclass(frozen=True, slots=True)
class NewRepo:
    """A repo that is to be made.

    Attributes:
        root: its folder, absolute; it need not be there.
        url, commit: where its toolchain comes from, and the commit that it shall have.
        toolchain: the one that runs.
    """

    root: Path
    answers: Answers
    names: Names
    defaults: RepoDefaults
    url: str
    commit: str
    toolchain: Path
    host: Host
    today: date
    listen: Listener

    @property
    def is_repo(self) -> bool:
        """Whether the folder is a git checkout of its own."""
        return (self.root / ".git").exists()

    @property
    def has_commit(self) -> bool:
        """Whether its first commit is made: then all that is local is done."""
        return self.is_repo and bool(find_commit(self.root))

    def loaded(self) -> Repo:
        """The repo as its files have it now, with its own toolchain.

        Raises:
            HelpersError: its settings are malformed.
        """
        text = read_text(self.root / CONFIG_FILE_NAME)
        config = (
            RepoConfig(self.names.repo)
            if text is None
            else parse_repo_config(text, CONFIG_FILE_NAME)
        )
        toolchain = self.root / SUBMODULE
        nesting = read_nesting(self.root, toolchain)
        return Repo(
            self.root, toolchain, config, nested=nesting.repos, toolchains=nesting.toolchains
        )
