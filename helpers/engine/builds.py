"""`docker buildx build`: a typed request in, a result or one error out."""

import re
import shlex
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import field, replace
from pathlib import Path

from helpers.engine.endpoint import START
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildStep
from helpers.system.process import run, stream

_SHOWN_LINES = 15
_ATTEMPTS = 4
# An engine that keeps images with containerd compresses each new layer; of a new image gzip took
# 15 s of 47, this takes 4 s and as much space.
_FOR_THIS_ENGINE = "compression=zstd,compression-level=1"
# By force, since the builder's cache may hold layers compressed for an engine.
_FOR_OTHERS = "compression=gzip,force-compression=true"
# buildx would start git seven times, for a provenance that the images have not.
WITHOUT_GIT = {"BUILDX_GIT_INFO": "0"}


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What is to be built.

    Attributes:
        contexts: named contexts besides the main one: folders, or what buildx takes for them.
        secrets: files by their ids; what they hold enters neither image nor cache key.
        tags: given once the image is complete.
        platform: empty: the engine's own.
        target: the stage to stop after; empty: the last.
        load: keep the image; otherwise only the build cache has it.
        for_others: it is released, or for another platform than the engine's: its layers are
            compressed as every client and engine knows.
        archive: write the image to this file instead of keeping it.
        files: write the files of the image to this folder instead of keeping it.
        builder: of buildx; the engine's own, whatever the user has chosen for other builds.
        docker_context: the context of Docker whose own builder it is; empty: of the one in use.
        cache_from: references in a registry where layers of earlier builds are looked for.
        cache_to: where this build's are put; empty: nowhere.
        restart: what is typed to have the engine back, should it go away.
        engine: the address of the engine that is the builder; empty: the one in use.
    """

    dockerfile: Path
    context: Path
    contexts: Mapping[str, Path | str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    platform: str = ""
    no_cache: bool = False
    target: str = ""
    builder: str = "default"
    docker_context: str = ""
    load: bool = True
    for_others: bool = False
    archive: Path | None = None
    files: Path | None = None
    cache_from: tuple[str, ...] = ()
    cache_to: str = ""
    restart: str = START
    engine: str = ""

    def command(self) -> list[str]:
        """The command line; secrets are in it by the names of their files alone."""
        docker = ["docker", *([f"--context={self.docker_context}"] if self.docker_context else [])]
        docker += [f"--host={self.engine}"] if self.engine else []
        command = [*docker, "buildx", "build", "--builder", self.builder, "--progress=plain"]
        # An attestation would give each build another id, also when nothing changed.
        command += ["--provenance=false", "--file", str(self.dockerfile)]
        command += [f"--output={self.output()}"]
        command += [f"--build-context={name}={path}" for name, path in self.contexts.items()]
        command += [f"--build-arg={name}={value}" for name, value in self.args.items()]
        command += [f"--secret={secret}" for secret in self.secret_files()]
        command += [f"--label={name}={value}" for name, value in self.labels.items()]
        command += [f"--tag={tag}" for tag in self.tags]
        command += [f"--platform={self.platform}"] if self.platform else []
        command += ["--no-cache"] if self.no_cache else []
        command += [f"--target={self.target}"] if self.target else []
        command += [f"--cache-from=type=registry,ref={ref}" for ref in self.cache_from]
        if self.cache_to:
            command += [f"--cache-to={self.cache_output()}"]
        return [*command, str(self.context)]

    def cache_output(self) -> str:
        """Where the layers are put, as buildx takes it."""
        # A build must not fail because the cache cannot be written.
        return f"type=registry,ref={self.cache_to},mode=max,ignore-error=true"

    def secret_files(self) -> list[str]:
        """The secrets, as buildx takes them."""
        return [f"id={name},{_field('src', path)}" for name, path in self.secrets.items()]

    def output(self) -> str:
        """What becomes of the image, as buildx takes it."""
        if self.archive:
            return f"type=docker,{_FOR_OTHERS},{_field('dest', self.archive)}"
        if self.files:
            return f"type=local,{_field('dest', self.files)}"
        if not self.load:
            return "type=cacheonly"
        return f"type=image,{_FOR_OTHERS if self.for_others else _FOR_THIS_ENGINE}"


def _field(key: str, path: Path) -> str:
    """One of several that a comma parts, as buildx reads them: CSV, where a path may have one."""
    text = f"{key}={path}"
    return '"{}"'.format(text.replace('"', '""')) if {",", '"'} & set(text) else text


def is_docker_context(name: str) -> bool:
    """Whether a builder of that name belongs to a context of Docker, and not to buildx alone.

    Raises:
        ProcessError: there is no docker client.
    """
    return run(["docker", "context", "inspect", name], check=False).status == 0


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A build that succeeded: the digest of the image, and what its steps wrote."""

    digest: str
    seconds: float
    lines: tuple[str, ...]


