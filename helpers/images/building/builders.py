"""Other machines that build images: what a build knows of them, whoever reaches them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from helpers.model.dataclass import dataclass
from helpers.model.events import Listener

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Site:
    """Another machine's engine, which builds what it is sent and sends the image back.

    Attributes:
        url: of its engine, as Docker writes it.
    """

    name: str
    url: str

    @property
    def restart(self) -> str:
        """What is typed to learn why its engine went away."""
        return f"i hosts_check --hosts {self.name}"


class Builders(Protocol):
    """Machines that build; safe to use from several threads."""

    @property
    def at_once(self) -> int:
        """How many images they build at once."""
        ...

    def has(self, platform: str) -> bool:
        """Whether one of them builds natively for a platform."""
        ...

    def build(
        self, platform: str, name: str, listen: Listener, work: Callable[[Site | None], Result]
    ) -> Result:
        """Do a dir's work for one of them: None is this machine; again where one is lost."""
        ...
