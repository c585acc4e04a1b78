"""The current state of a run and its builds, collected from events for the views."""

import re
from collections.abc import Iterator
from dataclasses import field

from helpers.console.runs.summary import state_words
from helpers.model.dataclass import dataclass
from helpers.model.events import (
    BuildEnded,
    BuildStarted,
    BuildStep,
    DirEnded,
    DirStateChanged,
    Event,
    Notice,
    ReleaseEnded,
    ReleaseStep,
    RunStarted,
    TestEnded,
    TestsCollected,
)
from helpers.model.numbers import counted
from helpers.model.results.results import DirState, TestCase
from helpers.model.runnable_dir import ROOT, shown_name

_MOST_NAMED = 3
# Steps of the shared Dockerfile, by what only they say, and the words that a view shows for each.
_IN_WORDS = {
    re.compile(said): words
    for said, words in (
        (r"python3 -m venv /opt/uv ", "install uv"),
        (r"/opt/installer/bin/python ", "install Poetry"),
        (r"/run/thin/thin_env\.py ", "make the thin environment"),
        (r"> /made/compiled ", "compile the standard library"),
        (r"pip install .* --target /opt/conda_tool/lib ", "install the conda solver"),
        (r"/opt/installer/bin/poetry .* export ", "export poetry.lock"),
        (r"/opt/uv/bin/uv export ", "export uv.lock"),
        (r"mv \S+ requirements\.txt", "read the requirements of production"),
        (r"/run/in_build/install_requirements\.py ", "install Python packages"),
        (r"/run/in_build/conda_environment\.py ", "install conda packages"),
        (r"/run/in_build/test_packages\.py ", "gather the packages of tests"),
        (r"/run/in_build/settle\.py ", "copy the code"),
        (r">> /etc/passwd ", "add the user of production"),
        (r"install_packages\.sh < /run/packages\.txt$", "install the OS packages of every image"),
    )
}
_OS_PACKAGES = re.compile(r"/run/in_build/install_packages\.sh (?P<names>.*)< /dev/null$")
_BUILD = "building"
_RELEASE = "releasing"


@dataclass(slots=True)
class RunningSteps:
    """The steps of a build that began and have not ended, the first that began at the front."""

    _steps: dict[str, tuple[BuildStep, float]] = field(default_factory=dict)

    def take(self, step: BuildStep, now: float) -> None:
        """Note that a step began, went on or ended."""
        key = step.number or step.step
        if step.ended:
            self._steps.pop(key, None)
            return
        _, began = self._steps.get(key, (step, now))
        self._steps[key] = (step, began)

    def clear(self) -> None:
        """Forget everything that is running."""
        self._steps.clear()

    def shown(self, now: float) -> str:
        """The step that began first and still runs, with its bytes and seconds."""
        for step, began in self._steps.values():
            facts = [step.amount] if step.amount else []
            facts += [f"{now - began:.0f} s"] if now - began >= 1 else []
            text = short_step(step.step)
            return f"{text} ({', '.join(facts)})" if facts else text
        return ""


def short_step(text: str) -> str:
    """A step in words, where it is one of the shared Dockerfile; else as it is."""
    for said, words in _IN_WORDS.items():
        if said.search(text):
            return words
    if os_packages := _OS_PACKAGES.search(text):
        return f"install {os_packages['names'] or 'no OS packages'}".strip()
    return text


@dataclass(slots=True)
class DirRow:
    """The state of one dir.

    Attributes:
        name: what people call it.
        phase: what is done with it, in words; empty before its turn and after its end.
        detail: of a result: where it is from; of a build that failed: its log.
        cached: how many steps of its build had nothing to do.
    """

    name: str
    image: str = ""
    state: DirState = DirState.WAITING
    phase: str = ""
    detail: str = ""
    steps: RunningSteps = field(default_factory=RunningSteps)
    collected: int = 0
    cached: int = 0
    began: float = 0.0
    entered: float = 0.0
    seconds: float = 0.0
    tests: list[TestCase] = field(default_factory=list)

    def doing(self, now: float) -> str:
        """The current activity: the step of a build, or how many tests ended."""
        if self.phase == DirState.TESTING.value and self.collected:
            return f"{len(self.tests)} of {counted(self.collected, 'test')}"
        return self.steps.shown(now)


