"""pip-audit: asked about packages that are known, in an environment of its own."""

import json
import sys
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from helpers.images.contents.auditable_pins import split_pins
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.packages.audit import Found, Pin, Unchecked, Vulnerability
from helpers.model.packages.installed import python_name
from helpers.model.repo import Repo
from helpers.system.process import ProcessError, run

_OFFLINE = "the same command with --database <OSV's all.zip for PyPI>"
# Says that packages have vulnerabilities, and also that something went wrong.
_FOUND = 1


def ask_pip_audit(repo: Repo, pins: Collection[Pin], listen: Listener) -> Found:
    """The vulnerabilities that are known of packages, asked over the network.

    Raises:
        HelpersError: the program cannot be installed, or gets no answer.
    """
    found: list[Vulnerability] = []
    valid, unchecked = split_pins(pins)
    program = _program(repo, listen) if valid else Path()
    for group in groups_of_unique(valid):
        answer = _ask(program, group)
        found += answer.vulnerabilities
        unchecked += answer.unchecked
    if valid and len(unchecked) == len(pins):
        raise HelpersError(
            "the vulnerability service knows none of the image's packages",
            where=unchecked[0].reason,
            fix=f"make pip-audit's service reachable, or: {_OFFLINE}",
        )
    return Found(tuple(sorted(found)), tuple(sorted(unchecked)))


def groups_of_unique(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Split the pins into few lists, each naming a package once: pip rejects duplicates."""
    groups: list[dict[str, Pin]] = []
    for pin in pins:
        group = next((group for group in groups if pin.name not in group), None)
        if group is None:
            group = {}
            groups.append(group)
        group[pin.name] = pin
    return [list(group.values()) for group in groups]


def read_answer(text: str, asked: Iterable[Pin]) -> Found:
    """Read what pip-audit writes as JSON.

    Args:
        asked: the packages that it was asked about; of what it leaves out it says no version.

    Raises:
        ValueError: it is none.
    """
    by_name = {pin.name: pin for pin in asked}
    try:
        dependencies = json.loads(text)["dependencies"]
        found = [
            vulnerability
            for item in dependencies
            for vulnerability in _vulnerabilities(item, by_name[python_name(item["name"])])
        ]
        unchecked = [
            Unchecked(by_name[python_name(item["name"])], item["skip_reason"])
            for item in dependencies
            if "skip_reason" in item
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no report of pip-audit: {error!r}") from error
    return Found(tuple(found), tuple(unchecked))


def _vulnerabilities(dependency: Any, pin: Pin) -> Iterable[Vulnerability]:
    for item in dependency.get("vulns") or ():
        yield Vulnerability(
            pin,
            item["id"],
            tuple(sorted(item.get("aliases") or ())),
            tuple(item.get("fix_versions") or ()),
            str(item.get("description") or "").strip().partition("\n")[0],
        )


def _ask(program: Path, pins: Collection[Pin]) -> Found:
    # The pins are all that there is: neither pip nor an index is asked what they need.
    command: list[str | Path] = [program, "--no-deps", "--disable-pip", "--progress-spinner=off"]
    command += ["--format=json", "--output=stdout", "--desc=on", "--aliases=on"]
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("".join(f"{pin.name}=={pin.version}\n" for pin in pins))
        done = run([*command, "--requirement", requirements], check=False)
    try:
        if done.status in (0, _FOUND):
            return read_answer(done.stdout, pins)
    except ValueError:
        pass  # it wrote no report, so its other output says why
    lines = done.stderr.strip().splitlines() or ["it wrote nothing"]
    raise HelpersError(
        "pip-audit's service does not answer",
        where=lines[-1],
        fix=f"make pip-audit's service reachable, or: {_OFFLINE}",
    )


def _program(repo: Repo, listen: Listener) -> Path:
    """The program, in an environment that is made when it is missing, once for all repos."""
    script = repo.toolchain / "dev_scripts" / "thin_env.py"
    requirements = repo.shared_devops / "installer" / "audit_requirements.txt"
    command: list[str | Path] = [sys.executable, "-I", script]
    options: list[str | Path] = ["--requirements", requirements]
    if not Path(run([*command, "path", *options]).stdout.strip()).is_dir():
        listen(Notice("installing pip-audit, once"))
    try:
        made = run([*command, "ensure", *options]).stdout.strip()
    except ProcessError as error:
        raise HelpersError(
            "pip-audit cannot be installed",
            where="\n".join(error.last_lines),
            fix=f"check the package index (pip's or uv's settings), or: {_OFFLINE}",
        ) from error
    return Path(made) / "bin" / "pip-audit"
