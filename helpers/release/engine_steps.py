"""Carry out the steps that change images of this engine: pull one, name it, take a name away."""

from helpers.engine.client import Client
from helpers.engine.containers import find_image, tag_image, untag_image
from helpers.engine.pulls import RetryBudget, pull_image
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.release.step_kinds import NameImage, PullImage, RenameImage, Step
from helpers.system.process import ProcessError

_PATIENCE = RetryBudget(
    (
        *("eof", "connection reset", "connection refused", "timeout", "timed out", "broken pipe"),
        *("429", "too many requests", "500 internal", "502", "503", "504", "unexpected status"),
        *("unexpected commit digest", "short read", "httpreadseeker", "failed size validation"),
        "use of closed network connection",
    ),
    attempts=5,
    wait=1.0,
)


def change_engine(client: Client, step: Step, listen: Listener) -> None:
    """Carry out a step on this engine.

    Raises:
        HelpersError: the engine cannot pull, or has no such image.
    """
    match step:
        case PullImage():
            _pull(step.reference, listen)
        case NameImage():
            image = find_image(client, step.image)
            if image is None:
                raise HelpersError("the engine lost an image", where=step.shown)
            tag_image(client, image.id, step.name)
        case RenameImage():
            image = find_image(client, step.reference)
            for name in step.names if image else ():
                tag_image(client, step.reference, name)
            if image:
                untag_image(client, step.reference, image.id)


def _pull(reference: str, listen: Listener) -> None:
    try:
        pull_image(reference, listen, _PATIENCE)
    except ProcessError as error:
        raise HelpersError(
            "the engine cannot pull the image",
            where="\n".join(error.last_lines),
            fix="i docker_login, or look whether the engine reaches the registry",
        ) from error