class BuildError(HelpersError):
    """A build that failed: its failing step, and the last lines that it wrote.

    Attributes:
        passing: the builder gave up, no step failed: the image may be there, or the same build may
            do the next time.
    """

    def __init__(
        self, what: str, *, step: str, lines: tuple[str, ...], where: str = "", fix: str = ""
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.step = step
        self.lines = lines
        self.passing = False

    @property
    def taken(self) -> bool:
        """Whether another build gave the engine the same name at the same moment."""
        return any("already exists" in line for line in self.lines)


def run_build(
    request: BuildRequest,
    log: Path,
    on_step: Callable[[BuildStep], None],
    on_wait: Callable[[], None] = lambda: None,
) -> BuildResult:
    """Build; the whole output goes to `log` as it comes.

    Where another build gave the engine one of the tags at the same moment, build again: all layers
    are there by then.

    Args:
        on_step: is told each step, of no dir.
        on_wait: called every half a second or so; the build ends when it raises.

    Raises:
        BuildError: a step failed, the disk is full, the engine went away, or buildx is missing.
        ProcessError: there is no docker client.
    """
    for attempt in range(_ATTEMPTS - 1):
        try:
            return _build_once(request, log, on_step, on_wait)
        except BuildError as error:
            if not error.taken:
                raise
            time.sleep(attempt)
    return _build_once(request, log, on_step, on_wait)


def _build_once(
    request: BuildRequest,
    log: Path,
    on_step: Callable[[BuildStep], None],
    on_wait: Callable[[], None],
) -> BuildResult:
    began = time.monotonic()
    progress = Progress(on_step)
    with log.open("w", encoding="utf-8") as file:

        def on_line(line: str) -> None:
            file.write(line + "\n")
            progress.read(line)

        file.write(shlex.join(request.command()) + "\n")
        status = stream(
            request.command(), on_line, env=WITHOUT_GIT, ends="with us", on_wait=on_wait
        )
        progress.end()
    if status:
        raise build_failure(progress, status, log, request.restart)
    return BuildResult(progress.digest, time.monotonic() - began, tuple(progress.written))


# --- The output of `--progress=plain` -----------------------------------------------------------

_LINE = re.compile(r"#(?P<number>\d+) (?P<rest>.*)")
_NAME = re.compile(r"\[(?:(?!internal)[^]]+)\] (?P<text>[A-Z]+ .*)")
_WRITTEN = re.compile(r"\d+\.\d+ (?P<text>.*)")
_DIGEST = re.compile(r"(?:exporting manifest|writing image) (?P<digest>sha256:[0-9a-f]+)")
_MOUNTS = re.compile(r"--mount=\S+\s+")
_BLANKS = re.compile(r"\s{2,}")
_OTHER_STEP = re.compile(r"(?:\[build\d+\] )?(?P<text>(?:exporting|importing|pushing|sending) .*)")
_PART = re.compile(r"(?P<text>(?:exporting|pushing|sending|extracting) [a-z]+|unpacking)\b.*")
_LAYER = re.compile(
    r"(?P<layer>sha256:[0-9a-f]+) (?P<done>[\d.]+)(?P<unit>[kMGT]?B)"
    r" / (?P<all>[\d.]+)(?P<of>[kMGT]?B).*"
)
_UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


class Progress:
    """Reads the output line by line; keeps what tells why a build failed."""

    def __init__(self, on_step: Callable[[BuildStep], None]) -> None:
        self.digest = ""
        self.written: list[str] = []
        self.loose: list[str] = []
        self.failed_step = ""
        self.error = ""
        self._on_step = on_step
        self._names: dict[str, str] = {}
        self._by_step: dict[str, list[str]] = {}
        # By number: what was shown last of each step that runs, and the bytes of a pull by layer.
        self._running: dict[str, BuildStep] = {}
        self._ended: set[str] = set()
        self._layers: dict[str, dict[str, tuple[float, float]]] = {}

    def read(self, line: str) -> None:
        """Take one line."""
        match = _LINE.fullmatch(line)
        if not match:
            self.loose.append(line)
            return
        number, rest = match["number"], match["rest"]
        name = _NAME.fullmatch(rest)
        other = _OTHER_STEP.fullmatch(rest)
        if name and number not in self._names:
            self._names[number] = readable_step(name["text"])
            self._begin(number, _shown(self._names[number]))
        elif name:
            pass  # it is named again after lines of another step
        elif rest == "CACHED":
            self._end(number, cached=True)
        elif rest.startswith("DONE ") or rest == "CANCELED":
            self._end(number)
        elif other and number not in self._running:
            self._begin(number, other["text"])
        elif rest.startswith("ERROR: "):
            self._end(number)
            self.failed_step = self._names.get(number, "")
            self.error = rest.removeprefix("ERROR: ")
            if not self.failed_step_exited:
                self.loose.append(self.error)
        else:
            self._read_output(number, rest)

    @property
    def failed_step_exited(self) -> bool:
        """Whether a step's own program failed, so that what it wrote is about itself."""
        return "did not complete successfully: exit code" in self.error

    @property
    def last_lines(self) -> tuple[str, ...]:
        """What the failing step wrote last; without one, what the client said."""
        for number, name in self._names.items():
            if self.failed_step and name == self.failed_step and self._by_step.get(number):
                return tuple(self._by_step[number][-_SHOWN_LINES:])
        return tuple(line for line in self.loose if line.strip())[-_SHOWN_LINES:]

    def _read_output(self, number: str, rest: str) -> None:
        digest = _DIGEST.search(rest)
        if digest:
            self.digest = digest["digest"]
        written = _WRITTEN.fullmatch(rest)
        if written:
            self._by_step.setdefault(number, []).append(written["text"])
            self.written.append(written["text"])
        self._go_on(number, rest)

    def end(self) -> None:
        """End the steps that still run: the builder is gone."""
        for number in list(self._running):
            self._end(number)

    def _begin(self, number: str, text: str) -> None:
        if number not in self._ended:
            self._show(BuildStep("", text, number=number))

    def _go_on(self, number: str, rest: str) -> None:
        """Show what the builder's own step does now, and how many bytes a pull has moved."""
        step = self._running.get(number)
        if step is None:
            return
        layer, part = _LAYER.fullmatch(rest), _PART.fullmatch(rest)
        if layer:
            sizes = self._layers.setdefault(number, {})
            sizes[layer["layer"]] = (
                float(layer["done"]) * _UNITS[layer["unit"]],
                float(layer["all"]) * _UNITS[layer["of"]],
            )
            step = replace(step, amount=_amount(sizes.values()))
        elif part and number not in self._names and not rest.endswith(" done"):
            step = replace(step, step=part["text"])
        if step != self._running[number]:
            self._show(step)

    def _show(self, step: BuildStep) -> None:
        self._running[step.number] = step
        self._on_step(step)

    def _end(self, number: str, *, cached: bool = False) -> None:
        self._ended.add(number)
        step = self._running.pop(number, None)
        if step:
            # A step ends under its own name, whatever was shown of it last.
            text = self._names.get(number, step.step)
            self._on_step(replace(step, step=text, cached=cached, ended=True))


def _shown(name: str) -> str:
    """The step as it is shown: the builder pulls what a `FROM` names."""
    image = name.removeprefix("FROM ")
    return name if image == name else f"pulling {image.partition('@')[0]}"


def _amount(sizes: Collection[tuple[float, float]]) -> str:
    done, everything = (sum(size[part] for size in sizes) / 1e6 for part in (0, 1))
    return f"{done:.0f} of {everything:.0f} MB"


def readable_step(text: str) -> str:
    """A step without its mounts and line breaks."""
    return _BLANKS.sub(" ", _MOUNTS.sub("", text)).strip()


# --- What went wrong ----------------------------------------------------------------------------

_ENGINE_GONE = (
    "cannot connect to the docker daemon",
    "error reading from server",
    "code = unavailable",
    "connection refused",
    "connection reset by peer",
    "transport is closing",
    "failed to receive status",
    "graceful_stop",
    "no active session",
    "unexpected eof",
)
# What buildx says under load, also of an image that is complete. The engine closes the connection
# of a client that does not answer for a minute (stopped by Ctrl-Z, or its machine suspended): files
# can then not be sent to it. The last two are BuildKit's: where builds that share steps meet
# (github.com/moby/buildkit/issues/2303), and without the name of what is not there (seen once; like
# github.com/containerd/nerdctl/issues/4142).
_GAVE_UP = (
    *("deadlineexceeded", "deadline exceeded", "the client connection is closing"),
    *("inconsistent graph state", "failed to solve: not found"),
)
_NO_BUILDX = ("'buildx' is not a docker command", "unknown command: docker buildx")


def build_failure(progress: Progress, status: int, log: Path, restart: str) -> BuildError:
    """What went wrong, and what fixes it, from what a build wrote.

    Args:
        restart: as of `BuildRequest`.
    """
    lines = progress.last_lines
    text = "\n".join([*progress.loose, *lines, progress.error]).lower()
    where = "\n".join([*lines, f"whole log: {log}"])
    if any(sign in text for sign in _NO_BUILDX):
        what, fix = "docker has no buildx", "dev_scripts/system_packages.py ensure docker-buildx"
    elif "no space left on device" in text:
        what = "the disk is full"
        fix = "docker builder prune   (empties the build cache; see also docker system df)"
    elif any(sign in text for sign in _ENGINE_GONE) and not progress.failed_step_exited:
        what, fix = "the Docker Engine went away during the build", f"{restart}, then again"
    elif "exec format error" in text:
        what = "the engine's machine cannot run programs of that architecture"
        fix = "dev_scripts/emulation.py ensure arm64   (on the engine's machine)"
    elif progress.failed_step:
        what, fix = f"this step of the build failed: {progress.failed_step}", ""
    else:
        what, fix = f"the build failed with status {status}", ""
    error = BuildError(what, step=progress.failed_step, lines=lines, where=where, fix=fix)
    error.passing = not progress.failed_step_exited and any(
        sign in text for sign in (*_GAVE_UP, *_ENGINE_GONE)
    )
    return error
