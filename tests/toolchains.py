"""This toolchain as tests use it: its commands, and copies of it as repos of their own."""

import re
import shutil
from functools import cache
from pathlib import Path

from helpers.adoption.adopting.shims import main_pytest_text, setenv_text, tasks_text
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests.builders import commit_all, git

# What runs; the rest of the toolchain's repo is about itself.
_PARTS = ("helpers", "dev_scripts", "devops", "main_pytest.py", "setenv.sh", "tasks.py")
_FILES = ("pyproject.toml", "repo_config.yaml", "invoke.yaml", "changelog.txt")


def invoke_command(toolchain: Path = TOOLCHAIN_ROOT) -> list[str]:
    """What `i` stands for, with the tasks of a toolchain or of a repo that has adopted one."""
    programs = _thin_environment() / "bin"
    invoke = (programs / "python", "-I", programs / "invoke", "--search-root", toolchain)
    return [str(part) for part in invoke]


@cache
def _thin_environment() -> Path:
    """The one of this toolchain: asked for once, since no test changes its requirements."""
    script = TOOLCHAIN_ROOT / "dev_scripts" / "thin_env.py"
    return Path(run(["python3", "-I", script, "ensure"]).stdout.strip())


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
