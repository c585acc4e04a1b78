from dataclasses import replace

from helpers.model.inputs import (
    Dependency,
    DependencyGraph,
    DependencyKind,
    FileTree,
    affected_dirs,
    why_affected,
)

_FILES = (
    "README.md",
    "apps/a/code.py",
    "apps/a/inner/code.py",
    "apps/b/code.py",
    "apps/b2/code.py",
    "libs/x/code.py",
    "data/prices.csv",
)


def _graph(*pairs: tuple[str, str], kind: DependencyKind = DependencyKind.MAIN) -> DependencyGraph:
    found: dict[str, list[Dependency]] = {}
    for source, target in pairs:
        found.setdefault(source, []).append(Dependency(source, target, kind, f"{source}/file"))
    sources = {source: tuple(sorted(items)) for source, items in found.items()}
    return DependencyGraph(("apps/a", "apps/a/inner", "apps/b"), sources)


def _tree(*more: str) -> FileTree:
    return FileTree.of(("apps/a", "apps/a/inner", "apps/b", *more), _FILES)


def test_a_dir_sees_its_own_files() -> None:
    assert _graph().inputs("apps/b", _tree()).files == ("apps/b/code.py",)


def test_a_nested_dir_belongs_to_itself() -> None:
    assert _graph().inputs("apps/a", _tree()).files == ("apps/a/code.py",)
    assert _graph().inputs("apps/a/inner", _tree()).files == ("apps/a/inner/code.py",)


def test_the_root_as_a_dir_has_all_that_no_other_has() -> None:
    found = _graph().inputs(".", _tree("."))
    assert found.files == ("README.md", "apps/b2/code.py", "data/prices.csv", "libs/x/code.py")


def test_dependencies_are_followed_to_their_end() -> None:
    graph = _graph(("apps/b", "libs/x"), ("libs/x", "data/prices.csv"))
    found = graph.inputs("apps/b", _tree())
    assert found.files == ("apps/b/code.py", "data/prices.csv", "libs/x/code.py")
    assert [d.target for d in found.path_to("data/prices.csv")] == ["libs/x", "data/prices.csv"]


def test_a_cycle_is_no_error() -> None:
    graph = _graph(("apps/b", "libs/x"), ("libs/x", "apps/b"))
    assert graph.inputs("apps/b", _tree()).files == ("apps/b/code.py", "libs/x/code.py")
    assert graph.cycles() == [("apps/b", "libs/x", "apps/b")]


def test_only_cycles_of_the_kind_are_asked_for() -> None:
    graph = _graph(("apps/b", "libs/x"), ("libs/x", "apps/b"), kind=DependencyKind.DEV)
    assert graph.cycles(DependencyKind.MAIN) == []


def test_the_shortest_way_round_is_shown() -> None:
    graph = _graph(
        ("apps/a", "apps/b"), ("apps/b", "libs/x"), ("libs/x", "apps/a"), ("apps/b", "apps/a")
    )
    assert graph.cycles() == [("apps/a", "apps/b", "apps/a")]


def test_a_long_chain_needs_no_recursion() -> None:
    pairs = [(f"p{number}", f"p{number + 1}") for number in range(5000)]
    assert _graph(*pairs, ("p5000", "p0")).cycles()[0][0] == "p0"


def test_a_change_affects_the_dir_and_its_dependents_alone() -> None:
    graph = _graph(("apps/b", "libs/x"))
    assert affected_dirs(graph, _tree(), ["libs/x/code.py"]) == {"apps/b"}
    assert affected_dirs(graph, _tree(), ["apps/a/inner/code.py"]) == {"apps/a/inner"}
    assert affected_dirs(graph, _tree(), ["README.md", "apps/b2/code.py"]) == frozenset()


def test_a_removed_file_affects_whoever_saw_its_place() -> None:
    assert affected_dirs(_graph(("apps/b", "libs/x")), _tree(), ["libs/x/gone.py"]) == {"apps/b"}


def test_a_nested_dirs_change_does_not_affect_who_depends_on_the_outer() -> None:
    graph = _graph(("apps/b", "apps/a"))
    assert affected_dirs(graph, _tree(), ["apps/a/inner/code.py"]) == {"apps/a/inner"}
    assert affected_dirs(graph, _tree(), ["apps/a/code.py"]) == {"apps/a", "apps/b"}


def test_why_names_the_file_and_the_dependencies() -> None:
    graph = _graph(("apps/b", "libs/x"))
    tree = _tree()
    (found,) = why_affected(graph.inputs("apps/b", tree), ["libs/x/code.py", "README.md"], tree)
    assert found.path == "libs/x/code.py"
    assert [d.declared_in for d in found.through] == ["apps/b/file"]


def test_people_call_the_root_by_the_repos_name() -> None:
    link = Dependency("libs/a", ".", DependencyKind.LINK, "libs/a/x")
    graph = DependencyGraph((".", "libs/a"), {"libs/a": (link,), ".": (replace(link, source="."),)})
    shown = graph.for_people("shop")
    assert shown.dirs == ("libs/a", "shop")
    assert {one.target for found in shown.dependencies.values() for one in found} == {"shop"}
    assert set(shown.dependencies) == {"libs/a", "shop"}
