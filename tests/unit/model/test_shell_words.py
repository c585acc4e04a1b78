"""A text is one word, whatever is in it."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.shell_words import quoted, quoted_in_dockerfile
from helpers.system.process import run

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(_TEXTS)
def test_a_shell_reads_the_text_that_was_quoted(text: str) -> None:
    assert shlex.split(f"rm {quoted(text)}") == ["rm", text]


@pytest.mark.parametrize("text", ["o'brien", "-rf", "$HOME `id` !x", "a\nb", "ü", "", "~", "*"])
def test_a_real_shell_reads_it_too(text: str) -> None:
    assert run(["bash", "-c", f"printf %s {quoted(text)}"]).stdout == text


@given(_TEXTS)
def test_a_dockerfile_reads_the_text_that_was_quoted(text: str) -> None:
    word = quoted_in_dockerfile(text)
    assert re.fullmatch(r'"(?:[^"\\$]|\\["\\$])*"', word)
    assert re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL) == text
