"""Whole adopting repos, configured as the docs of each earlier version told to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.builders import commit_all, make_repo, write_files

_TASKS = '''"""The tasks of this repo: those of the toolchain, and its own below."""

import sys
from pathlib import Path

sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).resolve().parent / "helpers_root"))

from helpers.tasks.namespace import namespace  # noqa: E402, F401 - the path comes first
'''
_LINKS = ("setenv.sh", "main_pytest.py", "invoke.yaml")
_HOOKS = """\
repos:
  - repo: local
    hooks:
      - id: lint
        name: i lint
        entry: bash -c 'source ./setenv.sh && i lint'
        language: system
        pass_filenames: false
        always_run: true
"""
_DIR = {
    "apps/greeter/changelog.txt": "# greeter-1.0.0\n- 2026-01-31\n- First version\n",
    "apps/greeter/devops/os_packages.txt": "# The program `dot`:\ngraphviz\n",
    "apps/greeter/requirements.txt": "pytest==9.0.1\n",
    "apps/greeter/devops/compose.yaml": (
        "services:\n  redis:\n    build:\n      context: .\n      dockerfile: redis.Dockerfile\n"
        "      args:\n        BASE_IMAGE: ${HELPERS_BASE_IMAGE}\n"
    ),
    "apps/greeter/devops/redis.Dockerfile": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n",
}
_REPO_1_0 = """\
name: shop
registry: registry.example.org:5000/team
base_image: python:3.13-slim-trixie
certificates: devops/company_ca.pem
environment:
  - API_URL
  - HTTP_PROXY
"""
_REPO_1_1 = _REPO_1_0 + "resources:\n  license: 2  # floating\n"
_REPO_1_2 = """\
name: shop
registry: team   # one of those below
registries:
  team: registry.example.org:5000/team
  public: registry.example.com/shop
base_image: python:3.13-slim-trixie
environment: [API_URL]
resources: {license: 2}
platforms: [linux/amd64, linux/arm64]
builders:
  linux/arm64: arm-host
build_cache: true
package_snapshot: 20261101T000000Z
package_mirror: https://snapshot.example.org/archive
"""
_DIR_1_1 = """\
depends_on:
  - data/prices.csv
  - libs/shared
resources:
  memory: 4g
reuse: false
sibling: own
"""
_DIR_1_2 = """\
depends_on: [data/prices.csv]
dind: true
platforms: [linux/amd64]
entrypoint: [python, -m, greeter]
command: [--port, '8080']
health_check: [python, -m, greeter.health]
health_times: {interval: 30, timeout: 5, start_period: 10, retries: 3}
prod_exclude:
  - notebooks/
"""


@dataclass(frozen=True)
class Earlier:
    """A repo that adopted an earlier version.

    Attributes:
        changed: what of the files is written otherwise today, and how.
        warned: what a command tells of them while they are not.
    """

    files: Mapping[str, str]
    changed: Mapping[str, str] = field(default_factory=dict)
    warned: tuple[str, ...] = ()

    def write(self, root: Path, toolchain: str = "helpers_root") -> None:
        """Make the repo at `root`, committed."""
        make_repo(root, commit=False)
        write_files(root, self.files)
        adopt_by_hand(root, toolchain)
        commit_all(root)


def adopt_by_hand(root: Path, toolchain: str) -> None:
    """What the docs of versions before 1.3.0 told to type at a repo's root."""
    write_files(root, {"tasks.py": _TASKS.replace("helpers_root", toolchain)})
    for name in _LINKS:
        (root / name).symlink_to(f"{toolchain}/{name}")


EARLIER: Mapping[str, Earlier] = {
    "1.0.0": Earlier(
        {
            **_DIR,
            "repo_config.yaml": _REPO_1_0,
            ".pre-commit-config.yaml": _HOOKS,
            "apps/greeter/devops/config.yaml": "# The tests start containers.\nsibling: true\n",
            "apps/quiet/changelog.txt": "# quiet-0.1.0\n- 2026-01-31\n- First version\n",
            "apps/quiet/devops/config.yaml": "sibling: false  # the default\n",
        },
        {
            "apps/greeter/devops/config.yaml": "# The tests start containers.\nsibling: full\n",
            "apps/quiet/devops/config.yaml": "# the default\n",
        },
        (
            "apps/greeter/devops/config.yaml:2: 'sibling: true' is the form of 1.0;"
            " write 'sibling: full'",
            "apps/quiet/devops/config.yaml:1: 'sibling: false' is the form of 1.0; remove it",
        ),
    ),
    "1.1.0": Earlier(
        {
            **_DIR,
            "repo_config.yaml": _REPO_1_1,
            ".pre-commit-config.yaml": _HOOKS,
            "apps/greeter/devops/config.yaml": _DIR_1_1,
        }
    ),
    "1.2.0": Earlier(
        {
            **_DIR,
            "repo_config.yaml": _REPO_1_2,
            ".pre-commit-config.yaml": _HOOKS.replace("lint", "changelog_check"),
            "apps/greeter/devops/config.yaml": _DIR_1_2,
            "apps/greeter/devops/dev_os_packages.txt": "gcc\n",
        }
    ),
}
