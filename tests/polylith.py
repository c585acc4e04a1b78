"""A Polylith workspace whose projects have Poetry's lock file at its root in common."""

from collections.abc import Mapping

PYPROJECT = """\
[project]
name = "ws"
version = "0"
requires-python = ">=3.11,<4"
dependencies = ["requests[socks] (>=2.31)", "httpx (>=0.27,<1)"]

[tool.poetry]
package-mode = false

[tool.poetry.group.dev.dependencies]
pytest = "^8"
"""
API = """\
[project]
name = "api"
version = "1"
requires-python = ">=3.11,<4"
dependencies = ["httpx (>=0.27,<1)"]

[project.optional-dependencies]
net = ["requests (>=2.31)"]

[tool.poetry]
packages = [{include = "shop/till", from = "../../bases"}]

[dependency-groups]
lint = ["iniconfig"]
"""
OLD = """\
[tool.poetry]
name = "old"
version = "1"
description = ""
authors = []
packages = [{include = "shop/till", from = "../../bases"}]

[tool.poetry.dependencies]
python = "^3.11"
requests = {version = "^2.31", extras = ["socks"]}
httpx = {version = "^0.28", optional = true}

[tool.poetry.extras]
h = ["httpx"]
"""
# By package: its version, and what it needs as Poetry writes it.
PACKAGES: Mapping[str, tuple[str, str]] = {
    "h11": ("0.16.0", ""),
    "httpx": ("0.28.1", 'h11 = ">=0.16"\nh2 = {version = ">=3", optional = true}\n'),
    "h2": ("4.1.0", ""),
    "iniconfig": ("2.3.1", ""),
    "pysocks": ("1.7.1", ""),
    "pytest": ("8.4.2", 'iniconfig = ">=1"\n'),
    "requests": (
        "2.34.2",
        'PySocks = {version = ">=1.5.6", optional = true, markers = \'extra == "socks"\'}\n',
    ),
}
_EXTRAS = {
    "requests": '\n[package.extras]\nsocks = ["PySocks (>=1.5.6)"]\n',
    "httpx": '\n[package.extras]\nhttp2 = ["h2 (>=3,<5)"]\n',
}


def lock(packages: Mapping[str, tuple[str, str]] = PACKAGES, groups: str = '["main"]') -> str:
    """A lock file of Poetry's, with the groups that it writes of each package."""
    text = ""
    for name, (version, needs) in packages.items():
        text += f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = false\n'
        text += f'python-versions = "*"\ngroups = {groups}\nfiles = []\n'
        text += f"\n[package.dependencies]\n{needs}" if needs else ""
        text += f"{_EXTRAS.get(name, '')}\n"
    metadata = 'lock-version = "2.1"\npython-versions = ">=3.11,<4"\ncontent-hash = "0"\n'
    return f"{text}[metadata]\n{metadata}"


def workspace() -> dict[str, str]:
    """Its files: two projects, and a base that both use."""
    return {
        "workspace.toml": '[tool.polylith]\nnamespace = "shop"\n',
        "pyproject.toml": PYPROJECT,
        "poetry.lock": lock(),
        "projects/api/pyproject.toml": API,
        "projects/old/pyproject.toml": OLD,
        "bases/shop/till/core.py": "",
    }
