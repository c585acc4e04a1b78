"""What templates and adopting write passes the hooks that `i pre_commit_sync` writes, as it is."""

import json
from pathlib import Path

import pytest

from helpers.adoption.adopting.shims import main_pytest_text, tasks_text
from helpers.adoption.from_template.source import present_template, template_names
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests.builders import write_files

# Names of packages as short and as long as people give.
_NAMES = ("ml", "customer_spends")


@pytest.mark.parametrize("template", template_names(TOOLCHAIN_ROOT))
def test_ruff_has_nothing_to_say_of_what_a_template_makes(template: str, tmp_path: Path) -> None:
    for name in _NAMES:
        files = present_template(TOOLCHAIN_ROOT, template).items()
        code = {
            f"apps/{name}/{path.removesuffix('.jinja')}".replace("{{ package }}", name): content
            for path, content in files
            if path.removesuffix(".jinja").endswith(".py")
        }
        filled = {path: text.decode().replace("{{ package }}", name) for path, text in code.items()}
        write_files(tmp_path, dict(filled))
    _check_under_ruff(tmp_path)


def test_ruff_has_nothing_to_say_of_what_adopting_writes(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "main_pytest.py": main_pytest_text("helpers_root"),
            "tasks.py": tasks_text("helpers_root"),
            "helpers_tasks.py": tasks_text("tools/my helpers", "tasks.py"),
        },
    )
    (tmp_path / "main_pytest.py").chmod(0o755)
    _check_under_ruff(tmp_path)


def _check_under_ruff(folder: Path) -> None:
    for command in (["check", "--no-cache"], ["format", "--no-cache", "--diff"]):
        done = run(["ruff", *command, "--isolated", "."], cwd=folder, check=False)
        assert done.status == 0, done.stdout + done.stderr


def test_notebooks_are_as_nbstripout_leaves_them() -> None:
    for template in template_names(TOOLCHAIN_ROOT):
        for path, content in present_template(TOOLCHAIN_ROOT, template).items():
            if ".ipynb" not in path:
                continue
            cells = json.loads(content)["cells"]
            assert [cell["id"] for cell in cells] == [str(n) for n in range(len(cells))], path
            assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
