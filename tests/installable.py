"""Packages with each of the usual build backends, as people keep them beside their applications."""

from collections.abc import Mapping

_BUILD = '[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n'


def _build(backend: str, *requires: str) -> str:
    named = ", ".join(f'"{one}"' for one in requires)
    return _BUILD.format(requires=named, backend=backend)


def _project(name: str, *more: str, version: str = "") -> str:
    told = f'version = "{version}"' if version else 'dynamic = ["version"]'
    return "\n".join(["\n[project]", f'name = "{name}"', told, *more, ""])


_ASKS = 'from importlib.metadata import version\n\nVERSION = version("{}")\n'
_MAIN = '\n\ndef main() -> None:\n    print("this is {}")\n'

FLIT = {
    "pyproject.toml": _build("flit_core.buildapi", "flit_core>=3.2,<5")
    + '\n[project]\nname = "by-flit"\ndynamic = ["version", "description"]\n'
    + '\n[project.entry-points."lamps"]\nwarm = "by_flit:Warm"\n',
    "by_flit/__init__.py": '"""Lamps."""\n\n__version__ = "1.1"\n\n\nclass Warm:\n    pass\n',
}
HATCH = {
    "pyproject.toml": _build("hatchling.build", "hatchling")
    + _project("by-hatch", '[project.scripts]\nby-hatch = "by_hatch:main"')
    + '\n[tool.hatch.version]\npath = "src/by_hatch/about.py"\n',
    "src/by_hatch/__init__.py": _ASKS.format("by-hatch") + _MAIN.format("hatch"),
    "src/by_hatch/about.py": '__version__ = "2.2"\n',
}
SETUPTOOLS = {
    "pyproject.toml": _build("setuptools.build_meta", "setuptools>=70")
    + _project("by-setuptools", version="3.3"),
    "src/by_setuptools/__init__.py": _ASKS.format("by-setuptools"),
}
FLAT = {
    "pyproject.toml": _build("setuptools.build_meta", "setuptools>=70")
    + _project("flat-layout")
    + '\n[tool.setuptools.dynamic]\nversion = { attr = "flat_layout.VERSION" }\n',
    "flat_layout/__init__.py": 'VERSION = "3.4"\n',
}
SETUP_CFG = {
    "setup.py": "from setuptools import setup\n\nsetup()\n",
    "setup.cfg": "[metadata]\nname = by-setup-cfg\nversion = attr: by_setup_cfg.VERSION\n\n"
    "[options]\npackages = find:\n\n"
    "[options.entry_points]\nconsole_scripts =\n    by-setup-cfg = by_setup_cfg:main\n",
    "by_setup_cfg/__init__.py": 'VERSION = "4.4"\n' + _MAIN.format("setup.cfg"),
}
SCM = {
    "pyproject.toml": _build("setuptools.build_meta", "setuptools>=70", "setuptools-scm>=8")
    + _project("by-scm")
    + '\n[tool.setuptools_scm]\nroot = "../.."\nversion_file = "src/by_scm/_version.py"\n',
    # Made by building, and ignored by git: what is written there is there as well.
    ".gitignore": "_version.py\n",
    "src/by_scm/__init__.py": "from by_scm._version import version\n\nVERSION = version\n",
}
HATCH_VCS = {
    "pyproject.toml": _build("hatchling.build", "hatchling", "hatch-vcs")
    + _project("by-hatch-vcs")
    + '\n[tool.hatch.version]\nsource = "vcs"\nraw-options = { root = "../.." }\n',
    "by_hatch_vcs/__init__.py": _ASKS.format("by-hatch-vcs"),
}
POETRY = {
    "pyproject.toml": _build("poetry.core.masonry.api", "poetry-core>=2")
    + '\n[tool.poetry]\nname = "by-poetry"\nversion = "5.5"\ndescription = "-"\nauthors = []\n'
    + '\n[tool.poetry.plugins."lamps"]\ncold = "by_poetry:Cold"\n',
    "by_poetry/__init__.py": _ASKS.format("by-poetry") + "\n\nclass Cold:\n    pass\n",
}
NO_PACKAGE = {
    "pyproject.toml": _build("poetry.core.masonry.api", "poetry-core>=2")
    + "\n[tool.poetry]\npackage-mode = false\n",
    "no_package.py": "VALUE = 6\n",
}
PDM = {
    "pyproject.toml": _build("pdm.backend", "pdm-backend")
    + _project("by-pdm")
    + '\n[tool.pdm.version]\nsource = "file"\npath = "src/by_pdm/__init__.py"\n',
    "src/by_pdm/__init__.py": '__version__ = "7.7"\n',
}
PLUGIN = {
    "pyproject.toml": _build("flit_core.buildapi", "flit_core>=3.2,<5")
    + '\n[project]\nname = "our-plugin"\nversion = "1"\ndescription = "-"\n'
    + '\n[project.entry-points.pytest11]\nours = "our_plugin"\n',
    "our_plugin.py": "import pytest\n\n\n@pytest.fixture\ndef answer() -> int:\n    return 42\n",
}
# One that has the next by path, which has a command.
OUTER = {
    "pyproject.toml": _build("hatchling.build", "hatchling")
    + _project("outer", 'dependencies = ["inner"]', version="8")
    + '\n[tool.uv.sources]\ninner = { path = "../inner", editable = true }\n',
    "outer/__init__.py": "from inner import main\n\n__all__ = ['main']\n",
}
INNER = {
    "pyproject.toml": _build("setuptools.build_meta", "setuptools>=70")
    + _project("inner", '[project.scripts]\ninner-command = "inner:main"', version="9"),
    "inner.py": _MAIN.format("inner").lstrip(),
}

