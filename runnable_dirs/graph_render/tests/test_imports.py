"""Who imports whom, however it is written."""

from pathlib import Path

import pytest
from graph_render.imports import UnreadablePackageError, find_cycles, read_import_graph

from tests.builders import make_package


@pytest.mark.parametrize(
    "statement",
    [
        "import app.model",
        "import app.model as m",
        "from app import model",
        "from app.model import User",
        "from . import model",
        "from .model import User",
        "def later():\n    from app.model import User",
        "if TYPE_CHECKING:\n    from .model import User",
    ],
)
def test_import_is_found_however_it_is_written(tmp_path: Path, statement: str) -> None:
    package = make_package(tmp_path, {"model.py": "", "view.py": statement})
    assert list(read_import_graph(package).edges) == [("app.view", "app.model")]


def test_dots_count_from_the_package_in_an_init_file(tmp_path: Path) -> None:
    modules = {"web/__init__.py": "from .views import home\nfrom .. import model"}
    package = make_package(tmp_path, {**modules, "web/views.py": "", "model.py": ""})
    assert set(read_import_graph(package).edges) == {
        ("app.web", "app.web.views"),
        ("app.web", "app.model"),
    }


def test_other_packages_are_left_out(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"view.py": "import json\nfrom application import model"})
    assert list(read_import_graph(package).edges) == []


def test_cycle_is_found_and_a_diamond_is_none(tmp_path: Path) -> None:
    circle = {"a.py": "import app.b", "b.py": "import app.c", "c.py": "import app.a"}
    diamond = {"top.py": "import app.x, app.y", "x.py": "import app.z", "y.py": "import app.z"}
    package = make_package(tmp_path, {**circle, **diamond, "z.py": ""})
    assert find_cycles(read_import_graph(package)) == [frozenset({"app.a", "app.b", "app.c"})]


def test_module_that_is_not_python_is_named(tmp_path: Path) -> None:
    package = make_package(tmp_path, {"broken.py": "def ("})
    with pytest.raises(UnreadablePackageError, match=r"broken\.py"):
        read_import_graph(package)


def test_directory_without_modules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePackageError, match="no Python modules"):
        read_import_graph(tmp_path)
