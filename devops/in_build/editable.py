"""Install a project as `pip install -e` does, into a folder.

Runs in containers: the standard library alone.

usage: editable.py ENVIRONMENTS --python
       editable.py ENVIRONMENTS TARGET PROJECT

`--python` prints what tells this Python from others, itself, and where it has packages and scripts.
ENVIRONMENTS is a folder in which the environment that installs is kept. TARGET gets `site/`, what
`site-packages` would get, and `bin/`, whose scripts start with `#!@python@`.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

SHEBANG = b"#!@python@\n"
# The first pip that installs editable as PEP 660 says.
_FIRST_PIP = (21, 3)
# Isolated, pip itself keeps its byte code, which takes longer to compile than most installations;
# what it starts keeps none (see `main`), so that nothing is written beside the code.
_PIP = ("-I", "-m", "pip", "--disable-pip-version-check")


def python_tag() -> str:
    """What is the same for all containers in which the same is installed."""
    return f"{sys.implementation.name}-{platform.python_version()}-{platform.machine()}"


def ensure_environment(folder: Path) -> Path:
    """A Python with pip; made beside and renamed, since others may do the same."""
    made = folder / python_tag()
    python = made / "bin" / "python"
    if not python.exists():
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
        _make_environment(beside)
        _upgrade_old_pip(beside)
        try:
            beside.rename(made)
        except OSError:
            shutil.rmtree(beside)  # another was quicker
    return python


def _make_environment(folder: Path) -> None:
    """As `python -m venv`, which takes some seconds longer to put its pip there by running it."""
    import ensurepip  # some distributions have it apart

    bundled = Path(ensurepip.__file__).parent / "_bundled"
    where = (bundled, Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or bundled))
    wheels = sorted(wheel for one in where for wheel in one.glob("pip-*.whl"))
    without = ["--without-pip"] if wheels else []
    subprocess.run([sys.executable, "-m", "venv", *without, str(folder)], check=True)
    if wheels:
        (packages,) = folder.glob("lib/python*/site-packages")
        with zipfile.ZipFile(wheels[-1]) as wheel:
            wheel.extractall(packages)


def _upgrade_old_pip(folder: Path) -> None:
    """Its version is read from its metadata: pip needs a second to say it."""
    (packages,) = folder.glob("lib/python*/site-packages")
    found = [path.name.split("-")[1] for path in packages.glob("pip-*.dist-info")]
    versions = [tuple(int(part) for part in name.split(".")[:2]) for name in found]
    if not versions or max(versions) < _FIRST_PIP:
        command = [str(folder / "bin" / "python"), *_PIP, "install", "--quiet", "--upgrade", "pip"]
        subprocess.run(command, check=True)


def install(python: Path, project: Path, target: Path) -> int:
    """Install the project; pip's exit status."""
    with tempfile.TemporaryDirectory() as made:
        options = ["--no-deps", "--use-pep517", "--ignore-installed", "--no-compile"]
        options += ["--no-warn-script-location", "--no-input"]
        command = [str(python), *_PIP, "install", "--quiet", "--retries", "2", *options]
        done = subprocess.run(
            [*command, "--prefix", made, "--editable", str(project)], cwd=project, check=False
        )
        if done.returncode:
            return done.returncode
        for packages in Path(made).glob("lib*/python*/site-packages"):
            shutil.copytree(packages, target / "site", dirs_exist_ok=True)
        scripts = Path(made, "bin")
        for script in sorted(scripts.iterdir()) if scripts.is_dir() else ():
            _copy_script(script, target / "bin" / script.name)
    return 0


def _copy_script(source: Path, target: Path) -> None:
    """A script, which any Python may run."""
    content = source.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    if content.startswith(b"#!/bin/sh\n'''exec'"):
        # What stands there where the path of a Python is too long or has a space.
        content = SHEBANG + content.split(b"\n", 3)[3]
    elif content.startswith(b"#!") and b"python" in content.split(b"\n", 1)[0]:
        content = SHEBANG + content.split(b"\n", 1)[1]
    target.write_bytes(content)
    target.chmod(0o755)


def main(args: "list[str]") -> int:
    """Do what the usage says; the exit status."""
    if args[1] == "--python":
        paths = (sysconfig.get_path("purelib"), sysconfig.get_path("scripts"))
        print(json.dumps([python_tag(), sys.executable, *paths]))
        return 0
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return install(ensure_environment(Path(args[0])), Path(args[2]), Path(args[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
