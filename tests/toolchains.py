"""Copies of this toolchain as repos of their own, for tests of what happens among several."""

import re
import shutil
from pathlib import Path

from helpers.adoption.adopting.shims import main_pytest_text, setenv_text, tasks_text
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.builders import commit_all, git

# What runs; the rest of the toolchain's repo is about itself.
_PARTS = ("helpers", "dev_scripts", "devops", "main_pytest.py", "setenv.sh", "tasks.py")
_FILES = ("pyproject.toml", "repo_config.yaml", "invoke.yaml", "changelog.txt")


def copy_toolchain(root: Path, version: str = "") -> Path:
    """A repo with the toolchain as it is in the work tree.

    Args:
        version: what it says of itself; its own by default.
    """
    listed = git(
        TOOLCHAIN_ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard",
        "--", *_PARTS, *_FILES,
    )  # fmt: skip
    for name in sorted(set(filter(None, listed.split("\0")))):
        source = TOOLCHAIN_ROOT / name
        if source.is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name)
    if version:
        project = root / "pyproject.toml"
        text = project.read_text()
        project.write_text(re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', text))
    git(root, "init", "--quiet")
    commit_all(root)
    return root


def adopted_files(submodule: str = "helpers_root") -> dict[str, str]:
    """The small files by which a repo leads to its toolchain, as adopting writes them."""
    return {
        "tasks.py": tasks_text(submodule),
        "setenv.sh": setenv_text(submodule),
        "main_pytest.py": main_pytest_text(submodule),
    }
