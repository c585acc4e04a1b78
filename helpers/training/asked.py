"""What a user asks to train, held against the dir's settings."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.results.training import RESULT_FILE_NAME, Recorded, parse_result
from helpers.model.runnable_dir import TRAIN, RunnableDir, dir_option, path_below
from helpers.model.settings.train_config import (
    TrainConfig,
    parse_train_config,
)
from helpers.model.training import (
    Training,
    TrainingRequest,
    check_request,
    example,
    parse_words,
    right_words,
)
from helpers.system.files import read_text, unreadable

_LARGEST_RESULT = 10_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A training that a dir's settings allow.

    Attributes:
        commit: that the tree must be at, or the first digits of it; empty: any.
        repeated: the run that it repeats; none: it repeats none.
    """

    runnable_dir: RunnableDir
    config: TrainConfig
    training: Training
    commit: str = ""
    repeated: Recorded | None = None

    @property
    def file(self) -> str:
        """The dir's settings, relative to the repo."""
        return _file(self.runnable_dir)


def train_settings(item: RunnableDir) -> TrainConfig:
    """How the dir's models are trained.

    Raises:
        HelpersError: it does not say so, or what it says is malformed.
    """
    name = _file(item)
    text = read_text(item.train)
    if text is None:
        raise HelpersError(
            f"nothing says how {item.name} is trained",
            where=name,
            fix=f"write {name} as docs/training.md of the toolchain shows it",
        )
    return parse_train_config(text, name)


def ask(item: RunnableDir, words: Sequence[str], tree: str = "") -> Asked:
    """Read the words of a command line: `MODEL name=value ... [@<commit>]`.

    Args:
        tree: the checkout that has the dir, as the user named it; empty: the user's own.

    Raises:
        HelpersError: they are no request, or ask for what the dir's settings do not allow; it says
            the command that would be right.
    """
    config = train_settings(item)
    try:
        request = parse_words(words)
        if request.dir:
            raise HelpersError("--dir stands among the words of a request")
        return Asked(item, config, check_request(request, config), request.commit)
    except HelpersError as error:
        where = f"--tree {shlex.quote(tree)} " if tree else ""
        fix = f"i train {where}{dir_option(item.name)} {example(right_words(words), config)}"
        raise HelpersError(error.what, where=_file(item), fix=fix) from error


def read_recorded(path: Path) -> Recorded:
    """What a run left, in its folder or the file itself.

    Raises:
        HelpersError: the file is not there, or no result of a training.
    """
    path = path / RESULT_FILE_NAME if path.is_dir() else path
    try:
        if path.stat().st_size > _LARGEST_RESULT:
            raise HelpersError("this is too large for the result of a training", where=str(path))
    except OSError as error:
        raise unreadable(path, error) from error
    text = read_text(path)
    assert text is not None, "it was there just now"
    return parse_result(text, str(path))


def ask_again(item: RunnableDir, recorded: Recorded, named: RunnableDir | None = None) -> Asked:
    """Ask for what a run trained.

    Args:
        item: the run's dir.
        named: the one that the user names; None: none.

    Raises:
        HelpersError: the user names another dir, or the dir's settings no longer allow it.
    """
    if named not in (None, item):
        assert named
        raise HelpersError(
            f"--repeat names a run of {item.name}, and --dir another dir: {named.name}",
            where=f"run {recorded.run}",
            fix=f"{dir_option(item.name)}, or leave it out",
        )
    config = train_settings(item)
    request = TrainingRequest(recorded.model, recorded.parameters)
    return Asked(item, config, check_request(request, config), repeated=recorded)


def _file(item: RunnableDir) -> str:
    return path_below(item.name, TRAIN)
