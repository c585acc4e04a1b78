"""Docker Compose for a stack: what its files say, its start, and how its containers stand.

A stack is an ordinary project of Compose: the same name and files, typed by a person, mean the
same. So nothing of the user's environment is taken away, and it is read from the repo's root.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.engine import compose_files
from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT, READ_SECONDS, SERVICE
from helpers.engine.containers import list_containers
from helpers.engine.endpoint import Endpoint
from helpers.engine.logs import read_logs
from helpers.model.dataclass import dataclass
from helpers.model.stack.readiness import Look
from helpers.system.process import printable, run_ending, stream

_HEALTH_LINE = 200
_WARNING = re.compile(r'level=warning msg="(?P<said>.*)"$')


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """A project of Compose.

    Attributes:
        name: what its containers, networks and volumes are named after.
        root: the repo's; paths on the command line are relative to it.
        start: where the user stands.
        files: the person's, then what is laid over it.
        variables: what the files may use besides the user's environment and the `.env`.
    """

    name: str
    root: Path
    start: Path
    files: tuple[Path, ...]
    variables: Mapping[str, str]

    def command(self, *words: str, files: int = 2) -> str:
        """A command on the project as a person types it.

        Args:
            files: how many of the project's files it reads.
        """
        given = [f"{name}={value}" for name, value in self.variables.items()]
        args = ["docker", *self.args(*words, files=files)]
        command = printable([*(["env", *given] if given else []), *args])
        return (
            command if self.start == self.root else f"cd {printable([str(self.root)])} && {command}"
        )

    def args(self, *words: str, files: int = 2) -> list[str]:
        """The arguments of `docker` for a command on the project."""
        shown = [str(path.relative_to(self.root)) for path in self.files[:files]]
        named = [word for path in shown for word in ("--file", path)]
        return ["compose", "--project-name", self.name, *named, *words]


def read_config(endpoint: Endpoint, project: ComposeProject) -> tuple[Any, list[str]]:
    """What the person's file says, as Compose understands it; it need not be complete.

    Returns:
        The configuration, and what Compose warns of, such as variables that nobody set.

    Raises:
        HelpersError: the file is malformed, or takes too long to read.
    """
    file = project.files[0]
    words = ("config", "--no-consistency", "--format", "json")
    config, said = compose_files.read_config(
        lambda: run_ending(
            "with us",
            _at(endpoint, project.args(*words, files=1)),
            cwd=project.root,
            env=project.variables,
            timeout=READ_SECONDS,
        ),
        "the stack file",
        str(file.relative_to(project.root)),
        project.command("config", files=1),
    )
    return config, warnings_in(said)


def warnings_in(text: str) -> list[str]:
    """What Compose's log lines warn of, each once."""
    found = (_WARNING.search(line) for line in text.splitlines())
    return list(dict.fromkeys(one["said"].replace('\\"', "'") for one in found if one))


def run_compose(
    endpoint: Endpoint,
    project: ComposeProject,
    words: tuple[str, ...],
    on_line: Callable[[str], None],
    on_wait: Callable[[], None],
) -> int:
    """Run a command of Compose on the project; its exit status.

    Raises:
        ProcessError: it cannot be started, or said nothing for too long.
    """
    return stream(
        _at(endpoint, project.args(*words)),
        on_line,
        cwd=project.root,
        env=project.variables,
        ends="with us",
        on_wait=on_wait,
    )


def _at(endpoint: Endpoint, args: list[str]) -> list[str]:
    return ["docker", "--host", endpoint.url, *args]


@dataclass(slots=True)
class Looking:
    """Looks at the containers of a project again and again.

    Attributes:
        seen: by container and its start, when it was first seen to run.
        old: containers that were there before, as they were started then: Compose may be about to
            stop or to start them.
    """

    client: Client
    project: str
    seen: dict[tuple[str, str], float] = field(default_factory=dict)
    old: frozenset[str] = frozenset()

    def pass_over(self) -> None:
        """Look away from what is there by now, until it is started again.

        Raises:
            EngineError: the engine does not answer.
        """
        self.old = frozenset(f"{look.container} {look.started}" for look in self.look())

    def look_at_all(self) -> None:
        """Look at all that is there from now on."""
        self.old = frozenset()

    def look(self) -> list[Look]:
        """How the containers stand now.

        Raises:
            EngineError: the engine does not answer.
        """
        found = list_containers(self.client, {PROJECT: self.project})
        looks = (self._one(item.id, item.labels.get(SERVICE, item.name)) for item in found)
        known = (look for look in looks if look is not None)
        return [look for look in known if f"{look.container} {look.started}" not in self.old]

    def _one(self, id: str, service: str) -> Look | None:
        found = self.client.get(f"/containers/{id}/json")
        if found is None:
            return None
        state, now = found["State"], time.monotonic()
        health = state.get("Health") or {}
        began = self.seen.setdefault((id, state.get("StartedAt", "")), now)
        status = health.get("Status", "")
        return Look(
            service=service,
            container=id,
            status=state["Status"],
            started=state.get("StartedAt", ""),
            exit_status=state["ExitCode"],
            health="" if status == "none" else status,
            running=now - began if state["Status"] == "running" else 0.0,
            restarts=found.get("RestartCount", 0),
            out_of_memory=state.get("OOMKilled", False),
            error=state.get("Error", ""),
            memory=(found.get("HostConfig") or {}).get("Memory", 0),
            said=_last_line(health),
        )


def _last_line(health: Any) -> str:
    outputs = [one.get("Output", "").strip() for one in health.get("Log") or ()]
    lines = outputs[-1].splitlines() if outputs else []
    return lines[-1][:_HEALTH_LINE] if lines else ""


def last_lines(client: Client, container: str, number: int) -> list[str]:
    """The last lines that a container wrote; none where it is gone.

    Raises:
        EngineError: the engine does not answer.
    """
    pieces: list[bytes] = []
    read_logs(client, container, lambda _, data: pieces.append(data), tail=number)
    return b"".join(pieces).decode(errors="replace").splitlines()[-number:]
