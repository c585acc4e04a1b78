"""Which worker of pytest-xdist runs which test."""

from typing import Any

from xdist.scheduler import LoadScheduling  # type: ignore[import-untyped]
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]


class OneWorkerPerFile(LoadScheduling):  # type: ignore[misc]
    """Deal the tests out in their order, those of one file to the worker that began with it.

    Fixtures of a module are so made by one worker, not by all of them. A worker for which nothing
    else is left helps with the files of others: nobody is waited for in the end.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._owners: dict[str, WorkerController] = {}

    def _send_tests(self, node: WorkerController, num: int) -> None:
        """Called by the base class, which counts: take tests off the queue for a worker."""
        for _ in range(min(num, len(self.pending))):
            test = self.pending.pop(self._next_for(node))
            self._owners.setdefault(self._file(test), node)
            self.node2pending[node].append(test)
            node.send_runtest_some([test])

    def _next_for(self, node: WorkerController) -> int:
        """The place in the queue of the first test whose file no other worker began with."""
        places = (
            place
            for place, test in enumerate(self.pending)
            if self._owners.get(self._file(test), node) is node
        )
        return next(places, 0)

    def _file(self, test: int) -> str:
        return str(self.collection[test]).partition("::")[0]
