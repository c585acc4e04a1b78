"""A package with a C extension: one wheel for each architecture, one of them emulated."""

import zipfile
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.system.host import read_host
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

# Without headers and with a small compiler: an emulated dpkg takes a minute for those of gcc.
_SOURCE = """\
struct { long count; void *type, *init; long index; void *copy; char *name, *doc; long size;
         void *methods, *slots, *traverse, *clear, *free; }
    sums = {1, 0, 0, 0, 0, "sums", 0, -1};
void *PyModule_Create2(void *, int);
void *PyInit_sums(void) { return PyModule_Create2(&sums, 1013); }
"""
_PROJECT = '[project]\nname = "sums"\nversion = "1.2"\nrequires-python = ">=3.11"\n'
_BUILD_SYSTEM = """
[build-system]
requires = []
build-backend = "compiled"
backend-path = ["."]
"""
# A few starts of programs: emulated, those of setuptools take minutes.
_BACKEND = """\
import pathlib, subprocess, sysconfig, tarfile, zipfile

NAME = "sums-1.2"
METADATA = "Metadata-Version: 2.1\\nName: sums\\nVersion: 1.2\\n"


def build_sdist(folder, config_settings=None):
    pathlib.Path("PKG-INFO").write_text(METADATA)
    with tarfile.open(pathlib.Path(folder, NAME + ".tar.gz"), "w:gz") as made:
        for name in ("PKG-INFO", "pyproject.toml", "compiled.py", "sums.c"):
            made.add(name, NAME + "/" + name)
    return NAME + ".tar.gz"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    library = "sums" + sysconfig.get_config_var("EXT_SUFFIX")
    subprocess.run(["tcc", "-c", "sums.c"], check=True)
    subprocess.run(["ld", "-shared", "-z", "noexecstack", "sums.o", "-o", library], check=True)
    python = "cp" + sysconfig.get_config_var("py_version_nodot")
    platform = sysconfig.get_platform().replace("-", "_")
    tag = python + "-" + python + "-" + platform
    about = "sums-1.2.dist-info/"
    files = {
        about + "METADATA": METADATA,
        about + "WHEEL": "Wheel-Version: 1.0\\nGenerator: own\\n"
        "Root-Is-Purelib: false\\nTag: " + tag + "\\n",
        about + "RECORD": "",
    }
    name = NAME + "-" + tag + ".whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as made:
        made.write(library)
        for path, text in files.items():
            made.writestr(path, text)
    return name
"""
_TAGS = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_MACHINES = {"linux/amd64": 62, "linux/arm64": 183}


@pytest.mark.superslow
@pytest.mark.timeout(1800)
def test_a_c_extension_is_built_for_each_architecture(
    workspace: Path, client: Client, foreign_base: str
) -> None:
    platforms = [read_host().platform, foreign_base]
    repo = make_repo(workspace / "repo", config=f"name: {TEST_REPO}\n")
    sums = make_runnable_dir(repo, "libs/sums")
    write_files(
        sums.root,
        {
            "pyproject.toml": _PROJECT + _BUILD_SYSTEM,
            "compiled.py": _BACKEND,
            "sums.c": _SOURCE,
            "devops/config.yaml": f"platforms: [{', '.join(platforms)}]\n",
            "devops/dev_os_packages.txt": "binutils\ntcc\n",
        },
    )
    commit_all(repo.root)
    workplace = Workplace(repo, client, timeout=1700)
    done = workplace.invoke("package_build", "--dir", "libs/sums")
    assert done.status == 0, done.stdout + done.stderr
    found = {_tag(wheel): _machine(wheel) for wheel in (repo.root / "dist").glob("*.whl")}
    assert found == {_TAGS[one]: _MACHINES[one] for one in platforms}
    again = workplace.invoke("package_build", "--dir", "libs/sums")
    assert "nothing changed, nothing built" in again.stdout


def _tag(wheel: Path) -> str:
    """The platform that its name says."""
    return wheel.stem.rpartition("-linux_")[2]


def _machine(wheel: Path) -> int:
    """The machine that its only shared library says that it is for, as ELF numbers them."""
    with zipfile.ZipFile(wheel) as archive:
        (library,) = (one for one in archive.namelist() if one.endswith(".so"))
        return int.from_bytes(archive.read(library)[18:20], "little")
