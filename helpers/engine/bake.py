"""`docker buildx bake`: many builds in one, which share a client, what is sent, and all steps."""

import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from helpers.engine.builds import WITHOUT_GIT, BuildRequest, Progress, build_failure
from helpers.model.events import BuildStep
from helpers.system.process import stream

# A step's name begins with the build's, where there are several.
_TARGET = re.compile(r"(?P<head>#(?P<number>\d+) \[)(?P<target>build\d+)(?P<rest>[ \]].*)")


def run_bake(
    requests: Mapping[str, BuildRequest],
    file: Path,
    log: Path,
    on_step: Callable[[str, BuildStep], None],
) -> None:
    """Build all, at the same time; the whole output goes to `log` as it comes.

    Args:
        requests: by names of the caller's; on one builder, and kept there.
        file: where what is to be built is written.
        on_step: is given the name, and a step, of no dir, that began, went on or ended.

    Raises:
        BuildError: a build failed, so that all of them ended; what was built of the others stays
            in the cache.
        ProcessError: there is no docker client.
    """
    names = {f"build{number}": name for number, name in enumerate(requests)}
    targets = {target: bake_target(requests[name]) for target, name in names.items()}
    content = {"group": {"default": {"targets": list(targets)}}, "target": targets}
    file.write_text(json.dumps(content), encoding="utf-8")
    first = next(iter(requests.values()))
    command = ["docker", "buildx", "bake", f"--builder={first.builder}", "--progress=plain"]
    command.append(f"--file={file}")
    # Steps that several builds have in common are the first one's.
    builds: dict[str, str] = {}

    def tell(step: BuildStep) -> None:
        on_step(builds.get(step.number, ""), step)

    progress = Progress(tell)
    with log.open("w", encoding="utf-8") as output:

        def on_line(line: str) -> None:
            output.write(line + "\n")
            match = _TARGET.fullmatch(line)
            if match:
                builds.setdefault(match["number"], names.get(match["target"], ""))
                if match["rest"].startswith(" "):
                    line = f"{match['head']}{match['rest'][1:]}"
            progress.read(line)

        output.write(shlex.join(command) + "\n")
        status = stream(command, on_line, env=WITHOUT_GIT, ends="with us")
        progress.end()
    if status:
        raise build_failure(progress, status, log, first.restart)


def bake_target(request: BuildRequest) -> dict[str, Any]:
    """A build as bake's files say it."""
    made: dict[str, Any] = {
        "context": str(request.context),
        "dockerfile": str(request.dockerfile),
        "contexts": {name: str(path) for name, path in request.contexts.items()},
        "args": dict(request.args),
        "labels": dict(request.labels),
        "tags": list(request.tags),
        "secret": request.secret_files(),
        "attest": ["type=provenance,disabled=true"],
        "no-cache": request.no_cache,
        "output": [request.output()],
    }
    if request.target:
        made["target"] = request.target
    if request.platform:
        made["platforms"] = [request.platform]
    if request.cache_from:
        made["cache-from"] = [f"type=registry,ref={ref}" for ref in request.cache_from]
    if request.cache_to:
        made["cache-to"] = [request.cache_output()]
    return {key: _literal(value) for key, value in made.items()}


def _literal(value: Any) -> Any:
    """Texts as they are: bake fills in what stands in `${...}` and `%{...}`."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value
