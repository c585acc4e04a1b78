"""Which files of a repo the toolchain reads as settings, and what their readers refuse."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

from helpers.managed_files.repo_record import RECORD_FILE_NAME, parse_record
from helpers.model.changelog.parse import FILE_NAME as CHANGELOG
from helpers.model.errors import HelpersError
from helpers.model.packages.audit import ALLOW_FILE_NAME, parse_allowances
from helpers.model.runnable_dir import DEVOPS, TRAIN
from helpers.model.settings.config import parse_dir_config, parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME, DIR_CONFIG_FILE_NAME
from helpers.model.settings.train_config import parse_train_config
from helpers.model.sync.shared import SYNC_FILE_NAME, parse_shared
from helpers.quality.plan import LintStep

_OF_DIR: dict[str, Callable[[str, str], object]] = {
    DIR_CONFIG_FILE_NAME: parse_dir_config,
    ALLOW_FILE_NAME: parse_allowances,
    PurePosixPath(TRAIN).name: parse_train_config,
}
_READERS = _OF_DIR | {
    CONFIG_FILE_NAME: parse_repo_config,
    RECORD_FILE_NAME: parse_record,
    SYNC_FILE_NAME: parse_shared,
}


def plan_settings(files: Sequence[str], *, shares: bool) -> tuple[LintStep, ...]:
    """The step that reads the settings among a repo's files; none where it has no settings.

    Args:
        shares: the repo is the toolchain's own, which lists the files that many repos share.
    """
    at_root = {CONFIG_FILE_NAME, RECORD_FILE_NAME, *([SYNC_FILE_NAME] if shares else [])}
    changelogs = {name for name in files if PurePosixPath(name).name == CHANGELOG}
    found = []
    for name in files:
        path = PurePosixPath(name)
        # Without a changelog beside it a folder of this name is not ours.
        ours = path.parent.name == DEVOPS and str(path.parent.parent / CHANGELOG) in changelogs
        if name in at_root or (ours and path.name in _OF_DIR):
            found.append(name)
    return (LintStep("settings", settings=tuple(found)),) if found else ()


def refused(root: Path, names: Iterable[str]) -> list[HelpersError]:
    """What the readers refuse, in the order of the files."""
    found = []
    for name in names:
        try:
            _READERS[PurePosixPath(name).name]((root / name).read_text(encoding="utf-8"), name)
        except (OSError, UnicodeDecodeError) as error:
            found.append(HelpersError(f"cannot read {name}: {error}", where=name))
        except HelpersError as error:
            found.append(error)
    return found
