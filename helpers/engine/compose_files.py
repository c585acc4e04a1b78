"""What every file of Docker Compose is read with, a dir's services and a stack alike."""

import json
from collections.abc import Callable
from typing import Any

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, ProcessResult

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
# A file whose anchors stand for billions of lines keeps Compose busy for ever.
READ_SECONDS = 15.0
_TIMED_OUT = 124


def read_config(
    show: Callable[[], ProcessResult], what: str, shown: str, by_hand: str
) -> tuple[Any, str]:
    """A configuration as Compose understands it, and what Compose said besides.

    Args:
        show: runs `docker compose config --format json`, for at most `READ_SECONDS`.
        what: the file as an error calls it, such as `the stack file`.
        shown: its path.
        by_hand: the command that shows a person the same.

    Raises:
        HelpersError: the file is malformed, or took more than `READ_SECONDS` to read.
    """
    try:
        done = show().checked()
        return json.loads(done.stdout), done.stderr
    except ProcessError as error:
        if error.status == _TIMED_OUT:
            raise HelpersError(
                f"{what} takes more than {READ_SECONDS:g} s to read",
                where=shown,
                fix="replace its anchors (&) and aliases (*) by what they expand to",
            ) from error
        raise HelpersError(
            f"{what} cannot be read",
            where="\n".join([shown, *error.last_lines[-4:]]),
            fix=f"correct it; this shows the same: {by_hand}",
        ) from error