class RunState:
    """All rows of a run, by their dirs' paths; those that are only built or released come too."""

    def __init__(self, root_name: str = ROOT) -> None:
        self.root_name = root_name
        self.rows: dict[str, DirRow] = {}
        self.others: dict[str, DirRow] = {}

    def take(self, event: Event, now: float) -> None:
        """Take an event."""
        match event:
            case RunStarted():
                # Of a release: its dir is tested now.
                for dir, _ in event.dirs:
                    self.others.pop(dir, None)
                self.rows = {dir: DirRow(self._name(dir), image) for dir, image in event.dirs}
            case DirStateChanged():
                self._enter(self._row(event.dir), event, now)
            case TestsCollected():
                self._row(event.dir).collected = event.number
            case TestEnded():
                self._row(event.dir).tests.append(event.test)
            case DirEnded():
                self._end(self._row(event.result.dir), event)
            case _:
                self._take_work(event, now)

    def _take_work(self, event: Event, now: float) -> None:
        """Take an event of a build or a release."""
        match event:
            case BuildStarted():
                row = self._row(event.dir, event.image)
                row.steps.clear()
                self._begin(row, row.phase or _BUILD, now)
            case BuildStep():
                row = self._row(event.dir)
                row.steps.take(event, now)
                row.cached += event.cached
            case BuildEnded():
                self._row(event.dir).steps.clear()
                self.others.pop(event.dir, None)
            case ReleaseStep():
                row = self._row(event.dir)
                row.steps.clear()
                self._begin(row, _RELEASE, now)
                row.steps.take(BuildStep(event.dir, event.text), now)
            case ReleaseEnded():
                self._rest(self._row(event.dir))
                self.others.pop(event.dir, None)
            case Notice() if event.dir in self.rows:
                self._note(self.rows[event.dir], event, now)
            case _:
                pass

    @staticmethod
    def _note(row: DirRow, notice: Notice, now: float) -> None:
        """While a dir starts, a notice says what it waits for, until the next one."""
        if row.state is DirState.STARTING:
            row.steps.clear()
            row.steps.take(BuildStep(notice.dir, notice.text), now)

    def going_on(self, now: float) -> str:
        """The current activity in one line; empty if there is none."""
        working = [row for row in self._all() if row.phase or row.steps.shown(now)]
        working.sort(key=lambda row: row.began)
        said = [_said(row, now) for row in working[:_MOST_NAMED]]
        more = len(working) - len(said)
        said += [f"{counted(more, 'other dir')}"] if more else []
        waiting = sum(row.state is DirState.WAITING and not row.phase for row in self.rows.values())
        said += [f"{counted(waiting, 'dir')} waiting"] if waiting and said else []
        return "; ".join(said)

    def beside(self, now: float) -> str:
        """The step of a build that is no dir's own, such as the base image's; empty: none runs."""
        return next((row.doing(now) for row in self.others.values()), "")

    def _all(self) -> Iterator[DirRow]:
        yield from self.rows.values()
        yield from self.others.values()

    def _name(self, dir: str) -> str:
        return shown_name(dir, self.root_name)

    def _row(self, dir: str, image: str = "") -> DirRow:
        return self.rows.get(dir) or self.others.setdefault(
            dir, DirRow(self._name(dir) or image or "all", image)
        )

    def _enter(self, row: DirRow, event: DirStateChanged, now: float) -> None:
        row.state, row.detail = event.state, event.detail
        row.steps.clear()
        self._begin(row, "" if event.state is DirState.WAITING else event.state.value, now)

    def _begin(self, row: DirRow, phase: str, now: float) -> None:
        row.began = row.began or now
        if phase != row.phase:
            row.phase, row.entered = phase, now

    @staticmethod
    def _rest(row: DirRow) -> None:
        """Nothing is done with it any more."""
        row.phase = ""
        row.steps.clear()

    def _end(self, row: DirRow, event: DirEnded) -> None:
        result = event.result
        row.name, row.state, row.seconds = result.name, result.state, result.seconds
        row.detail = state_words(result).removeprefix(result.state.value).strip()
        self._rest(row)
        row.tests = row.tests or list(result.tests)


def _said(row: DirRow, now: float) -> str:
    doing = row.doing(now)
    words = f"{row.name} {row.phase}".rstrip()
    if doing:
        return f"{words}: {doing}"
    seconds = now - row.entered if row.entered else 0
    return f"{words} ({seconds:.0f} s)" if row.phase else words
