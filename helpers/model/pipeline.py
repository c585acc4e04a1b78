"""A pipeline of CI as plain values: what runs, after what, and when.

All is decided here and where these are made; an emitter writes them as a forge wants them.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, StrEnum
from typing import Any

from helpers.model.dataclass import dataclass


class Fact(StrEnum):
    """What is known only when a job runs."""

    EVENT = "the file that says what happened"
    RESULTS = "how the jobs ended that were waited for, as JSON"
    BRIEF = "the plan in brief, as JSON"
    DIRS = "the dirs of this job, one a line"
    KEY = "the name of this job in names of files"
    TITLE = "the name of this job for people"
    RUNNER = "the labels of this job's runner"
    ENVIRONMENT = "the environment of this job"


class Condition(StrEnum):
    """When a job or a step runs."""

    SUCCESS = "what it waits for succeeded"
    ALWAYS = "in any case"
    PLANNED = "the plan has a job for it"
    TRUNK = "the event is a push to a branch that is tested, and what came before succeeded"
    PASSED = "what it waits for succeeded, or had nothing to do where that may be"


class History(Enum):
    """How much of git's history a job has."""

    NEWEST = "the newest commit is all"
    DEEPER = "it may be fetched deeper"
    WHOLE = "all of it, with the tags"


@dataclass(frozen=True, slots=True)
class Secret:
    """What a step is given of the forge's secrets, by its name there."""

    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a job.

    Attributes:
        run: what is typed, in the repo's root.
        env: variables that it has.
        name: for people; empty: the command itself.
        fetches: it may fetch history, or push where the job may write: git gets the job's token.
        own: a step of the repo's own, as the forge writes it; `run` is empty then.
        id: by which the job's outputs name it.
    """

    run: str = ""
    env: Mapping[str, str | Fact | Secret] = field(default_factory=dict)
    name: str = ""
    fetches: bool = False
    own: Any = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class JobImage:
    """The image in which the commands of a job run.

    Attributes:
        reference: with its digest.
        script: what runs them in it, relative to the repo's root.
    """

    reference: str
    script: str


@dataclass(frozen=True, slots=True)
class Cache:
    """Files that a later run of the pipeline finds again.

    Attributes:
        name: what its key starts with.
        paths: as a shell writes them.
        files: those whose content is the key; none: each run may leave a newer one.
        when: the job saves it then; None: it only reads.
    """

    name: str
    paths: tuple[str, ...]
    files: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Artifact:
    """Files that people, or later jobs, get of a job.

    Attributes:
        name: what its name starts with; the job's key follows.
        days: how long the forge keeps them.
    """

    name: str
    paths: tuple[str, ...]
    when: Condition = Condition.ALWAYS
    days: int = 14


@dataclass(frozen=True, slots=True)
class Need:
    """A job that another waits for.

    Attributes:
        artifacts: which of its files the other gets, by the start of their names.
        into: the folder where they are put, each in one of its own.
        skippable: the other also runs where this one had nothing to do.
    """

    job: str
    artifacts: str = ""
    into: str = ""
    skippable: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A part of a pipeline that runs on one machine.

    Attributes:
        runner: labels of the machine.
        minutes: after which it is ended.
        gives: what jobs that wait for this one can read: the step with its outputs, or files.
        calls: the workflow that is run in place of steps.
        each: one job for each part of the plan.
        only: the one dir whose being affected makes it run; empty: it is not about one.
        branches: only a push to one makes it run; none: whatever starts the pipeline does.
        audience: for whom it gets a token that says which job it is; empty: it gets none.
        alone: jobs of this name run one after the other, whatever started them; empty: at once.
        image: where its commands run; None: on the machine itself.
        interruptible: a newer run for the same request may end it.
        grants: what of the forge it may write as well, each with the reason.
        with_facts: what a called workflow is given: by its input, a text, a list or a fact.
    """

    name: str
    runner: tuple[str, ...] | Fact = ()
    title: str | Fact = ""
    steps: tuple[Step, ...] = ()
    needs: tuple[Need, ...] = ()
    when: Condition = Condition.SUCCESS
    minutes: int = 30
    caches: tuple[Cache, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    history: History = History.NEWEST
    gives: tuple[str, ...] = ()
    calls: str = ""
    each: bool = False
    only: str = ""
    branches: tuple[str, ...] = ()
    audience: str = ""
    alone: str = ""
    with_facts: Mapping[str, str | Fact | tuple[str, ...]] = field(default_factory=dict)
    environment: str | Fact = ""
    key: str | Fact = ""
    image: JobImage | None = None
    interruptible: bool = True
    grants: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Starts:
    """What starts a pipeline.

    Attributes:
        branches: those whose pushes do.
        merge_queue: what is about to be merged does.
        paths: only changes below these do, as the forge's patterns; none: all.
        called: only another pipeline does.
        titles: a new title of a pull request does.
        more: further events, as the forge writes them.
    """

    branches: tuple[str, ...] = ()
    merge_queue: bool = False
    paths: tuple[str, ...] = ()
    called: bool = False
    titles: bool = False
    more: Any = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline.

    Attributes:
        path: the file that says it, relative to the repo's root.
    """

    name: str
    path: str
    starts: Starts
    jobs: tuple[Job, ...]

    def job(self, name: str) -> Job | None:
        """The job of a name; None: there is none."""
        return next((job for job in self.jobs if job.name == name), None)
