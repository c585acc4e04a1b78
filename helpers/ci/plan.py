"""Which dirs a run of CI tests, and in which jobs: decided from what a change affects."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.numbers import counted, list_few
from helpers.model.runnable_dir import ROOT, shown_name
from helpers.model.settings.ci_config import DEFAULT_RUNNER, CiConfig, Target
from helpers.testing.schedule import shards

# What GitHub has where a repo names no runner of its own.
_HOSTED = ("ubuntu-latest",)
_FEW = 20


@dataclass(frozen=True, slots=True)
class Part:
    """What one job tests.

    Attributes:
        key: its name in names of files.
        title: its name for people.
        dirs: names of dirs.
        runner: the labels of its machine.
    """

    key: str
    title: str
    dirs: tuple[str, ...]
    runner: tuple[str, ...]
    environment: str = ""


@dataclass(frozen=True, slots=True)
class DirNeeds:
    """What a dir's job needs.

    Attributes:
        slug: the dir's name in names of files.
    """

    slug: str
    runner: tuple[str, ...] = _HOSTED
    environment: str = ""


@dataclass(frozen=True, slots=True)
class CiPlan:
    """The plan of a run.

    Attributes:
        base: the commit that was compared with; empty: none.
        everything: why all dirs are tested; empty: those that a change affects.
        skipped: the dirs that are not.
    """

    base: str
    everything: str
    parts: tuple[Part, ...]
    skipped: tuple[str, ...] = ()
    affected: tuple[str, ...] = field(default_factory=tuple)

    def as_json(self) -> str:
        """The plan as jobs read it, in one line."""
        parts = [
            {
                "key": part.key,
                "title": part.title,
                "dirs": "\n".join(part.dirs),
                "runner": list(part.runner),
                "environment": part.environment,
            }
            for part in self.parts
        ]
        content = {
            "base": self.base,
            "everything": self.everything,
            "affected": list(self.affected),
            "skipped": list(self.skipped),
            "parts": parts,
        }
        return json.dumps(content, separators=(",", ":"))

    def brief(self) -> str:
        """What the gate is told: a line that fits into a variable, however many dirs there are."""
        few = self.skipped[:_FEW]
        content = {
            "jobs": len(self.parts),
            "everything": self.everything,
            "skipped": list(few),
            "more": len(self.skipped) - len(few),
        }
        return json.dumps(content, separators=(",", ":"))

    def lines(self, root_name: str) -> list[str]:
        """The plan for people."""
        compared = f"compared with {self.base[:12]}: " if self.base else ""
        dirs = sum(len(part.dirs) for part in self.parts)
        found = [f"{compared}{counted(dirs, 'dir')} in {counted(len(self.parts), 'job')}"]
        if self.everything:
            found = [f"all dirs are tested: {self.everything}", *found]
        for part in self.parts:
            names = ", ".join(shown_name(name, root_name) for name in part.dirs)
            found.append(f"  {part.title}" + (f": {names}" if part.title != names else ""))
        if self.skipped:
            names = list_few((shown_name(one, root_name) for one in self.skipped), _FEW)
            found.append(f"skipped: {names}: nothing that they use changed")
        return found


def needs_of(slug: str, runner: str, environment: str, config: CiConfig, where: str) -> DirNeeds:
    """What the job of a dir needs, from its settings.

    Args:
        where: its settings file, for messages alone.

    Raises:
        HelpersError: the repo does not know the runner or the environment.
    """
    if runner and runner not in config.runners:
        known = ", ".join(config.runners) or "none"
        raise HelpersError(
            f"key 'runner': the repo has no runner {runner!r}; it has: {known}",
            where=where,
            fix=f"add to repo_config.yaml: ci: {{runners: {{{runner}: [LABEL]}}}}",
        )
    if environment and environment not in config.environments:
        known = ", ".join(config.environments) or "none"
        raise HelpersError(
            f"key 'environment': the repo has no environment {environment!r}; it has: {known}",
            where=where,
            fix=f"add to repo_config.yaml: ci: {{environments: [{environment}]}}",
        )
    return DirNeeds(slug, runner_of(config, runner), environment)


def runner_of(config: CiConfig, name: str = "") -> tuple[str, ...]:
    """The labels of the runner that a job needs."""
    hosted = _HOSTED if config.target is Target.GITHUB else ()
    return config.runners.get(name or DEFAULT_RUNNER, hosted)


def split(
    dirs: Mapping[str, DirNeeds], seconds: Mapping[str, float], most: int, root_name: str = ROOT
) -> tuple[Part, ...]:
    """The jobs for these dirs: one each, or else shards that take about as long.

    Args:
        seconds: the last known times of dirs.
        most: how many jobs there may be.

    Raises:
        HelpersError: dirs need more different machines than there may be jobs.
    """
    if len(dirs) <= most:
        return tuple(
            Part(one.slug, shown_name(name, root_name), (name,), one.runner, one.environment)
            for name, one in dirs.items()
        )
    groups: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, one in dirs.items():
        groups.setdefault((one.runner, one.environment), []).append(name)
    if len(groups) > most:
        raise HelpersError(
            f"dirs need {len(groups)} different kinds of jobs, and there may be {most}",
            fix=f"in repo_config.yaml: ci: {{max_jobs: {len(groups)}}}",
        )
    counts = _shares(list(groups.values()), seconds, most)
    parts: list[Part] = []
    for ((runner, environment), names), count in zip(groups.items(), counts, strict=True):
        for held in shards(names, seconds, count):
            key = f"part-{len(parts) + 1}"
            parts.append(Part(key, key.replace("-", " "), held, runner, environment))
    return tuple(parts)


def _shares(groups: Sequence[Sequence[str]], seconds: Mapping[str, float], most: int) -> list[int]:
    """How many jobs each group gets: the next one goes where a job has most to do."""
    known = sorted(seconds[name] for names in groups for name in names if name in seconds)
    middle = known[len(known) // 2] if known else 1.0
    loads = [sum(seconds.get(name, middle) for name in names) for names in groups]
    counts = [1] * len(groups)
    while sum(counts) < most:
        open_groups = [i for i, names in enumerate(groups) if counts[i] < len(names)]
        if not open_groups:
            break
        counts[max(open_groups, key=lambda i: loads[i] / counts[i])] += 1
    return counts
