"""What using a conda environment sets, which the image's own environment gets.

Scripts of packages set it, so a build of the environment alone comes first, and says it; the build
of the image then finds that done. What was said is kept by what the environment is made from.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.engine.builds import BuildRequest
from helpers.images.building.plan import BuildPlan
from helpers.model.documents.parsing import load_json
from helpers.model.events import Listener, Warned
from helpers.model.images.name import Stage
from helpers.model.runnable_dir import dir_config_name, path_below
from helpers.model.shell_words import quoted_in_dockerfile
from helpers.system.files import write_atomic
from helpers.system.lease import working_folder

_FILE = "activation.json"
_KEPT = 50


def with_environment(
    request: BuildRequest,
    plan: BuildPlan,
    recipe: str,
    listen: Listener,
    build: Callable[[BuildRequest], None],
) -> BuildRequest:
    """The request for an image whose environment has what using its packages sets.

    Args:
        recipe: the hash of what the image is made from.
        build: carries a request out.

    Raises:
        HelpersError: a package cannot be had, or has another hash than the lock.
    """
    folder = working_folder(plan.runnable_dir.repo) / "conda"
    kept = folder / f"{recipe}.json"
    # Beside the Dockerfile that is sent, which is gone after the build.
    made = request.dockerfile.parent / "activation"
    if not kept.is_file() or request.no_cache:
        build(_only_environment(request, plan, made))
        folder.mkdir(exist_ok=True)
        _forget_oldest(folder)
        write_atomic(kept, (made / _FILE).read_text(encoding="utf-8"))
    said = load_json(kept.read_text(encoding="utf-8"))
    _warn_of_scripts(plan, said["left_out"], listen)
    stage = _stage_of(plan)
    text = add_to_stage(request.dockerfile.read_text(encoding="utf-8"), stage, _lines(said))
    request.dockerfile.write_text(text, encoding="utf-8")
    # The environment was made just now.
    return replace(request, no_cache=False)


def _only_environment(request: BuildRequest, plan: BuildPlan, target: Path) -> BuildRequest:
    return replace(
        request,
        target=f"{_stage_of(plan)}_activation",
        files=target,
        archive=None,
        tags=(),
        labels={},
        cache_to="",
    )


def _stage_of(plan: BuildPlan) -> str:
    """The stage of the shared Dockerfile that the image is made of."""
    return "prod" if plan.stage is Stage.PROD else "dev"


def add_to_stage(dockerfile: str, stage: str, lines: str) -> str:
    """A Dockerfile with lines at the end of a stage, so that those made of it have them too."""
    begin = re.search(rf"^FROM \S+ AS {stage}$", dockerfile, re.MULTILINE)
    assert begin, f"the shared Dockerfile has a stage {stage}"
    end = re.compile("^FROM ", re.MULTILINE).search(dockerfile, begin.end())
    if end is None:
        return f"{dockerfile.rstrip()}\n{lines}"
    return f"{dockerfile[: end.start()].rstrip()}\n{lines}\n{dockerfile[end.start() :]}"


def _lines(said: Mapping[str, Any]) -> str:
    """What a Dockerfile sets."""
    variables, path = said["variables"], said["path"]
    lines = [f"ENV {name}={quoted_in_dockerfile(variables[name])}" for name in sorted(variables)]
    if path:
        lines.append(f"ENV PATH={quoted_in_dockerfile(':'.join(path))}:${{PATH}}")
    return "".join(f"{line}\n" for line in lines)


def _warn_of_scripts(plan: BuildPlan, left_out: list[str], listen: Listener) -> None:
    if left_out:
        name = plan.runnable_dir.name
        listen(
            Warned(
                f"scripts of packages were not run when they were linked: {', '.join(left_out)}",
                name,
                fix=f"nothing, where all works; else write  allow_link_scripts:"
                f" {json.dumps(left_out)}  in {path_below(name, dir_config_name())}",
            )
        )


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.json"), key=lambda one: one.stat().st_mtime)
    for file in files[:-_KEPT]:
        file.unlink(missing_ok=True)
