"""Projects with packages by path, each declared as another tool does, by other backends."""

BACKENDS = {
    "poetry": ("poetry-core>=2,<3", "poetry.core.masonry.api"),
    "hatch": ("hatchling>=1.27,<2", "hatchling.build"),
    "setuptools": ("setuptools>=77", "setuptools.build_meta"),
    "uv": ("uv_build>=0.8,<1", "uv_build"),
    "flit": ("flit_core>=3.11,<4", "flit_core.buildapi"),
}


def build_system(name: str, *more: str) -> str:
    """The table of a backend."""
    requires, backend = BACKENDS[name]
    listed = ", ".join(f'"{one}"' for one in (requires, *more))
    return f'\n[build-system]\nrequires = [{listed}]\nbuild-backend = "{backend}"\n'


def package(name: str, backend: str, *, needs: str = "[]", more: str = "") -> dict[str, str]:
    """A package with one module that says who it is, in `src`, where all backends find it."""
    module = name.replace("-", "_")
    packages = f'packages = [{{include = "{module}", from = "src"}}]'
    own = f"\n[tool.poetry]\n{packages}\n" if backend == "poetry" else ""
    hatch = f'\n[tool.hatch.build.targets.wheel]\npackages = ["src/{module}"]\n'
    return {
        "pyproject.toml": f'[project]\nname = "{name}"\nversion = "1.2"\ndescription = "One"\n'
        f'requires-python = ">=3.11"\ndependencies = {needs}\nlicense-files = ["LICENSE"]\n'
        f"{more}{own}{hatch * (backend == 'hatch')}{build_system(backend)}",
        "LICENSE": f"Of {name}.\n",
        f"src/{module}/__init__.py": f'"""The package {name}."""\n\nNAME = "{name}"\n',
    }


# A project of uv's with a package of each other backend: two of them directly.
SOURCES = """
[project.scripts]
shout = "api:main"

[tool.uv.sources]
text-lib = { path = "../../libs/text" }
store-lib = { path = "../../libs/store" }
"""
LIBS = {
    "text": package("text-lib", "hatch", needs='["iniconfig>=2"]'),
    "store": package(
        "store-lib",
        "setuptools",
        needs='["log-lib", "iniconfig>=2; python_version > \'3\'"]',
        more='[tool.uv.sources]\nlog-lib = { path = "../log" }\n',
    ),
    "log": package("log-lib", "flit"),
}
API = package("api", "uv", needs='["text-lib", "store-lib"]', more=SOURCES)
API["src/api/__init__.py"] = """\
import log_lib
import store_lib
import text_lib


def main() -> None:
    print(text_lib.NAME, store_lib.NAME, log_lib.NAME)
"""


def whole() -> dict[str, str]:
    """The files of a repo with a project and its three packages."""
    found = {f"projects/api/{path}": text for path, text in API.items()}
    for name, files in LIBS.items():
        found |= {f"libs/{name}/{path}": text for path, text in files.items()}
    return found


def _lib(name: str, *, needs: str = "[]", more: str = "") -> dict[str, str]:
    return package(name, "hatch", needs=needs, more=more)


_MAIN = "import text_lib\n\n\ndef main() -> None:\n    print(text_lib.NAME)\n"
_SCRIPT = '[project.scripts]\n{0} = "{0}:main"\n'


def _project(name: str, pyproject: str, **files: str) -> dict[str, str]:
    texts = {"pyproject.toml": pyproject, f"src/{name}/__init__.py": _MAIN, **files}
    return {f"projects/{name}/{path}": text for path, text in texts.items()}


def _head(name: str, needs: str = "") -> str:
    head = f'[project]\nname = "{name}"\nversion = "1.2"\ndescription = "One"\n'
    return f"{head}dependencies = [{needs}]\n"


_POETRY_PATH = """\
[tool.poetry]
name = "by_poetry"
version = "1.2"
description = "One"
authors = ["Somebody <somebody@example.org>"]
packages = [{include = "by_poetry", from = "src"}]

[tool.poetry.dependencies]
python = ">=3.11,<4"
text-lib = {path = "../../libs/text", develop = true, extras = ["more"]}

[tool.poetry.scripts]
by_poetry = "by_poetry:main"
"""
_STANDARD_POETRY = """
[tool.poetry]
packages = [{include = "by_standard", from = "src"}]

[tool.poetry.dependencies]
text-lib = {path = "../../libs/text", develop = true}
"""
_BRICKS = """
[tool.polylith.bricks]
"../../bases/shop/till" = "shop/till"
"../../components/shop/price" = "shop/price"
"""
_HATCH_BRICKS = "\n[tool.hatch.build.hooks.polylith-bricks]\n"
_POETRY_BRICKS = """
[tool.poetry]
packages = [
    {include = "shop/till", from = "../../bases"},
    {include = "shop/price", from = "../../components"},
]

[tool.poetry.dependencies]
text-lib = {path = "../../libs/text"}
"""
_WORKSPACE = """\
[tool.uv.workspace]
members = ["projects/by_workspace", "libs/text"]

[tool.uv.sources]
text-lib = { workspace = true }
"""
_POLYLITH = '[tool.polylith]\nnamespace = "shop"\n'
DECLARATIONS = (
    *("by_poetry", "by_standard", "by_path", "by_workspace", "by_editable"),
    *("bricks_poetry", "bricks_hatch"),
)


def every_declaration() -> dict[str, str]:
    """The files of a repo whose projects declare one package, each as another tool does."""
    needs, source = '"text-lib"', '\n[tool.uv.sources]\ntext-lib = { path = "../../libs/text" }\n'
    more = "[project.optional-dependencies]\nmore = ['iniconfig>=2']\n"
    files = {f"libs/text/{path}": text for path, text in _lib("text-lib", more=more).items()}
    files |= {
        "pyproject.toml": _WORKSPACE,
        "workspace.toml": _POLYLITH,
        "bases/shop/till/__init__.py": "",
        "bases/shop/till/core.py": "import shop.price\nimport text_lib\n\n\n"
        "def main() -> None:\n    print(text_lib.NAME)\n",
        "components/shop/price/__init__.py": "PRICE = 3\n",
    }
    files |= _project("by_poetry", _POETRY_PATH + build_system("poetry"))
    head = _head("by_standard", needs) + _SCRIPT.format("by_standard")
    files |= _project("by_standard", head + _STANDARD_POETRY + build_system("poetry"))
    head = _head("by_path", needs) + _SCRIPT.format("by_path")
    files |= _project("by_path", head + source + build_system("uv"))
    head = _head("by_workspace", needs) + _SCRIPT.format("by_workspace")
    files |= _project("by_workspace", head + build_system("flit"))
    head = _head("by_editable").replace("dependencies = []\n", "") + _SCRIPT.format("by_editable")
    listed = {"requirements.txt": "-e ../../libs/text[more]\n"}
    files |= _project("by_editable", head + build_system("setuptools"), **listed)
    bricks = {"src/bricks_poetry/__init__.py": ""}
    head = _head("bricks_poetry", needs) + "[project.scripts]\ntill = 'shop.till.core:main'\n"
    text = head + _POETRY_BRICKS + build_system("poetry")
    files |= _project("bricks_poetry", text, **bricks)
    head = head.replace("bricks_poetry", "bricks_hatch") + source + _BRICKS + _HATCH_BRICKS
    text = head + build_system("hatch", "hatch-polylith-bricks")
    files |= _project("bricks_hatch", text)
    del files["projects/bricks_hatch/src/bricks_hatch/__init__.py"]  # it only deploys
    return files
