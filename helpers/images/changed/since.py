"""Which images a branch changes: what they are made from now, and what at the commit it left.

What decides about an image then is written to a folder of its own and planned there as a build of
today is: so a change that ends in the same image, such as that of a test or of a comment, is none.
"""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known
from helpers.images.changed.differing import Differing, Made, Planned, compare, plan_each
from helpers.inputs.affected_dirs import Changes, changes_since
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs_of, toolchain_code
from helpers.lockers.workspaces.polylith import WORKSPACE
from helpers.model.errors import HelpersError
from helpers.model.images.parts import METADATA
from helpers.model.packages.locked import EVERY_LOCK_FILE
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, ROOT, RunnableDir, relative_name
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.system.host import Host
from helpers.vcs.git import EXECUTABLE, LINK, git
from helpers.vcs.snapshot import CommitFiles, copy_file, read_commit

# What is read of folders around a dir, wherever they are.
_READ_AROUND = {*EVERY_LOCK_FILE, PYPROJECT, WORKSPACE, ".python-version", CONFIG_FILE_NAME}


def find_changed(
    inputs: RepoInputs, ref: str, planned: Sequence[Planned], host: Host, options: BuildOptions
) -> tuple[list[Differing], Changes]:
    """The dirs whose images differ from what the commit would make from which a branch started.

    Args:
        ref: a branch, tag or commit.

    Raises:
        HelpersError: there is no such commit, or history does not reach back far enough.
        ProcessError: git fails.
    """
    repo = inputs.repo
    changes = changes_since(repo, ref, inputs)
    settings = any(path.rpartition("/")[2] == CONFIG_FILE_NAME for path in changes.paths)
    affected = inputs.tree.dirs if settings else set(changes.dirs)
    candidates = [one for one in planned if one.runnable_dir.name in affected]
    if not candidates:
        return [], changes
    with tempfile.TemporaryDirectory(prefix="helpers-since-") as made:
        # A link on the way to it is no part of the repo.
        folder = Path(made).resolve()
        then = _Then(inputs, read_commit(repo.root, changes.base), folder)
        before = then.plan([one.runnable_dir for one in candidates], host, options)

    def made_then(plan: BuildPlan) -> Made | None:
        found = before.get((plan.runnable_dir.name, plan.platform))
        if found is None:
            return None
        # A version that comes from git is another one after each commit, whatever it changed.
        now = plan.made_from.parts()
        same = {METADATA: now[METADATA]} if METADATA in now else {}
        parts = {name: part for name, part in found.made_from.parts().items() if name != METADATA}
        return Made(parts | same)

    return compare(candidates, made_then), changes


class _Then:
    """A repo as a commit has it, in a folder of its own."""

    def __init__(self, inputs: RepoInputs, files: CommitFiles, folder: Path) -> None:
        self._now, self._files, self._folder = inputs, files, folder

    def plan(
        self, dirs: Iterable[RunnableDir], host: Host, options: BuildOptions
    ) -> dict[tuple[str, str], BuildPlan]:
        """The builds as they would have been, by dir and platform; of what could be built."""
        inputs = read_repo_inputs_of(self._now.repo, self._files, self._now)
        there = [item for item in dirs if item.name in inputs.tree.dirs]
        self._write(self._wanted(inputs, there))
        # A folder of git of its own: what looks for the end of a checkout finds it.
        git(self._folder, "init", "--quiet")
        git(self._folder, "add", "--all", "--force")
        try:
            inputs.repo = self._repo()
        except HelpersError:
            return {}  # its settings were malformed then, and are not now
        then = [inputs.repo.runnable_dir(item.name) for item in there]
        planned = plan_each(inputs.repo, then, host, options, Known(inputs, {}))
        return {
            (one.runnable_dir.name, plan.platform): plan for one in planned for plan in one.plans
        }

    def _repo(self) -> Repo:
        now = self._now.repo.outermost
        toolchain = now.toolchain
        if toolchain.is_relative_to(now.root):
            toolchain = self._folder / toolchain.relative_to(now.root)
        nested = tuple(
            replace(one, config=parse_repo_config(text, one.place))
            for one in now.nested
            if (text := self._config(one.place))
        )
        config = parse_repo_config(self._config(ROOT) or f"name: {now.config.name}\n", ROOT)
        return replace(now, root=self._folder, toolchain=toolchain, config=config, nested=nested)

    def _config(self, place: str) -> str:
        path = self._folder / place / CONFIG_FILE_NAME
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def _wanted(self, inputs: RepoInputs, dirs: Iterable[RunnableDir]) -> set[str]:
        """The files that plans of the dirs read."""
        wanted = {path for item in dirs for path in inputs.of(item.name).files}
        wanted |= {p for p in inputs.snapshot if p.rpartition("/")[2] in _READ_AROUND}
        code = toolchain_code(inputs.repo)
        if code:
            place = relative_name(inputs.repo.root, inputs.repo.toolchain)
            start = "" if place == ROOT else f"{place}/"
            parts = (f"{start}{DEVOPS}/", f"{start}dev_scripts/")
            wanted |= {path for path in inputs.snapshot if path.startswith(parts)}
        return wanted

    def _write(self, paths: Iterable[str]) -> None:
        root, now = self._now.repo.root, self._now.snapshot
        for path in paths:
            said, target = self._files.contents[path], self._folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if now.get(path) == said and copy_file(root, path, said, target):
                continue
            target.unlink(missing_ok=True)
            content = self._files.read(path)
            if said.startswith(LINK):
                target.symlink_to(content.decode(errors="surrogateescape"))
                continue
            target.write_bytes(content)
            target.chmod(0o755 if said.startswith(EXECUTABLE) else 0o644)