PACKAGES: Mapping[str, Mapping[str, str]] = {
    "flit": FLIT,
    "hatch": HATCH,
    "setuptools": SETUPTOOLS,
    "flat": FLAT,
    "setup_cfg": SETUP_CFG,
    "scm": SCM,
    "hatch_vcs": HATCH_VCS,
    "poetry": POETRY,
    "no_package": NO_PACKAGE,
    "pdm": PDM,
    "plugin": PLUGIN,
    "outer": OUTER,
    "inner": INNER,
}

TESTS = """
import subprocess
import sys
from importlib.metadata import distribution, entry_points, version
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("by-flit", "1.1"), ("by-hatch", "2.2"), ("by-setuptools", "3.3"), ("flat-layout", "3.4"),
        ("by-setup-cfg", "4.4"), ("by-scm", "1.2.3"), ("by-hatch-vcs", "1.2.3"),
        ("by-poetry", "5.5"), ("by-pdm", "7.7"), ("outer", "8"), ("inner", "9"),
    ],
)
def test_version(name, expected):
    assert version(name) == expected


def test_code_is_that_of_the_repo():
    import by_flit, by_hatch, by_hatch_vcs, by_pdm, by_poetry, by_scm, by_setup_cfg
    import by_setuptools, flat_layout, no_package, outer

    assert by_scm.VERSION == by_hatch_vcs.VERSION == "1.2.3"
    repo = Path(__file__).parents[2]
    for module in (by_flit, by_hatch, by_scm, by_setup_cfg, by_setuptools, flat_layout, outer):
        assert Path(module.__file__).is_relative_to(repo / "libs")


def test_entry_points_are_found_and_loaded():
    found = {point.name: point.load() for point in entry_points(group="lamps")}
    assert sorted(found) == ["cold", "warm"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("by-hatch", "this is hatch"), ("by-setup-cfg", "this is setup.cfg"),
        ("inner-command", "this is inner"),
    ],
)
def test_commands_are_on_the_path(command, expected):
    assert subprocess.check_output([command], text=True).strip() == expected


def test_a_process_without_variables_finds_it_all():
    code = "import by_hatch; print(by_hatch.VERSION)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, env={}) == "2.2\\n"


def test_plugins_of_pytest_are_loaded(answer):
    assert answer == 42


def test_it_is_editable():
    assert '"editable": true' in distribution("by-flit").read_text("direct_url.json")
"""
