"""When to try again, and when to give up."""

import random
import time
from collections.abc import Callable, Mapping

from helpers.model.dataclass import dataclass
from helpers.registry.errors import TransientError

# Answers that may differ next time.
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
OnRetry = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """How long a registry is given; all in seconds.

    Attributes:
        total: waiting as a whole, after which the last failure is final.
        first: the wait before the second attempt; each later one doubles.
        longest: a single wait, unless the registry asks for a longer one.
        connect: to answer a connection.
        read: to send or take more bytes.
    """

    total: float = 60.0
    first: float = 0.5
    longest: float = 16.0
    connect: float = 15.0
    read: float = 120.0


def delay(attempt: int, budget: RetryBudget, asked: float, chance: float) -> float:
    """Seconds to wait before the next attempt.

    Args:
        attempt: how many failed, from 1.
        asked: what the registry asks for; never less than that.
        chance: from 0 to 1; spreads those who failed together.
    """
    longest = min(budget.longest, budget.first * 2.0 ** min(attempt - 1, 30))
    return max(asked, longest * (0.5 + chance / 2))


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that an answer asks to wait; 0 where it does not."""
    # Imported here: answers rarely ask.
    from email.utils import parsedate_to_datetime

    said = (headers.get("Retry-After") or "").strip()
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - now)
    except ValueError:
        return 0.0


class Effort:
    """The attempts at one request or upload."""

    def __init__(self, budget: RetryBudget, on_retry: OnRetry) -> None:
        self._budget = budget
        self._on_retry = on_retry
        self.start_over()

    def start_over(self) -> None:
        """Forget the failures so far: an attempt brought progress."""
        self._failed = 0
        self._spent = 0.0

    def pause(self, trouble: TransientError) -> None:
        """Wait before the next attempt.

        Raises:
            RegistryError: the budget is spent.
        """
        self._failed += 1
        chance = random.random()  # noqa: S311 - spreads attempts, guards nothing
        wait = delay(self._failed, self._budget, trouble.wait, chance)
        # An attempt that ran into a timeout costs, but leaves time for some more.
        self._spent += wait + min(trouble.lost, self._budget.total / 4)
        if self._spent > self._budget.total:
            raise trouble.final from trouble.__cause__
        self._on_retry(f"{trouble.reason}: trying again in {wait:.1f} s")
        time.sleep(wait)
