"""The tests' own command ends as pytest does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_COMMAND = Path(__file__).parents[1] / "run_tests.py"


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same command, beside a unit test that passes and an integration test that fails."""
    tests = tmp_path_factory.mktemp("project") / "tests"
    for folder, text in (("unit", "assert True"), ("integration", "assert False")):
        (tests / folder).mkdir(parents=True)
        (tests / folder / f"test_{folder}.py").write_text(
            f"def test_it():\n    {text}\n"
        )
    return Path(shutil.copy(_COMMAND, tests))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--test_type", "unit", "--", "-q"], 0),
        (["--test_type", "integration"], 1),
        (["--test_type", "all", "--", "-k", "test_it"], 1),
        (["--test_type", "unit", "--", "-k", "no_test_is_called_so"], 5),
        (["--test_type", "unit", "--", "--no-such-option"], 4),
        (["--test_type", "some"], 2),
    ],
)
def test_it_ends_with_the_status_of_pytest(
    command: Path, arguments: list[str], status: int
) -> None:
    done = subprocess.run(
        [sys.executable, str(command), *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == status, done.stdout
