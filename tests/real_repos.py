"""Small repos and projects, shaped like those that people have before they know the toolchain.

Nothing in them is for the toolchain, and none has a lock file: a lock would name the index of the
machine that wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.projects import notebook

UV_WORKSPACE = "a uv workspace"
NOTEBOOKS = "notebooks"


@dataclass(frozen=True)
class RealRepo:
    """A repo.

    Attributes:
        files: contents by path.
        packages: folders that become runnable dirs, and how many tests each has.
        options: of `i runnable_dir_create`, where a folder is no project with a `pyproject.toml`.
        tag: a git tag of its last commit; empty: none.
    """

    files: Mapping[str, str]
    packages: Mapping[str, int]
    options: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""

    def lost(self, root: Path) -> list[str]:
        """Files of theirs that are not there any more, or whose lines are not."""
        gone = []
        for name, content in self.files.items():
            path = root / name
            kept = path.read_text().splitlines() if path.is_file() else []
            gone += [f"{name}: {line}" for line in content.splitlines() if line not in kept]
        return gone


def _together(*parts: RealRepo) -> RealRepo:
    """One repo with the projects of several, none of which has files where another has its own."""
    files: dict[str, str] = {}
    for part in parts:
        both = files.keys() & part.files.keys()
        assert all(files[name] == part.files[name] for name in both), both
        files |= part.files
    packages = {folder: number for part in parts for folder, number in part.packages.items()}
    assert len(packages) == sum(len(part.packages) for part in parts)
    options = {folder: text for part in parts for folder, text in part.options.items()}
    (tag,) = {part.tag for part in parts if part.tag} or {""}
    return RealRepo(files, packages, options, tag)


_POETRY_CORE = """
[build-system]
requires = ["poetry-core>=1.8"]
build-backend = "poetry.core.masonry.api"
"""

_POETRY = RealRepo(
    files={
        "README.md": "# Poetry projects that share a package by path\n",
        "libs/pricing/pyproject.toml": """\
[tool.poetry]
name = "acme-pricing"
version = "1.4.0"
description = "Prices."
authors = ["A <a@example.org>"]
packages = [{ include = "acme_pricing", from = "src" }]

[tool.poetry.dependencies]
python = ">=3.11,<4"
iniconfig = "^2.0"
attrs = { version = ">=23", optional = true }

[tool.poetry.extras]
rich = ["attrs"]

[tool.poetry.group.dev.dependencies]
pytest = ">=8.4,<9"

[tool.poetry.scripts]
acme-price = "acme_pricing:main"
"""
        + _POETRY_CORE,
        "libs/pricing/src/acme_pricing/__init__.py": """\
from importlib.metadata import version

__version__ = version("acme-pricing")


def price(name: str) -> int:
    return len(name)


def main() -> None:
    print(price("main"))
""",
        "libs/pricing/src/acme_pricing/rich.py": """\
import attrs


@attrs.frozen
class Price:
    amount: int
""",
        "libs/pricing/tests/test_pricing.py": """\
import subprocess

import acme_pricing
from acme_pricing.rich import Price


def test_it_knows_its_version():
    assert acme_pricing.__version__ == "1.4.0"


def test_an_extra_is_there():
    assert Price(3).amount == 3


def test_its_command_is_on_the_path():
    assert subprocess.check_output(["acme-price"], text=True) == "4\\n"
""",
        "apps/till/pyproject.toml": """\
[tool.poetry]
name = "till"
version = "0.1.0"
description = "A till."
authors = ["A <a@example.org>"]

[tool.poetry.dependencies]
python = ">=3.11,<4"
acme-pricing = { path = "../../libs/pricing", develop = true, extras = ["rich"] }

[tool.poetry.group.test.dependencies]
pytest = ">=8.4,<9"
"""
        + _POETRY_CORE,
        "apps/till/till/__init__.py": """\
from acme_pricing import price
from acme_pricing.rich import Price


def total(names: list[str]) -> Price:
    return Price(sum(price(name) for name in names))
""",
        "apps/till/tests/test_till.py": """\
from importlib.metadata import version

from till import total


def test_prices_are_added():
    assert total(["ab", "c"]).amount == 3


def test_both_projects_have_metadata():
    assert (version("till"), version("acme-pricing")) == ("0.1.0", "1.4.0")
""",
    },
    packages={"libs/pricing": 3, "apps/till": 2},
)

_HATCHLING = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""

_UV_WORKSPACE = RealRepo(
    files={
        "pyproject.toml": """\
[project]
name = "harbour"
version = "0"
requires-python = ">=3.11"
dependencies = []

[tool.uv]
package = false

