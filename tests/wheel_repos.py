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
