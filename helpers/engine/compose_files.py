"""What every file of Docker Compose is read with, a dir's services and a stack alike."""

import json
from typing import Any

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, ProcessResult

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
# A file whose anchors stand for billions of lines keeps Compose busy for ever.
READ_SECONDS = 15.0
_TIMED_OUT = 124


def config_in(done: ProcessResult, what: str, shown: str, by_hand: str) -> Any:
    """The configuration that `docker compose config --format json` printed.

    Args:
        what: the file as an error calls it, such as `the stack file`.
        shown: its path.
        by_hand: the command that shows a person the same.

    Raises:
        HelpersError: the file is malformed, or took more than `READ_SECONDS` to read.
    """
    try:
        return json.loads(done.checked().stdout)
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
