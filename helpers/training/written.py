"""What a command wrote in its container: kept as plain files, and its metrics read as data."""

import math
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.containers.inputs_view import View
from helpers.model.documents.parsing import load_json
from helpers.model.runnable_dir import ROOT
from helpers.model.settings.train_config import Metric

_LARGEST = 1_000_000


def take_files(view: View, names: Mapping[str, str], dir: str, target: Path) -> list[str]:
    """Move what the command wrote in its dir to a folder; the paths below the dir, sorted.

    Links and whatever else is no plain file are left out: nobody who opens the results is to be
    led out of them.

    Args:
        names: the files that the view was filled with.
        target: where nothing is yet.
    """
    whole = target.with_name(f"{target.name}.all")
    whole.mkdir()
    prefix = "" if dir == ROOT else f"{dir}/"
    kept = []
    for name in view.take_written(names, whole):
        path = whole / name
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) or not name.startswith(prefix):
            path.unlink()
            continue
        path.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
        kept.append(name.removeprefix(prefix))
    if kept:
        (whole / dir).rename(target)
    shutil.rmtree(whole, ignore_errors=True)
    return kept


def read_metric(metric: Metric, folder: Path, kept: list[str]) -> float | str:
    """The number, or why there is none.

    Args:
        kept: the files in the folder that the command wrote.
    """
    if metric.file not in kept:
        return f"the command wrote no {metric.file}, where {metric.name} should be"
    path = folder / metric.file
    if path.stat().st_size > _LARGEST:
        return f"{metric.file} is larger than a megabyte, so {metric.name} was not read"
    try:
        found = load_json(path.read_bytes())
    except ValueError as error:
        return f"{metric.file} is no JSON, so {metric.name} was not read: {error}"
    for name in metric.key.split("."):
        if not isinstance(found, dict) or name not in found:
            return f"{metric.file} has no {metric.key}, where {metric.name} should be"
        found = found[name]
    number = _number(found)
    return f"{metric.name} is no finite number in {metric.file}" if number is None else number


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
