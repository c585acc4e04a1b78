"""copier: renders templates.

It runs in an environment of its own, on folders that were made for it: nothing of the user's
repo, nor of the user's settings of git and copier, is seen by it.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from helpers.adoption.from_template.source import FOLDER, Files, read_tree
from helpers.model.documents.json_text import json_as_yaml
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.system.files import write_atomic
from helpers.system.own_environment import own_environment
from helpers.system.process import attach, run

ANSWERS = ".copier-answers.yml"

_REQUIREMENTS = "template_requirements.txt"
_SOURCE = re.compile(r"^(?=_src_path: )", re.MULTILINE)
_SETTINGS = "settings.yml"
_DATA = "data.json"
_FIX_ANSWERS = f"fix the answer in {ANSWERS}"


def find_copier(repo: Repo, listen: Listener) -> tuple[str, ...]:
    """The command that starts it, from an environment that is made once for all repos.

    Raises:
        HelpersError: it cannot be installed.
    """
    made = own_environment(repo.toolchain, _REQUIREMENTS, "copier", listen)
    programs = made / "bin"
    # Not by the script's first line, which fails where the path has a space; and with nothing of
    # the user's own packages.
    return str(programs / "python"), "-I", str(programs / "copier")


class Workbench:
    """A folder in which copier renders versions of one template.

    The template is a plain folder in it: of a git repo copier would make a clone, and ask git a
    dozen questions, for a commit that is none of the toolchain's. Its path is what copier writes
    into the answers, so it is one that is the same on every machine.
    """

    def __init__(self, folder: Path, copier: tuple[str, ...], template: str) -> None:
        self._folder = folder
        self._copier = copier
        self._source = f"{FOLDER}/{template}"

    def render(
        self,
        template: Files,
        answers: Mapping[str, str],
        defaults: Mapping[str, str] | None = None,
        *,
        version: str = "v1",
        ask: bool = False,
    ) -> Files:
        """What a template makes of answers.

        Args:
            answers: they are not asked for.
            defaults: what the other answers are, or what is proposed for them.
            version: a folder that no other version of the template has.
            ask: the other questions, on the terminal.

        Raises:
            HelpersError: an answer cannot be taken, or the questions were not answered.
        """
        self._write_source(template)
        write_atomic(self._folder / _DATA, json_as_yaml(dict(answers)))
        settings = {"defaults": dict(defaults)} if defaults else {}
        write_atomic(self._folder / _SETTINGS, json_as_yaml(settings))
        options = [f"--data-file={_DATA}", "--quiet"]
        command = [*self._copier, "copy", *options, self._source, version]
        if not ask:
            given = defaults is not None
            fix = "give other answers: --data <question>=<answer>" if given else _FIX_ANSWERS
            self._run([*command, "--defaults"], fix)
        elif attach(command, cwd=self._folder, env=self._environment()):
            raise HelpersError("nothing was made: the questions were not answered")
        return dict(read_tree(self._folder / version))

    def _write_source(self, files: Files) -> None:
        source = self._folder / self._source
        shutil.rmtree(source, ignore_errors=True)
        for name, content in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def _run(self, command: list[str], fix: str) -> None:
        done = run(command, cwd=self._folder, env=self._environment(), check=False)
        if done.status:
            raise HelpersError(
                "copier cannot make it of the template",
                where=_last_line(done.stdout + done.stderr),
                fix=fix,
            )

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's own configuration decides what is made."""
        return {
            "COPIER_SETTINGS_PATH": str(self._folder / _SETTINGS),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
        }


def read_answers(text: str) -> dict[str, str]:
    """The answers in a file of answers, by the names of the questions."""
    # Imported here: start-up of the tasks does not need it.
    import yaml

    found = yaml.safe_load(text)
    return {key: str(value) for key, value in found.items() if not key.startswith("_")}


def with_commit(answers: str, commit: str) -> str:
    """The text of a file of answers that names a commit, as copier does where it knows one."""
    return _SOURCE.sub(f"_commit: {commit}\n", answers, count=1)


def _last_line(said: str) -> str:
    """What copier says in the end, where it tells what was wrong with an answer."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("ValueError: ") if lines else "it said nothing"
