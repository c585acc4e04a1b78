"""Licences as SPDX expressions: read from what a package says, and evaluated.

Expressions: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from helpers.model.dataclass import dataclass
from helpers.model.packages.licence_names import BY_CLASSIFIER, BY_TEXT

UNKNOWN = "unknown"
# Metadata of an image may hold anything; real expressions are far shorter.
_LONGEST = 1000
_GNU = re.compile(r"((?:[AL]?GPL|GFDL)-\d\.\d)(\+?)")
_LEAF = re.compile(r"[^\s()]+(?: WITH [^\s()]+)?")
_WORDS = ("AND", "OR")


@dataclass(frozen=True, slots=True)
class Licence:
    """What is known of a package's licence.

    Attributes:
        shown: its expression, or the words of the package; `unknown`: it says nothing.
        expression: what must be allowed; empty: that cannot be told. Words that mean one of several
            licences are all of them, joined by AND.
    """

    shown: str
    expression: str = ""


def canonical(text: str) -> str:
    """An SPDX expression as it is to be written; empty where the text is none."""
    # Imported here: it holds the names of all licences.
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if len(text) > _LONGEST:
        return ""
    try:
        found = canonicalize_license_expression(text)
        ast.parse(_python(found, ()), mode="eval")
    except (InvalidLicenseExpression, SyntaxError, RecursionError, MemoryError):
        return ""
    return _LEAF.sub(lambda leaf: _modern(leaf[0]), str(found))


def read_licence(text: str, classifiers: Sequence[str] = (), *, is_expression: bool) -> Licence:
    """The licence of a package: its expression (PEP 639), else its classifiers, else its text.

    Args:
        text: `License-Expression` or `License`.
        classifiers: the last words of those of licences.
        is_expression: the text is `License-Expression`.
    """
    text = " ".join(text.split())
    expression = canonical(text)
    if is_expression:
        return Licence(expression or text, expression)
    meant = expression or canonical(BY_TEXT.get(text.casefold(), ""))
    if not classifiers:
        return Licence(meant or text or UNKNOWN, meant)
    words = ", ".join(classifiers)
    possible = [BY_CLASSIFIER.get(one, ()) for one in classifiers]
    if not all(possible):
        return Licence(words)
    # The text may say which of several is meant.
    if meant and all(set(_leaves(meant)) & set(names) for names in possible):
        return Licence(meant, meant)
    every = " AND ".join(dict.fromkeys(name for names in possible for name in names))
    return Licence(every if all(len(names) == 1 for names in possible) else words, every)


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Whether an expression as `canonical` writes it holds with these licences alone."""
    if not expression:
        return False
    return _holds(ast.parse(_python(expression, allowed), mode="eval").body)


def _python(expression: str, allowed: Collection[str]) -> str:
    """The expression in the syntax of Python: it has the same precedence, and a parser."""

    def written(match: re.Match[str]) -> str:
        word = match[0]
        return word.lower() if word in _WORDS else str(_is_among(word, allowed))

    return _LEAF.sub(written, expression)


def _holds(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        each = map(_holds, node.values)
        return all(each) if isinstance(node.op, ast.And) else any(each)
    return isinstance(node, ast.Constant) and node.value is True


def _is_among(leaf: str, allowed: Collection[str]) -> bool:
    """Whether one licence is allowed, by itself or as what it includes.

    An exception (`WITH`) only adds to what its licence grants, and "or later" leaves the choice.
    """
    licence = leaf.partition(" WITH ")[0]
    exact = f"{licence.removesuffix('-or-later')}-only" if licence.endswith("-or-later") else ""
    return bool({leaf, licence, licence.removesuffix("+"), exact} & set(allowed))


def _leaves(expression: str) -> Iterator[str]:
    return (one for one in _LEAF.findall(expression) if one not in _WORDS)


def _modern(leaf: str) -> str:
    """A name of GNU's in its present form: `GPL-3.0+` is `GPL-3.0-or-later`."""
    licence, *exception = leaf.split(" WITH ")
    if old := _GNU.fullmatch(licence):
        licence = f"{old[1]}-{'or-later' if old[2] else 'only'}"
    return " WITH ".join([licence, *exception])
