"""What a training came to, as text."""

import sys
from collections.abc import Mapping
from pathlib import PurePath

from helpers.console.foreign import printable
from helpers.console.tables import print_table
from helpers.model.numbers import counted
from helpers.model.results.training import (
    LOG_FILE_NAME,
    RESULT_FILE_NAME,
    TrainingResult,
    TrainingState,
)


def print_training(
    result: TrainingResult, folder: PurePath, then: Mapping[str, float] | None = None
) -> None:
    """Print the state, the metrics and where everything is; what is wrong goes to standard error.

    Args:
        folder: as the user is told of it.
        then: the metrics of the run that it repeats; none: it repeats none.
    """
    sys.stdout.flush()
    values = " ".join(f"{name}={value}" for name, value in result.parameters.items())
    what = " ".join(filter(None, (result.model, values, f"seed={result.seed}")))
    print(f"{result.dir}: {what}: {result.state.value} in {result.seconds:.1f} s")
    if result.metrics:
        header = ("metric", "value", "better", *(["then"] if then is not None else []))
        print_table(header, [_row(result, name, then) for name in result.metrics])
    files = counted(len(result.files), "file")
    print(f"results: {folder}/   ({RESULT_FILE_NAME}, {LOG_FILE_NAME}, {files} that it wrote)")
    if result.state is TrainingState.FAILED:
        print(printable(f"error: {result.problem}"), file=sys.stderr)
        said = "whose last lines are:" if result.last_lines else "which is empty"
        print(f"  where: {folder / LOG_FILE_NAME}, {said}", file=sys.stderr)
        for line in result.last_lines:
            print(f"    {printable(line)}", file=sys.stderr)


def _row(result: TrainingResult, name: str, then: Mapping[str, float] | None) -> tuple[str, ...]:
    row = (name, f"{result.metrics[name]:g}", result.better[name])
    if then is None:
        return row
    return (*row, f"{then[name]:g}" if name in then else "-")
