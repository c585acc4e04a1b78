"""What the jobs that test dirs recorded, brought together: passes and times, for later runs."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from helpers.model.documents.parsing import load_json
from helpers.system.lease import RESULTS_FOLDER, working_folder
from helpers.testing.history import DURATIONS, SUMMARY, recorded_seconds, write_seconds
from helpers.testing.reuse.store import results_folder

_KEY = re.compile(r"[0-9a-f]{32,64}")


def keep_records(repo: Path, brought: Path) -> int:
    """Take the records of jobs over; how many passes were new.

    Runs whose folders are in the repo itself, as GitLab brings them, count as well.

    Args:
        brought: a folder for each job, as its artefact has it; need not be there.

    Raises:
        OSError: they cannot be written.
    """
    working_folder(repo)
    target = results_folder(repo)
    known = recorded_seconds(repo)
    news = dict(pair for path in _runs(repo) for pair in _seconds_of_run(path))
    added = 0
    for folder in sorted(brought.iterdir()) if brought.is_dir() else []:
        for path in folder.rglob(DURATIONS):
            news |= {n: s for n, s in _seconds(path) if known.get(n) != s}
        for path in _passes(folder):
            last = path.parent.parent.name == "last"
            place = (target / "last" if last else target) / path.parent.name / path.name
            added += int(not place.exists())
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    if news:
        write_seconds(repo, known | news)
    return added


def _passes(folder: Path) -> Iterable[Path]:
    """The entries of a store of passes."""
    for path in folder.rglob("*"):
        if _KEY.fullmatch(path.name) and path.parent.name == path.name[:2] and path.is_file():
            yield path


def _runs(repo: Path) -> Iterable[Path]:
    return sorted((repo / RESULTS_FOLDER).glob(f"2*/{SUMMARY}"))


def _seconds_of_run(path: Path) -> list[tuple[str, float]]:
    try:
        dirs = load_json(path.read_text())["dirs"].items()
        return [(str(name), float(one["seconds"])) for name, one in dirs if not one["reused"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _seconds(path: Path) -> list[tuple[str, float]]:
    try:
        return [(str(name), float(one)) for name, one in load_json(path.read_text()).items()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []
