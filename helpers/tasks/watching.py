"""`main_pytest.py --watch`: run again what a saved file affects, or what a key asks for."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import field, replace

from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.numbers import counted
from helpers.model.repo import Repo
from helpers.model.results.results import RunResult, Verdict
from helpers.system.keys import Keys
from helpers.testing.request import TestRequest
from helpers.testing.watch import next_inputs

_AGAIN, _FAILED, _ALL, _HELP = "r\r\n", "f", "a", "h?"
_QUIT = "q\x04"
_KEYS = "r: run again, f: failed only, a: all, q: quit, h: help"
_ABOUT_KEYS = """\
  r, Enter  run again what ran last, whether or not it passed
  f         run the tests that failed when they last ran, of all dirs
  a         run all that was asked for; what passed and did not change is reused
  q         quit, as Ctrl-C does
  h, ?      show this
A saved file runs the dirs that it affects, also one that is saved while tests run.
Keys that are typed while tests run are not used."""


@dataclass(slots=True)
class Watch:
    """Runs that follow each other until the user ends them.

    Attributes:
        run: runs what is asked for.
        asked: what the user asked for.
        last: what ran last.
        failed: by dir, the tests that failed when they last ran; none: the dir itself did.
    """

    repo: Repo
    run: Callable[[TestRequest, RepoInputs], RunResult]
    interrupted: Callable[[], bool]
    asked: TestRequest
    keys: Keys | None
    last: TestRequest = field(init=False)
    status: int = field(init=False, default=0)
    failed: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict)

    def go_on(self, inputs: RepoInputs) -> int:
        """Run, and again and again; the status of the last run."""
        self._run(self.asked, inputs)
        while not self.interrupted():
            names = [item.name for item in self.asked.dirs]
            with self.keys or nullcontext():
                if self.keys and self.keys.unused:
                    print(f"typed while tests ran, and not used: {self.keys.unused}")
                print(self._waiting(), flush=True)
                # Where tests cannot write to the work tree, what changed during a run was saved.
                saved = self.asked.reuse
                found = next_inputs(self.repo, inputs, names, self._pressed, at_once=saved)
            if isinstance(found, str):
                if found in _QUIT:
                    break
                inputs = read_repo_inputs(self.repo)
                self._run(self._chosen(found), inputs, again=found in _AGAIN)
            else:
                inputs, affected = found
                self._run(self._part(affected), inputs)
        return self.status

    def _run(self, request: TestRequest, inputs: RepoInputs, *, again: bool = False) -> None:
        there = tuple(item for item in request.dirs if item.name in inputs.tree.dirs)
        result = self.run(replace(request, dirs=there, again=again), inputs)
        self.last, self.status = request, result.exit_status
        for item in result.dirs:
            self.failed.pop(item.dir, None)
            if item.verdict is Verdict.BAD:
                self.failed[item.dir] = tuple(test.node for test in item.tests if test.bad)

    def _chosen(self, key: str) -> TestRequest:
        """What a key asks for."""
        if key in _AGAIN:
            return self.last
        return self.asked if key in _ALL else self._part(set(self.failed), only_failed=True)

    def _part(self, names: set[str], *, only_failed: bool = False) -> TestRequest:
        dirs = tuple(item for item in self.asked.dirs if item.name in names)
        failed = {name: nodes for name, nodes in self.failed.items() if nodes}
        only = {**self.asked.only, **failed} if only_failed else self.asked.only
        return replace(self.asked, dirs=dirs, only=only, left_out=0, part="")

    def _waiting(self) -> str:
        dirs = counted(len(self.asked.dirs), "dir")
        return f"watching {dirs}; {_KEYS if self.keys else 'Ctrl-C ends it'}"

    def _pressed(self) -> str:
        """A key that something is to be done about; an interrupt quits."""
        if self.interrupted():
            return _QUIT[0]
        key = self.keys.pressed() if self.keys else ""
        if key and key in _HELP:
            print(f"{_ABOUT_KEYS}\n{self._waiting()}", flush=True)
        elif key == _FAILED and not self.failed:
            print(f"nothing failed\n{self._waiting()}", flush=True)
        elif key and key in f"{_AGAIN}{_FAILED}{_ALL}{_QUIT}":
            return key
        return ""
