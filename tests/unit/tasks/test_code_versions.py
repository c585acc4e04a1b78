"""How `i release_next` begins."""

import subprocess
import sys
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import commit_all, make_repo

_ENDS_AS_GIT_BEGINS = """
import sys
sys.path.insert(0, sys.argv[1])
from invoke.context import Context
from helpers.tasks.code_versions import release_next
from helpers.vcs import commit_log

def reading_logs(root):
    heavy = ("helpers.model.settings.config", "helpers.inputs.repo_inputs")
    print(root, [name for name in heavy if name in sys.modules])
    sys.exit()

commit_log.reading_logs = reading_logs
release_next(Context(), all=True)
"""


def test_git_reads_the_history_before_settings_are_read_or_imported(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo").root
    commit_all(root, "feat: begin")
    inside = root / "apps"
    inside.mkdir()
    command = [sys.executable, "-I", "-c", _ENDS_AS_GIT_BEGINS, str(TOOLCHAIN_ROOT)]
    done = subprocess.run(command, cwd=inside, capture_output=True, text=True, check=False)
    assert done.stdout == f"{root} []\n", done.stderr
