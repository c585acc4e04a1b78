"""Which modules Python code cannot do without, and which package gives a module."""

import ast
from collections.abc import Iterable, Iterator

from helpers.model.packages.installed import python_name

# Modules whose packages are called otherwise, where no rule of names says so.
_MODULES = {
    "attrs": "attr",
    "beautifulsoup4": "bs4",
    "gitpython": "git",
    "mysqlclient": "mysqldb",
    "opencv-python": "cv2",
    "opencv-python-headless": "cv2",
    "pillow": "pil",
    "protobuf": "google-protobuf",
    "pycryptodome": "crypto",
    "pyjwt": "jwt",
    "pyopenssl": "openssl",
    "pyserial": "serial",
    "pyyaml": "yaml",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}


def gives_module(package: str, module: str) -> bool:
    """Whether a package, by its normalised name, gives a module, as far as names say.

    Args:
        module: with dots: packages of one namespace share the first part.
    """
    names = {package, package.removeprefix("python-"), _MODULES.get(package, package)}
    names |= {package.removesuffix("-python"), package.removesuffix("-binary")}
    # `a`, `a.b`, `a.b.c`: each may be what a package is called after.
    parts = module.split(".")
    return any(python_name(".".join(parts[:end])) in names for end in range(1, len(parts) + 1))


def needed_modules(text: str) -> list[str]:
    """The modules without which the code cannot be imported, with dots, sorted.

    What stands below a `try`, an `if` or in a function may be missing on purpose.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # as Python says of what is nested too deeply, too
    return sorted(set(_imported(tree.body)))


def _imported(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            # The imported name may be a module itself, as in namespaces.
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
