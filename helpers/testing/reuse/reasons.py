"""Whether an earlier pass may stand for a dir's tests, and why not; `passes` compares the parts."""

from collections.abc import Callable, Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.results.results import DirResult, DirState
from helpers.model.settings.config import DirConfig
from helpers.testing.request import TestRequest

# What decides the result of a dir's tests: by name, a digest.
Parts = Mapping[str, str]
_WORDS = {
    "inputs": "its inputs",
    "image": "its image",
    "container": "what its container is given",
    "services": "its services",
    "installed": "what its code is installed with",
    "suite": "the suite",
    "arguments": "pytest's arguments",
    "workers": "-n",
    "coverage": "--coverage",
    "certificates": "the certificates",
    "toolchain": "the toolchain",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found out of a dir and its passes.

    Attributes:
        unknown: why it is not known what decides the result; empty: whoever runs the dir says it.
            None: it is known.
        now: what decides the result now.
        last: what decided the dir's last pass; empty: there was none.
        recorded: the pass that is recorded of what decides the result now.
    """

    unknown: str | None = None
    now: Parts = field(default_factory=dict)
    last: Parts = field(default_factory=dict)
    recorded: DirResult | None = None


def pass_or_reason(
    request: TestRequest, config: DirConfig, dir: str, look: Callable[[], Evidence]
) -> DirResult | str:
    """The recorded pass that stands for the tests of a dir, or why none does.

    Args:
        look: finds out what there is of the dir; not asked where no pass could stand for it.
    """
    if never := why_never_reused(request, config, dir):
        return never
    found = look()
    if found.unknown is not None:
        return found.unknown
    if request.again:
        return "it was asked for again"
    if found.recorded:
        return found.recorded
    changed = _changed(found.now, found.last) if found.last else []
    names = " and ".join(filter(None, (", ".join(changed[:-1]), *changed[-1:])))
    return f"{names} changed since its last pass" if names else "no pass is recorded"


def why_never_reused(request: TestRequest, config: DirConfig, dir: str) -> str:
    """Say why no pass, earlier or later, may stand for what is asked; empty: one may."""
    if more := sees_more(request, config):
        return more
    return "not all of its tests were asked for" if request.only.get(dir) else ""


def sees_more(request: TestRequest, config: DirConfig) -> str:
    """Say what lets a dir's tests see more than their inputs; empty: they do not."""
    if not request.reuse:
        return "--no-reuse was given"
    if not config.reuse:
        return "its settings say reuse: false"
    if request.networks:
        return "its tests are those of a stack"
    if request.sibling or config.sibling:
        return "its tests have the Docker socket"
    return "its tests have a Docker Engine" if request.dind or config.dind else ""


def is_complete_pass(result: DirResult) -> bool:
    """Whether a result may stand for a run to come: all passed, at the first attempt."""
    if result.state is not DirState.PASSED or result.problem or result.reused:
        return False
    return not any(test.bad or test.flaky for test in result.tests)


def _changed(now: Parts, last: Parts) -> list[str]:
    """What differs, in words; what a container is given has its image among it."""
    differs = [name for name in _WORDS if now.get(name) != last.get(name)]
    return [_WORDS[name] for name in differs if name != "container" or "image" not in differs]
