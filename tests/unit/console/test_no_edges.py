"""What the graph's page says without edges, done in a real repo."""

import html
import re
from pathlib import Path

import pytest

from helpers.console.graph.page import graph_page
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.inputs import DependencyGraph
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files


def _shown(page: str, id: str) -> str:
    found = re.search(rf'<code id="{id}">(.*?)</code>', page, re.DOTALL)
    assert found, id
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("dirs", "source", "target"),
    [
        (("apps/api", "apps/web"), "apps/api", "apps/web"),
        ((".", "apps/api", "apps/web"), "apps/api", "apps/web"),
        (("apps/api",), "apps/api", "repo_config.yaml"),
        ((".", "apps/api"), "apps/api", "repo_config.yaml"),
        (("apps", "apps/api"), "apps", "repo_config.yaml"),
        (("a: b's", "no", "web"), "a: b's", "no"),
        (("apps/api", "日本 #1"), "apps/api", "日本 #1"),
    ],
)
def test_what_the_page_says_to_write_makes_the_edge(
    tmp_path: Path, dirs: tuple[str, ...], source: str, target: str
) -> None:
    repo = make_repo(tmp_path, commit=False)
    for number, name in enumerate(dirs):
        make_runnable_dir(repo, name, image_name=f"image{number}")
    commit_all(repo.root)
    page = graph_page(read_repo_inputs(repo).graph, "demo")
    assert "No dir declares that it needs" in page
    assert _shown(page, "draw") == "i dirs_graph"
    write_files(repo.root, {_shown(page, "declare-in"): _shown(page, "declare") + "\n"})
    graph = read_repo_inputs(repo).graph
    assert [one.target for one in graph.dependencies[source]] == [target]
    assert "Why there are no edges" not in graph_page(graph, "demo")


@pytest.mark.parametrize(
    ("dirs", "why"),
    [((), "no runnable dir yet"), ((".",), "belong to its root, the only runnable dir")],
)
def test_without_a_dir_below_the_root_the_page_says_how_to_make_one(
    dirs: tuple[str, ...], why: str
) -> None:
    page = graph_page(DependencyGraph(dirs, {}), "demo")
    assert why in page
    assert _shown(page, "make") == "i runnable_dir_create --dir apps/greeter"
