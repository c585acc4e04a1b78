import pytest

from helpers.model.errors import HelpersError
from helpers.quality.plan import LintStep, choose_steps, plan_lint

_FILES = ["a.py", "run.sh", ".ci/run", "LICENSE", "devops/Dockerfile", "b.Dockerfile"]
_LINES = {".ci/run": "#!/usr/bin/env bash\n", "LICENSE": "Apache\n"}


def _by_name(steps: tuple[LintStep, ...]) -> dict[str, LintStep]:
    return {step.name: step for step in steps}


def test_each_kind_of_file_has_its_tool() -> None:
    steps = _by_name(plan_lint(_FILES, _LINES, ["mypy", "importlinter", "vulture"]))
    assert set(steps) == {
        "ruff", "format", "mypy", "imports", "vulture", "shellcheck", "hadolint",
    }  # fmt: skip
    assert steps["shellcheck"].command[-2:] == ("run.sh", ".ci/run")
    assert steps["hadolint"].command[1:] == ("devops/Dockerfile", "b.Dockerfile")


def test_a_repo_without_such_files_or_settings_has_no_such_step() -> None:
    assert plan_lint(["LICENSE"], {"LICENSE": "text"}, []) == ()


def test_only_what_is_named_runs() -> None:
    steps = plan_lint(_FILES, _LINES, [])
    assert [step.name for step in choose_steps(steps, ["ruff"])] == ["ruff"]
    with pytest.raises(HelpersError, match="no check 'rust'"):
        choose_steps(steps, ["rust"])