[tool.uv.workspace]
members = ["packages/*"]

[dependency-groups]
dev = ["pytest>=8.4,<9"]
""",
        "packages/tides/pyproject.toml": """\
[project]
name = "tides"
version = "2.0.0"
requires-python = ">=3.11"
dependencies = ["iniconfig>=2"]

[dependency-groups]
dev = ["pytest>=8.4,<9"]

[project.entry-points."harbour.sources"]
moon = "tides:moon"
"""
        + _HATCHLING,
        "packages/tides/src/tides/__init__.py": """\
import iniconfig

KNOWN = iniconfig.IniConfig


def moon() -> str:
    return "high"
""",
        "packages/tides/tests/test_it.py": """\
from tides import moon


def test_the_moon_makes_it_high():
    assert moon() == "high"
""",
        "packages/pilot/pyproject.toml": """\
[project]
name = "pilot"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["tides", "attrs>=23"]

[project.scripts]
pilot = "pilot:main"

[dependency-groups]
dev = ["pytest>=8.4,<9"]

[tool.uv.sources]
tides = { workspace = true }
"""
        + _HATCHLING,
        "packages/pilot/src/pilot/__init__.py": """\
from importlib.metadata import entry_points

import attrs


@attrs.frozen
class Advice:
    text: str


def advise() -> Advice:
    (source,) = entry_points(group="harbour.sources")
    return Advice(source.load()())


def main() -> None:
    print(advise().text)
""",
        "packages/pilot/tests/test_it.py": """\
import subprocess

from pilot import advise


def test_another_members_plugin_is_found():
    assert advise().text == "high"


def test_the_command_is_there():
    assert subprocess.check_output(["pilot"], text=True) == "high\\n"
""",
    },
    packages={"packages/tides": 1, "packages/pilot": 2},
)

_UV_PATHS = RealRepo(
    files={
        ".python-version": "3.12\n",
        "shared/units/pyproject.toml": """\
[project]
name = "units"
version = "3.1"
requires-python = ">=3.10"
dependencies = []

[dependency-groups]
dev = ["pytest>=8.4,<9"]

[build-system]
requires = ["setuptools>=70"]
build-backend = "setuptools.build_meta"
""",
        "shared/units/units/__init__.py": """\
def metres(feet: float) -> float:
    return feet * 0.3048
""",
        "shared/units/tests/test_units.py": """\
from units import metres


def test_a_foot():
    assert metres(1) == 0.3048
""",
        "services/maps/.python-version": "3.12\n",
        "services/maps/pyproject.toml": """\
[project]
name = "maps"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["units", "iniconfig>=2"]

[dependency-groups]
dev = ["pytest>=8.4,<9"]

[tool.uv]
package = false

[tool.uv.sources]
units = { path = "../../shared/units", editable = true }
""",
        "services/maps/app/__init__.py": "",
        "services/maps/app/scale.py": """\
import iniconfig
from units import metres

READER = iniconfig.IniConfig


def scale(feet: float) -> str:
    return f"{metres(feet):.1f} m"
""",
        "services/maps/tests/test_scale.py": """\
from app.scale import scale


def test_feet_are_shown_as_metres():
    assert scale(10) == "3.0 m"
""",
    },
    packages={"shared/units": 1, "services/maps": 1},
)

_HATCH = RealRepo(
    files={
        "libs/beacon/pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "beacon-kit"
dynamic = ["version"]
description = "Beacons."
requires-python = ">=3.11"
dependencies = ["pluggy>=1.5"]

[project.optional-dependencies]
test = ["pytest>=8.4,<9"]

[project.scripts]
beacon = "beacon.cli:main"

[project.entry-points.pytest11]
beacon = "beacon.testing"

[tool.hatch.version]
path = "src/beacon/__about__.py"

[tool.hatch.build.targets.wheel]
packages = ["src/beacon"]
""",
        "libs/beacon/src/beacon/__about__.py": '__version__ = "5.2.1"\n',
        "libs/beacon/src/beacon/__init__.py": "import pluggy\n\nMANAGER = pluggy.PluginManager\n",
        "libs/beacon/src/beacon/cli.py": 'def main() -> None:\n    print("lit")\n',
        "libs/beacon/src/beacon/testing.py": """\
import pytest


@pytest.fixture
def light():
    return "on"
""",
        "libs/beacon/tests/test_beacon.py": """\
import subprocess
from importlib.metadata import version


def test_its_own_plugin_of_pytest_is_loaded(light):
    assert light == "on"


def test_the_version_is_the_dynamic_one():
    assert version("beacon-kit") == "5.2.1"


def test_its_command_runs():
    assert subprocess.check_output(["beacon"], text=True) == "lit\\n"
""",
    },
    packages={"libs/beacon": 3},
)

