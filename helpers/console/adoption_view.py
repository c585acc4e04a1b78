"""Show the result of adopting the toolchain, as text."""

import shlex
from collections.abc import Iterable, Sequence

from helpers.model import labels
from helpers.model.adoption import AdoptCheck, ByHand, UnadoptPlan
from helpers.model.runnable_dir import MAKE_ONE


def by_hand_lines(items: Iterable[ByHand]) -> list[str]:
    """List the files that the user must edit, with the lines to add."""
    lines: list[str] = []
    for item in items:
        lines += ["", f"to do by hand in {item.path}: {item.why}"]
        lines += [f"    {line}".rstrip() for line in item.add.splitlines()]
    return lines


# What makes the workflows of a service.
_CI_COMMANDS = {"GitHub": "i ci_sync", "GitLab": "i ci_sync --target gitlab"}


def next_lines(setenv: str, main_pytest: str, service: str, *, empty: bool = False) -> list[str]:
    """What to type after adopting.

    Args:
        empty: the repo has no code yet, so that there is nothing to test: a first dir has a test.
        service: where the repo is hosted, GitHub or GitLab; empty: elsewhere.
    """
    in_ci = _CI_COMMANDS.get(service)
    return [
        "",
        "next:",
        f"  source {setenv}",
        "  i docker_bash",
        *([f"  {MAKE_ONE}"] if empty else []),
        f"  {main_pytest}",
        *([f"  {in_ci}   (the same tests in {service})"] if in_ci else []),
        "  git add --all && git commit --message 'Adopt helpers'",
    ]


def check_rows(checks: Sequence[AdoptCheck]) -> list[tuple[str, str, str, str]]:
    """A row for each check."""
    return [(item.name, _state(item), item.found, item.fix) for item in checks]


def _state(check: AdoptCheck) -> str:
    if check.wrong:
        return "wrong"
    return "optional" if check.fix else "ok"


def unadopt_lines(plan: UnadoptPlan, submodule: str) -> list[str]:
    """List what unadopting removes as a whole, and what it keeps."""
    lines = [f"goes: {change.path}" for change in plan.changes if change.after is None]
    lines.append(f"goes: the submodule {submodule}, its clone and its entries in git's settings")
    lines += [f"goes: {folder}" for folder in plan.folders]
    lines += [f"stays: {path}: {why}" for path, why in plan.kept]
    return lines


def engine_lines(repo_name: str) -> list[str]:
    """Show how to remove a repo's containers and images without the toolchain's tasks."""
    chosen = f"--quiet --filter label={labels.REPO}={shlex.quote(repo_name)}"
    return [
        "containers and images of this repo stay on the engine; to remove them:",
        f"  docker ps --all {chosen} | xargs -r docker rm --force",
        f"  docker images {chosen} | sort -u | xargs -r docker rmi --force",
    ]
