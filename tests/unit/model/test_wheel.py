"""Requirements, markers and tags of several packages are composed as installers would see them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.tags import Tag, parse_tag

from helpers.model.wheel import common_tags, needs, requirement_line

_PLATFORMS = ("linux", "win32")
_PYTHONS = ("3.11", "3.13")
_EXTRAS = ("fast", "full")
_OURS = ("api", "text", "store", "log")
_OTHERS = ("numpy", "attrs", "rich")
_MARKERS = (
    "",
    'sys_platform == "win32"',
    'python_version < "3.12"',
    'extra == "fast"',
    'extra == "full" and sys_platform == "linux"',
    '(extra == "fast" or extra == "full") and python_version >= "3.12"',
    'extra != "fast"',
    'sys_platform == "linux" or python_version < "3.12"',
)


def composed(packages: Mapping[str, Sequence[str]], extras: Sequence[str] = _EXTRAS) -> list[str]:
    parsed = {name: [Requirement(one) for one in lines] for name, lines in packages.items()}
    found = needs(next(iter(packages)), parsed, extras)
    return [requirement_line(text, condition) for text, condition in found.items()]


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ({"api": ["text"], "text": ["attrs>=22"]}, ["attrs>=22"]),
        (
            {"api": ['text; sys_platform == "win32"'], "text": ['attrs; os_name == "nt"']},
            ['attrs ; os_name == "nt" and sys_platform == "win32"'],
        ),
        (
            {"api": ["text[fast]"], "text": ['numpy; extra == "fast"', 'rich; extra == "x"']},
            ["numpy"],
        ),
        (
            {"api": ['text[fast]; extra == "full"'], "text": ['numpy; extra == "fast"']},
            ['numpy ; extra == "full"'],
        ),
        # Two ways to the same: either will do. What holds always swallows the rest.
        (
            {"api": ['text; os_name == "nt"', 'attrs; os_name == "java"'], "text": ["attrs"]},
            ['attrs ; os_name == "java" or os_name == "nt"'],
        ),
        ({"api": ["attrs", 'text; os_name == "nt"'], "text": ["attrs"]}, ["attrs"]),
        # An extra that is made of others of the same package.
        (
            {"api": ['api[fast]; extra == "full"', 'numpy; extra == "fast"']},
            ['numpy ; extra == "fast" or extra == "full"'],
        ),
        ({"api": ["text @ file:///somewhere"], "text": ["Rich[b,A]<3,>=1"]}, ["rich[a,b]<3,>=1"]),
        ({"api": ["x @ https://example.org/x.whl"]}, ["x @ https://example.org/x.whl"]),
        # A cycle comes to rest.
        ({"api": ["text"], "text": ["log", "attrs"], "log": ["text"]}, ["attrs"]),
    ],
)
def test_needs_of_others_are_composed(
    packages: Mapping[str, Sequence[str]], expected: list[str]
) -> None:
    assert composed(packages) == expected


def installed(packages: Mapping[str, Sequence[str]], asked: str, where: dict[str, str]) -> set[str]:
    """What an installer would bring besides our own: it follows one requirement after the other."""
    waiting, seen, found = [("api", asked)], set(), set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for one in map(Requirement, packages[name]):
            if one.marker and not one.marker.evaluate({**where, "extra": extra}):
                continue
            if one.name in packages:
                waiting += [(one.name, each) for each in ("", *one.extras)]
            else:
                found.add(f"{one.name}{one.specifier}")
    return found


def environments() -> Iterator[dict[str, str]]:
    for platform, python in itertools.product(_PLATFORMS, _PYTHONS):
        yield {"sys_platform": platform, "python_version": python}


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    graph: dict[str, list[str]] = {}
    for name in _OURS:
        lines = []
        for _ in range(draw(st.integers(0, 4))):
            target = draw(st.sampled_from((*_OURS, *_OTHERS)))
            extras = draw(st.sets(st.sampled_from(_EXTRAS))) if target in _OURS else set()
            marker = draw(st.sampled_from(_MARKERS))
            words = f"{target}[{','.join(sorted(extras))}]" if extras else target
            lines.append(f"{words} ; {marker}" if marker else words)
        graph[name] = lines
    return graph


@given(graphs(), st.sampled_from(("", *_EXTRAS)))
def test_the_wheel_of_any_graph_brings_what_its_packages_would(
    graph: dict[str, list[str]], asked: str
) -> None:
    lines = composed(graph)
    for where in environments():
        bare = installed({"api": lines}, "", where) | installed({"api": lines}, asked, where)
        apart = installed(graph, "", where) | installed(graph, asked, where)
        assert bare == apart, where


@given(graphs())
def test_a_need_stands_once_and_its_marker_is_valid(graph: dict[str, list[str]]) -> None:
    parsed = [Requirement(line) for line in composed(graph)]
    assert len({one.name for one in parsed}) == len(parsed)
    assert all(one.marker is None or Marker(str(one.marker)) for one in parsed)


def tags(*texts: str) -> list[frozenset[Tag]]:
    return [parse_tag(text) for text in texts]


@pytest.mark.parametrize(
    ("wheels", "expected"),
    [
        (("py3-none-any", "py3-none-any"), "py3-none-any"),
        (("py2.py3-none-any", "py3-none-any"), "py3-none-any"),
        (("py3-none-any", "cp313-cp313-linux_x86_64"), "cp313-cp313-linux_x86_64"),
        (("cp313-cp313-linux_x86_64", "py3-none-any"), "cp313-cp313-linux_x86_64"),
        (
            ("cp39-abi3-manylinux_2_17_x86_64", "cp313-cp313-manylinux_2_28_x86_64"),
            "cp313-cp313-manylinux_2_28_x86_64",
        ),
        (
            ("cp313-cp313-manylinux2014_x86_64", "py3-none-linux_x86_64"),
            "cp313-cp313-linux_x86_64",
        ),
        (("py3-none-any", "py3-none-win_amd64"), "py3-none-win_amd64"),
    ],
)
def test_tags_are_those_of_where_all_run(wheels: tuple[str, ...], expected: str) -> None:
    assert common_tags(tags(*wheels)) == parse_tag(expected)


@pytest.mark.parametrize(
    "wheels",
    [
        ("cp312-cp312-linux_x86_64", "cp313-cp313-linux_x86_64"),
        ("cp313-cp313-linux_aarch64", "cp313-cp313-linux_x86_64"),
        ("cp314-abi3-linux_x86_64", "cp313-cp313-linux_x86_64"),
        ("py2-none-any", "py3-none-any"),
        ("cp313-cp313-musllinux_1_2_x86_64", "cp313-cp313-manylinux_2_28_x86_64"),
        ("cp313-cp313-win_amd64", "cp313-cp313-linux_x86_64"),
    ],
)
def test_what_runs_nowhere_together_has_no_tag(wheels: tuple[str, ...]) -> None:
    assert common_tags(tags(*wheels)) == frozenset()