_SETUPTOOLS_SCM = RealRepo(
    files={
        ".gitignore": "_version.py\n*.egg-info/\n",
        "libs/anchor/pyproject.toml": """\
[build-system]
requires = ["setuptools>=70", "setuptools-scm>=8"]
build-backend = "setuptools.build_meta"

[project]
name = "anchor"
dynamic = ["version"]
requires-python = ">=3.11"
dependencies = []

[project.optional-dependencies]
dev = ["pytest>=8.4,<9"]

[tool.setuptools.packages.find]
where = ["src"]

[tool.setuptools_scm]
root = "../.."
""",
        "libs/anchor/src/anchor/__init__.py": """\
from importlib.metadata import version

__version__ = version("anchor")
""",
        "libs/anchor/tests/test_anchor.py": """\
import anchor


def test_the_version_comes_from_the_tag():
    assert anchor.__version__.startswith(("1.2.3", "1.2.4.dev"))
""",
    },
    packages={"libs/anchor": 1},
    tag="v1.2.3",
)

_FLIT = RealRepo(
    files={
        "libs/sextant/pyproject.toml": """\
[build-system]
requires = ["flit_core>=3.9,<5"]
build-backend = "flit_core.buildapi"

[project]
name = "sextant"
dynamic = ["version", "description"]
requires-python = ">=3.11"
dependencies = ["iniconfig>=2"]

[project.optional-dependencies]
test = ["pytest>=8.4,<9"]

[project.scripts]
sextant = "sextant:main"
""",
        "libs/sextant/sextant/__init__.py": '''\
"""Measures angles."""

import iniconfig

__version__ = "0.9"

READER = iniconfig.IniConfig


def main() -> None:
    print(__version__)
''',
        "libs/sextant/tests/test_sextant.py": """\
import subprocess
from importlib.metadata import metadata


def test_version_and_summary_are_those_of_the_module():
    found = metadata("sextant")
    assert (found["Version"], found["Summary"]) == ("0.9", "Measures angles.")


def test_its_command_runs():
    assert subprocess.check_output(["sextant"], text=True) == "0.9\\n"
""",
    },
    packages={"libs/sextant": 2},
)

_PDM = RealRepo(
    files={
        "libs/mast/pyproject.toml": """\
[build-system]
requires = ["pdm-backend>=2.3"]
build-backend = "pdm.backend"

[project]
name = "mast"
dynamic = ["version"]
requires-python = ">=3.11"
dependencies = ["attrs>=23"]

[dependency-groups]
test = ["pytest>=8.4,<9"]

[tool.pdm.version]
source = "file"
path = "src/mast/__init__.py"

[tool.pdm]
distribution = true
""",
        "libs/mast/src/mast/__init__.py": """\
import attrs

__version__ = "4.0.0"


@attrs.frozen
class Mast:
    height: int
""",
        "libs/mast/tests/test_mast.py": """\
from importlib.metadata import version

from mast import Mast


def test_a_mast_has_a_height():
    assert Mast(3).height == 3


def test_the_version_is_read_from_the_file():
    assert version("mast") == "4.0.0"
""",
    },
    packages={"libs/mast": 2},
)

_REQUIREMENTS = RealRepo(
    files={
        "common/requirements-base.txt": "# What all services need\niniconfig>=2\n",
        "jobs/mailer/requirements.txt": "-r ../../common/requirements-base.txt\nattrs>=23\n",
        "jobs/mailer/requirements-dev.txt": "-r requirements.txt\npytest>=8.4,<9\n",
        "jobs/mailer/mailer.py": """\
import attrs
import iniconfig

READER = iniconfig.IniConfig


@attrs.frozen
class Mail:
    to: str
""",
        "jobs/mailer/tests/test_mailer.py": """\
from mailer import Mail


def test_a_mail_goes_to_somebody():
    assert Mail("ann").to == "ann"
""",
    },
    packages={"jobs/mailer": 1},
    options={"jobs/mailer": "--from-requirements requirements.txt"},
)

_BRICKS = {
    "components/acme/greeting/__init__.py": """\
from acme.greeting.core import greet

__all__ = ["greet"]
""",
    "components/acme/greeting/core.py": """\
import iniconfig

READER = iniconfig.IniConfig


def greet(name: str) -> str:
    return f"hello {name}"
""",
    "bases/acme/greet_api/__init__.py": """\
from acme.greeting import greet


def answer(path: str) -> str:
    return greet(path.strip("/"))
""",
    "workspace.toml": """\
[tool.polylith]
namespace = "acme"

[tool.polylith.structure]
theme = "loose"
""",
}

