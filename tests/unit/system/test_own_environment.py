import os
import sys
from pathlib import Path

import pytest

from helpers.system import own_environment as module
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.own_environment import own_environment
from helpers.system.process import run

_REQUIREMENTS = "imports_requirements.txt"


def test_one_beside_ours_is_found_without_a_process_and_a_stale_one_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = TOOLCHAIN_ROOT / "dev_scripts" / "thin_env.py"
    options: list[str | Path] = [
        "--requirements",
        script.with_name(_REQUIREMENTS),
        "--root",
        tmp_path,
    ]
    found = Path(run([sys.executable, "-I", script, "path", *options]).stdout.strip())
    (found / "bin").mkdir(parents=True)
    (found / "bin" / "python").touch()
    (found / ".interpreter").touch()
    os.utime(found / "bin" / "python", (5, 5))
    os.utime(found / ".interpreter", (5, 5))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "ours"))
    with monkeypatch.context() as patched:
        patched.setattr(module, "run", None)
        assert own_environment(TOOLCHAIN_ROOT, _REQUIREMENTS, "grimp", print) == found
    os.utime(found / ".interpreter", (4, 4))
    monkeypatch.setattr(module, "run", lambda _: run(["echo", "made"]))
    assert own_environment(TOOLCHAIN_ROOT, _REQUIREMENTS, "grimp", print) == Path("made")
