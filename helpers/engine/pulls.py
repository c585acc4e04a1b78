"""`docker pull`: shown for as long as it takes, and tried again after what passes."""

import time
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.events import BuildStep, Listener, Notice
from helpers.system.process import ProcessError, run


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """When a pull that failed is tried again.

    Attributes:
        signs: what the engine says, in small letters, of what may go better the next time.
        attempts: how many there are at the most.
        wait: seconds until the second one, twice as many until each further one; 0: it follows at
            once, without a word.
    """

    signs: tuple[str, ...]
    attempts: int
    wait: float = 0.0


def pull_image(reference: str, listen: Listener, budget: RetryBudget, platform: str = "") -> None:
    """Pull an image to the engine.

    Raises:
        ProcessError: the engine cannot.
    """
    command = ["docker", "pull", "--quiet", *(["--platform", platform] if platform else [])]
    step = BuildStep("", f"pulling {reference}")
    listen(step)
    wait = budget.wait
    try:
        for left in range(budget.attempts, 0, -1):
            try:
                run([*command, reference])
            except ProcessError as error:
                text = "\n".join(error.last_lines)
                if left == 1 or not any(sign in text.lower() for sign in budget.signs):
                    raise
            else:
                return
            if wait:
                last = text.splitlines()[-1] if text else "no reason given"
                listen(Notice(f"the engine could not pull: {last}; trying again in {wait:.0f} s"))
                time.sleep(wait)
                wait *= 2
    finally:
        listen(replace(step, ended=True))