_POLYLITH_TEST = """\
from acme.greet_api import answer


def test_a_path_is_greeted():
    assert answer("/ann") == "hello ann"
"""

_POLYLITH_POETRY = RealRepo(
    files={
        **_BRICKS,
        "projects/greeter/pyproject.toml": """\
[tool.poetry]
name = "greeter"
version = "0.1.0"
description = "Greets."
authors = ["A <a@example.org>"]
packages = [
    { include = "acme/greet_api", from = "../../bases" },
    { include = "acme/greeting", from = "../../components" },
]

[tool.poetry.dependencies]
python = ">=3.11,<4"
iniconfig = "^2.0"

[tool.poetry.group.dev.dependencies]
pytest = ">=8.4,<9"
"""
        + _POETRY_CORE,
        "projects/greeter/tests/test_greeter.py": _POLYLITH_TEST,
    },
    packages={"projects/greeter": 1},
)

_POLYLITH_UV = RealRepo(
    files={
        **_BRICKS,
        "projects/greeter_uv/pyproject.toml": """\
[build-system]
requires = ["hatchling", "hatch-polylith-bricks"]
build-backend = "hatchling.build"

[project]
name = "greeter-uv"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["iniconfig>=2"]

[dependency-groups]
dev = ["pytest>=8.4,<9"]

[tool.hatch.build.hooks.polylith-bricks]

[tool.polylith.bricks]
"../../bases/acme/greet_api" = "acme/greet_api"
"../../components/acme/greeting" = "acme/greeting"
""",
        "projects/greeter_uv/tests/test_greeter.py": _POLYLITH_TEST,
    },
    packages={"projects/greeter_uv": 1},
)

_NOTEBOOKS = RealRepo(
    files={
        "studies/waves/requirements.txt": "iniconfig>=2\n",
        "studies/waves/first.ipynb": notebook("import iniconfig", "assert iniconfig.IniConfig"),
        "studies/waves/data/heights.csv": "1,2\n",
        "studies/waves/second.ipynb": notebook(
            "assert open('data/heights.csv').read() == '1,2\\n'"
        ),
    },
    packages={"studies/waves": 2},
    options={"studies/waves": "--from-requirements requirements.txt --tests"},
)

_DJANGO = RealRepo(
    files={
        "docker-compose.yml": """\
services:
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: x}
""",
        "sites/shop/manage.py": """\
#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    execute_from_command_line(sys.argv)
""",
        "sites/shop/requirements.txt": "django>=5,<6\n",
        "sites/shop/requirements-dev.txt": """\
-r requirements.txt
pytest>=8.4,<9
pytest-django>=4.9
""",
        "sites/shop/pytest.ini": """\
[pytest]
DJANGO_SETTINGS_MODULE = shop.settings
python_files = tests.py test_*.py
""",
        "sites/shop/shop/__init__.py": "",
        "sites/shop/shop/settings.py": """\
import os

SECRET_KEY = "not a secret"
INSTALLED_APPS = ["django.contrib.contenttypes", "orders"]
ROOT_URLCONF = "shop.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", ":memory:"),
    }
}
""",
        "sites/shop/shop/urls.py": """\
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("health", lambda request: HttpResponse("well"))]
""",
        "sites/shop/orders/__init__.py": "",
        "sites/shop/orders/models.py": """\
from django.db import models


class Order(models.Model):
    name = models.CharField(max_length=20)
""",
        "sites/shop/orders/migrations/__init__.py": "",
        "sites/shop/orders/migrations/0001_initial.py": """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=20)),
            ],
        )
    ]
""",
        "sites/shop/orders/tests.py": """\
import pytest

from orders.models import Order


@pytest.mark.django_db
def test_an_order_is_kept():
    Order.objects.create(name="tea")
    assert Order.objects.get().name == "tea"


def test_it_is_well(client):
    assert client.get("/health").content == b"well"
""",
    },
    packages={"sites/shop": 2},
    options={"sites/shop": "--from-requirements requirements.txt"},
)

# What has nothing at the top of its repo is adopted, built and tested together with others.
REAL_REPOS = {
    "six tools and backends side by side": _together(
        _POETRY, _HATCH, _SETUPTOOLS_SCM, _FLIT, _PDM, _REQUIREMENTS
    ),
    UV_WORKSPACE: _UV_WORKSPACE,
    "uv paths with .python-version": _UV_PATHS,
    "Polylith with Poetry and uv": _together(_POLYLITH_POETRY, _POLYLITH_UV),
    NOTEBOOKS: _NOTEBOOKS,
    "Django with services": _DJANGO,
}
