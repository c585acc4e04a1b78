"""Steps of a repo's own."""

from pathlib import Path

import pytest

from helpers.ci.own_steps import parse_own_steps, read_own_steps
from helpers.model.errors import HelpersError
from helpers.model.settings.ci_config import Target
from tests.builders import write_files

_SHA = "b" * 40


def test_they_are_kept_as_they_are_written() -> None:
    before = "before:\n  - run: make\n    env: {A: '${{ secrets.A }}'}\n"
    after = f"after:\n  - uses: a/b@{_SHA}\n"
    found = parse_own_steps(before + after, "ci_steps/dir.yaml", Target.GITHUB)
    assert found.before[0].own == {"run": "make", "env": {"A": "${{ secrets.A }}"}}
    assert found.after[0].own == {"uses": f"a/b@{_SHA}"}


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        ("name: nothing", "has not one of 'run' and 'uses'"),
        (f"{{run: make, uses: a/b@{_SHA}}}", "has not one of 'run' and 'uses'"),
        ("make", "has not one of 'run' and 'uses'"),
        ("{run: make, runs: x}", "knows no key 'runs'"),
        ("uses: actions/checkout@v4", "is not pinned"),
        ('run: echo "${{ github.event.pull_request.title }}"', "an expression inside 'run'"),
    ],
)
def test_what_is_no_step_or_is_unsafe_is_refused(step: str, wrong: str) -> None:
    with pytest.raises(HelpersError, match=wrong) as error:
        parse_own_steps(f"before:\n  - {step}\n", "ci_steps/dir.yaml", Target.GITHUB)
    assert error.value.where == "ci_steps/dir.yaml:1"
    assert error.value.fix


def test_a_file_of_no_job_is_refused(tmp_path: Path) -> None:
    write_files(tmp_path, {"ci_steps/dirs.yaml": "before: []\n", "ci_steps/README.md": "x"})
    with pytest.raises(HelpersError, match="no job 'dirs'; the jobs are: plan, lint, dir, gate"):
        read_own_steps(tmp_path, Target.GITHUB)


def test_a_job_has_one_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"ci_steps/dir.yaml": "", "ci_steps/dir.yml": ""})
    with pytest.raises(HelpersError, match="has two files"):
        read_own_steps(tmp_path, Target.GITHUB)
