"""Under what an import stands: for type checkers alone, or where it may fail on purpose."""

import ast
from collections.abc import Iterable, Iterator
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


def _guarded(body: Iterable[ast.AST], around: Guard) -> Iterator[tuple[int, Guard]]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if around:
                yield node.lineno, around
        elif isinstance(node, ast.If):
            inside, outside = _branches(node.test)
            yield from _guarded(node.body, around or inside)
            yield from _guarded(node.orelse, around or outside)
        elif isinstance(node, ast.Try | ast.TryStar):
            inside = around or (Guard.OPTIONAL if _takes_missing(node) else Guard.NONE)
            yield from _guarded([*node.body, *node.handlers], inside)
            yield from _guarded([*node.orelse, *node.finalbody], around)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            optional = isinstance(node, ast.match_case) or _suppresses_missing(node)
            inside = around or (Guard.OPTIONAL if optional else Guard.NONE)
            yield from _guarded(ast.iter_child_nodes(node), inside)


def _branches(test: ast.expr) -> tuple[Guard, Guard]:
    """What guards the imports below a condition, and those below its `else`."""
    text = ast.unparse(test)
    if "TYPE_CHECKING" not in text:
        return Guard.OPTIONAL, Guard.OPTIONAL
    found = Guard.TYPES, Guard.NONE
    return found[::-1] if text.startswith("not ") else found


def _suppresses_missing(node: ast.AST) -> bool:
    """Whether it is `with suppress(ImportError)`."""
    if not isinstance(node, ast.With):
        return False
    calls = (one.context_expr for one in node.items if isinstance(one.context_expr, ast.Call))
    return any(
        ast.unparse(call.func).rpartition(".")[2] == "suppress" and _names_missing(call.args)
        for call in calls
    )


def _takes_missing(node: ast.Try | ast.TryStar) -> bool:
    caught = [one.type for one in node.handlers]
    return None in caught or _names_missing(one for one in caught if one)


def _names_missing(kinds: Iterable[ast.expr]) -> bool:
    named = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    words = (one for kind in kinds for one in ast.walk(kind))
    return any(isinstance(one, ast.Name) and one.id in named for one in words)
