from helpers.model.affected_dirs import affected_dirs, why_affected
from tests.graphs import small_graph, small_tree


def test_a_change_affects_the_dir_and_its_dependents_alone() -> None:
    graph = small_graph(("apps/b", "libs/x"))
    assert affected_dirs(graph, small_tree(), ["libs/x/code.py"]) == {"apps/b"}
    assert affected_dirs(graph, small_tree(), ["apps/a/inner/code.py"]) == {"apps/a/inner"}
    assert affected_dirs(graph, small_tree(), ["README.md", "apps/b2/code.py"]) == frozenset()


def test_a_removed_file_affects_whoever_saw_its_place() -> None:
    assert affected_dirs(small_graph(("apps/b", "libs/x")), small_tree(), ["libs/x/gone.py"]) == {
        "apps/b"
    }


def test_a_nested_dirs_change_does_not_affect_who_depends_on_the_outer() -> None:
    graph = small_graph(("apps/b", "apps/a"))
    assert affected_dirs(graph, small_tree(), ["apps/a/inner/code.py"]) == {"apps/a/inner"}
    assert affected_dirs(graph, small_tree(), ["apps/a/code.py"]) == {"apps/a", "apps/b"}


def test_why_names_the_file_and_the_dependencies() -> None:
    graph = small_graph(("apps/b", "libs/x"))
    tree = small_tree()
    (found,) = why_affected(graph.inputs("apps/b", tree), ["libs/x/code.py", "README.md"], tree)
    assert found.path == "libs/x/code.py"
    assert [d.declared_in for d in found.through] == ["apps/b/file"]
