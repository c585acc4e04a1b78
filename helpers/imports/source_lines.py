"""Under what an import stands: for type checkers alone, or where it may fail on purpose."""

import ast
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path


class Guard(StrEnum):
    """What is around an import."""

    NONE = ""
    TYPES = "types"
    OPTIONAL = "optional"


@lru_cache(maxsize=256)
def guards(path: Path) -> dict[int, Guard]:
    """The guarded lines of a file with what guards them; none where it cannot be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    return dict(_guarded(tree.body, Guard.NONE))


def _guarded(body: list[ast.stmt], around: Guard) -> Iterator[tuple[int, Guard]]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if around:
                yield node.lineno, around
        elif isinstance(node, ast.If):
            types = "TYPE_CHECKING" in ast.unparse(node.test)
            yield from _guarded(node.body, around or (Guard.TYPES if types else Guard.OPTIONAL))
            yield from _guarded(node.orelse, around or (Guard.NONE if types else Guard.OPTIONAL))
        elif isinstance(node, ast.Try):
            inside = around or (Guard.OPTIONAL if _takes_missing(node) else Guard.NONE)
            yield from _guarded(node.body, inside)
            for handler in node.handlers:
                yield from _guarded(handler.body, inside)
            yield from _guarded([*node.orelse, *node.finalbody], around)
        else:
            inner = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)]
            yield from _guarded(inner, around)


def _takes_missing(node: ast.Try) -> bool:
    named = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    caught = [one.type for one in node.handlers]
    if None in caught:
        return True
    words = (one for kind in caught if kind for one in ast.walk(kind))
    return any(isinstance(one, ast.Name) and one.id in named for one in words)
