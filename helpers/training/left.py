"""What a training's job left, read as data: on the disk of another job, or on the forge."""

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from helpers.forge.github import GitHub
from helpers.forge.gitlab import GitLab
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.results.reported import Reported, cut_lines, parse_reported
from helpers.model.results.training import RESULT_FILE_NAME
from helpers.model.training_job import TrainingJob
from helpers.system.lease import WORKING_FOLDER

# Where the job keeps the end of its log, and where the next one has both.
LOG_NAME = "train.log"
# Where a job of GitLab's keeps what it reports, and the result that it read.
REPORT_FOLDER = f"{WORKING_FOLDER}/report"
REPORTED_RESULT = f"{REPORT_FOLDER}/{RESULT_FILE_NAME}"
# GitLab's job that starts the pipeline in which a training is reported.
CALL = "train"
_LARGEST = 1_000_000
_LARGEST_ARCHIVE = 2_000_000
_MOST_FILES = 1000
# Results of a branch that are looked at, the newest first.
_MOST_RESULTS = 10


@dataclass(frozen=True, slots=True)
class Left:
    """What a job left.

    Attributes:
        result: None: there is none that can be shown.
        problem: what is wrong with what it left; empty: nothing.
        log: the last lines of what `i train` printed.
        text: of the file with the result.
    """

    result: Reported | None = None
    problem: str = ""
    log: tuple[str, ...] = ()
    text: str = ""


def read_left(folder: Path, job: TrainingJob) -> Left:
    """Read what a job left in a folder, whatever it is."""
    found = _plain_files(folder)
    logs = [path for path in found if path.name == LOG_NAME]
    log = cut_lines(_read(logs[0]).splitlines()) if logs else ()
    results = [path for path in found if path.name == RESULT_FILE_NAME]
    if not results:
        return Left(log=log)
    try:
        if len(results) > 1:
            raise HelpersError("the job left several results")
        if results[0].stat().st_size > _LARGEST:
            raise HelpersError("the result that the job left is too large")
        text = _read(results[0])
        result = parse_reported(text)
        if not result.is_of(job.asked):
            raise HelpersError("the result that the job left is of another training")
    except HelpersError as error:
        return Left(problem=error.what, log=log)
    return Left(result, log=log, text=text)


def last_result(forge: GitHub | GitLab, job: TrainingJob) -> Reported | None:
    """The newest result of the same model, of the branch that it is compared with.

    At GitLab that is the default branch.

    Raises:
        ForgeError: the forge refuses, or does not answer.
    """
    found = _on_gitlab(forge, job) if isinstance(forge, GitLab) else _on_github(forge, job)
    wanted = (job.asked.dir, job.asked.model)
    return next((one for one in found if (one.recorded.dir, one.recorded.model) == wanted), None)


def _on_github(github: GitHub, job: TrainingJob) -> Iterator[Reported]:
    own = replace(job, number=0)
    kept = [one for one in github.kept_files(own.kept) if one.branch == job.base]
    for file in kept[:_MOST_RESULTS]:
        found = None if file.size > _LARGEST_ARCHIVE else _in_archive(github.kept_content(file))
        if found:
            yield found


def _on_gitlab(gitlab: GitLab, job: TrainingJob) -> Iterator[Reported]:
    own = replace(job, number=0)
    for content in gitlab.kept_files(job.base, CALL, own.reported, REPORTED_RESULT):
        with suppress(HelpersError, ValueError):
            yield parse_reported(content[:_LARGEST].decode())


def _plain_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, _, names in os.walk(folder):
        paths = (Path(place, name) for name in sorted(names))
        found += [path for path in paths if stat.S_ISREG(path.lstat().st_mode)]
        if len(found) > _MOST_FILES:
            return []
    return found


def _read(path: Path) -> str:
    """The end of a file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LARGEST))
        return file.read(_LARGEST).decode("utf-8", "replace")


def _in_archive(content: bytes) -> Reported | None:
    """The result in an archive; None where there is none that can be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [one for one in archive.infolist() if _is_result(one.filename)]
            if len(entries) != 1 or entries[0].file_size > _LARGEST:
                return None
            with archive.open(entries[0]) as file:
                return parse_reported(file.read(_LARGEST).decode())
    except (HelpersError, NotImplementedError, RuntimeError, ValueError, zipfile.BadZipFile):
        return None


def _is_result(name: str) -> bool:
    return name.rpartition("/")[2] == RESULT_FILE_NAME
