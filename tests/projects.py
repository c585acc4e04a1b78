"""Projects as people have them before they know the toolchain: small, whole, without a lock file.

Nothing in them is for the toolchain. Each has tests that pass, the notebooks excepted, which have
none.
"""

import json
from pathlib import Path

from tests.builders import write_files

_PYTEST = "pytest>=8.4,<9"


def write_poetry_application(folder: Path) -> None:
    """An application, its package beside its tests; Poetry in the words that it always had."""
    write_files(
        folder,
        {
            "pyproject.toml": f"""\
[tool.poetry]
name = "greeter"
version = "0.3.0"
description = "Greets from an ini file"
authors = ["Somebody <somebody@example.org>"]
package-mode = false

[tool.poetry.dependencies]
python = ">=3.11,<4"
iniconfig = "^2.0"  # reads what to say

[tool.poetry.group.dev.dependencies]
pytest = "{_PYTEST.removeprefix("pytest")}"
""",
            "greeter/__init__.py": "",
            "greeter/words.py": """\
from iniconfig import IniConfig


def greeting(path: str) -> str:
    return IniConfig(path)["greeting"]["text"]
""",
            "tests/__init__.py": "",
            "tests/test_words.py": """\
from pathlib import Path

from greeter.words import greeting


def test_the_greeting_is_read(tmp_path: Path) -> None:
    file = tmp_path / "greeting.ini"
    file.write_text("[greeting]\\ntext = hello\\n")
    assert greeting(str(file)) == "hello"
""",
        },
    )


def write_uv_workspace(folder: Path) -> None:
    """A workspace whose root depends on one member, which depends on the other."""
    member = """\
[project]
name = "{name}"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = [{needs}]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
    write_files(
        folder,
        {
            "pyproject.toml": f"""\
[project]
name = "shop"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["shop-orders"]

[dependency-groups]
dev = ["{_PYTEST}"]

[tool.uv.workspace]
members = ["packages/*"]

[tool.uv.sources]
shop-orders = {{ workspace = true }}
shop-prices = {{ workspace = true }}
""",
            "packages/orders/pyproject.toml": member.format(
                name="shop-orders", needs='"shop-prices"'
            ),
            "packages/orders/src/shop_orders/__init__.py": """\
from shop_prices import price


def total(items: list[str]) -> int:
    return sum(price(item) for item in items)
""",
            "packages/orders/tests/test_it.py": """\
from shop_orders import total


def test_prices_are_added() -> None:
    assert total(["ab", "c"]) == 3
""",
            "packages/prices/pyproject.toml": member.format(
                name="shop-prices", needs='"iniconfig>=2"'
            ),
            "packages/prices/src/shop_prices/__init__.py": """\
import iniconfig

KNOWN = iniconfig.IniConfig


def price(item: str) -> int:
    return len(item)
""",
            # Of the same name as the other member's.
            "packages/prices/tests/test_it.py": """\
from shop_prices import price


def test_longer_names_cost_more() -> None:
    assert price("abc") == 3
""",
        },
    )


def write_setuptools_library(folder: Path) -> None:
    """A library below `src/`, whose version setuptools finds, with its tests' needs in an extra."""
    write_files(
        folder,
        {
            "pyproject.toml": f"""\
[build-system]
requires = ["setuptools>=70"]
build-backend = "setuptools.build_meta"

[project]
name = "measure-it"
dynamic = ["version"]
requires-python = ">=3.10"
dependencies = ["attrs>=23"]

[project.optional-dependencies]
test = ["{_PYTEST}"]
docs = ["no-such-package-of-anybody-here"]

[tool.setuptools.dynamic]
version = {{ attr = "measure_it.__version__" }}

[tool.setuptools.packages.find]
where = ["src"]
""",
            "src/measure_it/__init__.py": """\
import attrs

__version__ = "2.1"


@attrs.frozen
class Length:
    metres: float
""",
            "tests/test_length.py": """\
from measure_it import Length


def test_lengths_are_equal_by_value() -> None:
    assert Length(1.0) == Length(1.0)
""",
        },
    )


def write_notebooks(folder: Path) -> None:
    """Notebooks, one in a folder of its own, which reads a file beside it; and what they need."""
    write_files(
        folder,
        {
            "requirements.txt": "# What the notebooks import\niniconfig>=2\n",
            "first.ipynb": notebook("import iniconfig", "assert iniconfig.IniConfig"),
            "reports/second.ipynb": notebook("assert open('figures.csv').read() == '1,2\\n'"),
            "reports/figures.csv": "1,2\n",
        },
    )


def notebook(*cells: str) -> str:
    """A notebook as Jupyter writes it, never run, of a kernel that only its writer has."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "id": f"cell-{number}",
                    "metadata": {},
                    "outputs": [],
                    "source": [source],
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {"display_name": "mine", "language": "python", "name": "me"}
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


# A workspace of uv with two members that have nothing to do with each other.
UV_WORKSPACE = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]\n',
    "libs/a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["x"]\n',
    "libs/b/pyproject.toml": '[project]\nname = "b"\ndependencies = ["y"]\n',
}


def uv_workspace_lock(members: dict[str, str], versions: dict[str, str]) -> str:
    """A `uv.lock` of members below `libs/`, each with the package that it needs."""
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "r" }}\n'
        for name, version in versions.items()
    )
    own = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ editable = "libs/{name}" }}\n'
        f'dependencies = [{{ name = "{needs}" }}]\n'
        for name, needs in members.items()
    )
    return f"version = 1\n[manifest]\nmembers = {list(members)}\n{own}{packages}"
