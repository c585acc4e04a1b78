"""What builds ask of versions, where no code is released."""

import subprocess
import sys
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import commit_all, make_repo, make_runnable_dir

_DIR = "apps/plain"
_ASKS = f"""
import sys
from pathlib import Path
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from helpers.release.versions_now import VersionsNow

root = Path(sys.argv[1])
repo = Repo(root, root, parse_repo_config("name: demo", "repo_config.yaml"))
inputs = read_repo_inputs(repo)
found = VersionsNow(repo, print)(inputs, ["{_DIR}"])
history = [f"helpers.{{name}}" for name in ("release.code_versions", "vcs.commit_log")]
print(list(found), [name for name in history if name in sys.modules])
"""


def _asked(root: Path) -> str:
    command = [sys.executable, "-c", _ASKS, str(root)]
    done = subprocess.run(command, cwd=TOOLCHAIN_ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def test_what_reads_the_history_is_imported_where_code_is_released(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    item = make_runnable_dir(repo, _DIR)
    commit_all(repo.root, "feat: begin")
    assert _asked(repo.root) == "[] []\n"
    item.config.write_text("release: {}\n")
    both = "['helpers.release.code_versions', 'helpers.vcs.commit_log']"
    assert _asked(repo.root) == f"['{_DIR}'] {both}\n"
