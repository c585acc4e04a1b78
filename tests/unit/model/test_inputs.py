from dataclasses import replace

from helpers.model.inputs import Dependency, DependencyGraph, DependencyKind
from tests.graphs import small_graph, small_tree


def test_a_dir_sees_its_own_files() -> None:
    assert small_graph().inputs("apps/b", small_tree()).files == ("apps/b/code.py",)


def test_a_nested_dir_belongs_to_itself() -> None:
    assert small_graph().inputs("apps/a", small_tree()).files == ("apps/a/code.py",)
    assert small_graph().inputs("apps/a/inner", small_tree()).files == ("apps/a/inner/code.py",)


def test_the_root_as_a_dir_has_all_that_no_other_has() -> None:
    found = small_graph().inputs(".", small_tree("."))
    assert found.files == ("README.md", "apps/b2/code.py", "data/prices.csv", "libs/x/code.py")


def test_dependencies_are_followed_to_their_end() -> None:
    graph = small_graph(("apps/b", "libs/x"), ("libs/x", "data/prices.csv"))
    found = graph.inputs("apps/b", small_tree())
    assert found.files == ("apps/b/code.py", "data/prices.csv", "libs/x/code.py")
    assert [d.target for d in found.path_to("data/prices.csv")] == ["libs/x", "data/prices.csv"]


def test_a_cycle_is_no_error() -> None:
    graph = small_graph(("apps/b", "libs/x"), ("libs/x", "apps/b"))
    assert graph.inputs("apps/b", small_tree()).files == ("apps/b/code.py", "libs/x/code.py")
    assert graph.cycles() == [("apps/b", "libs/x", "apps/b")]


def test_only_cycles_of_the_kind_are_asked_for() -> None:
    graph = small_graph(("apps/b", "libs/x"), ("libs/x", "apps/b"), kind=DependencyKind.DEV)
    assert graph.cycles(DependencyKind.MAIN) == []


def test_the_shortest_way_round_is_shown() -> None:
    graph = small_graph(
        ("apps/a", "apps/b"), ("apps/b", "libs/x"), ("libs/x", "apps/a"), ("apps/b", "apps/a")
    )
    assert graph.cycles() == [("apps/a", "apps/b", "apps/a")]


def test_a_long_chain_needs_no_recursion() -> None:
    pairs = [(f"p{number}", f"p{number + 1}") for number in range(5000)]
    assert small_graph(*pairs, ("p5000", "p0")).cycles()[0][0] == "p0"


def test_people_call_the_root_by_the_repos_name() -> None:
    link = Dependency("libs/a", ".", DependencyKind.LINK, "libs/a/x")
    graph = DependencyGraph((".", "libs/a"), {"libs/a": (link,), ".": (replace(link, source="."),)})
    shown = graph.for_people("shop")
    assert shown.dirs == ("libs/a", "shop")
    assert {one.target for found in shown.dependencies.values() for one in found} == {"shop"}
    assert set(shown.dependencies) == {"libs/a", "shop"}
