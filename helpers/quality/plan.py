"""Which tools check which files: decided here, run elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from helpers.model.errors import HelpersError

_SHELLS = ("sh", "bash")
_ALL = "."


@dataclass(frozen=True, slots=True)
class LintStep:
    """One tool with the files that it checks; an empty `fix` means it only checks."""

    name: str
    command: tuple[str, ...]
    fix: tuple[str, ...] = ()


def plan_lint(
    files: Iterable[str], first_lines: Mapping[str, str], sections: Iterable[str]
) -> tuple[LintStep, ...]:
    """The steps for a repo.

    Args:
        files: the repo's files, relative to its root.
        first_lines: the first line of each file without an ending.
        sections: names of the `[tool.*]` tables of the repo's pyproject.toml: a tool that needs
            settings runs where it has some.
    """
    names = list(files)
    shells = [name for name in names if _is_shell(name, first_lines.get(name, ""))]
    dockerfiles = [name for name in names if _is_dockerfile(name)]
    has_python = any(name.endswith(".py") for name in names)
    known = set(sections)
    steps: list[LintStep] = []
    if has_python:
        check, layout = ("ruff", "check"), ("ruff", "format")
        steps.append(LintStep("ruff", (*check, _ALL), (*check, "--fix", _ALL)))
        steps.append(LintStep("format", (*layout, "--diff", "--quiet", _ALL), (*layout, _ALL)))
    if "mypy" in known:
        steps.append(LintStep("mypy", ("mypy", "--no-error-summary")))
    if "importlinter" in known:
        steps.append(LintStep("imports", ("lint-imports", "--no-cache")))
    if "vulture" in known:
        steps.append(LintStep("vulture", ("vulture",)))
    if shells:
        options = ("--external-sources", "--source-path=SCRIPTDIR")
        steps.append(LintStep("shellcheck", ("shellcheck", *options, *shells)))
    if dockerfiles:
        steps.append(LintStep("hadolint", ("hadolint", *dockerfiles)))
    return tuple(steps)


def choose_steps(steps: Sequence[LintStep], only: Sequence[str]) -> tuple[LintStep, ...]:
    """The steps of these names; none named means all.

    Raises:
        HelpersError: a name is not among them.
    """
    names = [step.name for step in steps]
    for name in only:
        if name not in names:
            raise HelpersError(
                f"there is no check {name!r} here", mend=f"one of {', '.join(names)}"
            )
    return tuple(step for step in steps if not only or step.name in only)


def is_without_ending(name: str) -> bool:
    """Whether only its first line can say what kind of file it is."""
    return "." not in PurePosixPath(name).name.lstrip(".")


def _is_shell(name: str, first_line: str) -> bool:
    if PurePosixPath(name).suffix in (".sh", ".bash") or PurePosixPath(name).name == "bashrc":
        return True
    words = first_line.removeprefix("#!").split() if first_line.startswith("#!") else []
    return any(PurePosixPath(word).name in _SHELLS for word in words)


def _is_dockerfile(name: str) -> bool:
    file = PurePosixPath(name).name
    return file == "Dockerfile" or file.endswith(".Dockerfile")
