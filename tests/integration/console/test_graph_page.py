from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from helpers.console.graph.page import graph_page
from helpers.model.inputs import Dependency, DependencyGraph, DependencyKind
from tests.browsers import VIEWS, View, faults
from tests.graphs import random_graph

pytestmark = pytest.mark.slow

_HOSTILE = "<img src=x onerror=alert(1)>"
_EDGES = (
    ("apps/api", "libs/http", DependencyKind.MAIN),
    ("apps/api", "testing/tools", DependencyKind.DEV),
    ("apps/web", "libs/core", DependencyKind.MAIN),
    ("apps/web", "libs/http", DependencyKind.MAIN),
    ("apps/web", "libs/model", DependencyKind.LINK),
    ("libs/core", "libs/base", DependencyKind.MAIN),
    ("libs/http", "libs/core", DependencyKind.MAIN),
    ("libs/model", "libs/store", DependencyKind.MAIN),
    ("libs/store", "libs/base", DependencyKind.MAIN),
    ("libs/store", "libs/model", DependencyKind.DECLARED),
    ("testing/tools", "conftest.py", DependencyKind.PYTEST),
)
_DIRS = (".", _HOSTILE, "apps/api", "apps/web", "docs", "libs/core", "testing/tools")


def _graph() -> DependencyGraph:
    found: dict[str, list[Dependency]] = {}
    for source, target, kind in _EDGES:
        one = Dependency(source, target, kind, f"{source}/pyproject.toml")
        found.setdefault(source, []).append(one)
    return DependencyGraph(_DIRS, {name: tuple(sorted(each)) for name, each in found.items()})


class _Opened:
    """The page, and whatever it complained of or asked the network for."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("console", lambda message: self.trouble.append(message.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("dialog", lambda dialog: self.trouble.append(dialog.message))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(file.as_uri())

    def _asked(self, url: str) -> None:
        if not url.startswith("file:"):
            self.trouble.append(url)

    def lit(self) -> set[str]:
        shown = self.page.locator(".graph .place.lit > title").all_text_contents()
        return set(shown)

    def rows(self) -> int:
        return self.page.locator("#edges tbody tr:visible").count()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[_Opened]:
    """The page of a small graph, which must stay without complaint."""
    file = tmp_path / "graph.html"
    file.write_text(graph_page(_graph(), "demo <repo>"), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    made = _Opened(context.new_page(), file)
    yield made
    context.close()
    assert made.trouble == []


def test_the_filter_highlights_a_dir_with_what_it_depends_on(opened: _Opened) -> None:
    opened.page.fill("#search", "libs/http")
    assert opened.lit() == {"libs/http", "libs/core", "libs/base"}
    assert opened.rows() == 2
    assert opened.page.inner_text("#status").startswith("1 of 12 match, they depend on 2 more")
    opened.page.check("#users")
    assert opened.lit() == {"libs/http", "libs/core", "libs/base", "apps/api", "apps/web"}
    assert opened.rows() == 4


def test_a_cycle_is_followed_to_its_end(opened: _Opened) -> None:
    opened.page.fill("#search", "MODEL")
    assert opened.lit() == {"libs/model", "libs/store", "libs/base"}


def test_what_matches_nothing_says_so(opened: _Opened) -> None:
    opened.page.fill("#search", "nothing")
    assert opened.lit() == set()
    assert opened.rows() == 0
    assert opened.page.inner_text("#status").startswith("0 of 12 match")


def test_everything_can_be_done_by_keys(opened: _Opened) -> None:
    keys = opened.page.keyboard
    keys.press("/")
    keys.type("testing")
    assert opened.lit() == {"testing/tools", "conftest.py"}
    keys.press("Escape")
    assert opened.rows() == len(_EDGES)
    for _ in range(3):
        keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    focused = opened.page.evaluate("document.activeElement.getAttribute('aria-label')")
    keys.press("Enter")
    assert focused in opened.lit()
    assert opened.page.input_value("#search") == focused


def test_a_click_highlights_a_hostile_name_as_text(opened: _Opened) -> None:
    opened.page.get_by_role("button", name=_HOSTILE).click()
    assert opened.lit() == {_HOSTILE}
    assert opened.page.locator("img").count() == 0


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("name", ["graph", "no-edges", "wide"])
def test_the_page_is_accessible_on_a_desk_and_on_a_phone(
    browser: Browser, tmp_path: Path, name: str, view: View
) -> None:
    graphs = {
        "graph": _graph(),
        "no-edges": DependencyGraph((".", "apps/api", "apps/web"), {}),
        "wide": random_graph(60, 120, labelled=True, cyclic=10),
    }
    file = tmp_path / "graph.html"
    file.write_text(graph_page(graphs[name], "demo <repo>"), encoding="utf-8")
    assert faults(browser, file, view, f"graph-{name}") == []


def test_text_has_the_room_that_the_layout_gives_it(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "graph.html"
    graph = random_graph(30, 50, labelled=True, cyclic=8)
    file.write_text(graph_page(graph, "demo"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(file.as_uri())
    crossed = page.evaluate(_CROSSED)
    page.close()
    assert crossed["labels"] > 20
    assert crossed["found"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_scheme_of_the_system(opened: _Opened, scheme: str) -> None:
    opened.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    ground, text = (
        opened.page.locator(place).evaluate(f"element => getComputedStyle(element).{what}")
        for place, what in ((".graph .back", "fill"), (".graph .dir text >> nth=0", "fill"))
    )
    assert (_brightness(ground) > _brightness(text)) == (scheme == "light")


def _brightness(colour: str) -> int:
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))


# Names and labels as the browser draws them that a line touches, or another one.
_CROSSED = """() => {
  const words = [...document.querySelectorAll(".graph text")];
  const boxes = words.map((text) => [text.textContent, text.getBBox()]);
  const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x
    || a.y + a.height <= b.y || b.y + b.height <= a.y;
  const found = [];
  boxes.forEach(([one, a], at) => boxes.slice(0, at).forEach(([other, b]) => {
    if (!apart(a, b)) found.push(`${one} overlaps ${other}`);
  }));
  for (const path of document.querySelectorAll(".graph .edge path")) {
    for (let at = 0; at <= path.getTotalLength(); at += 2) {
      const {x, y} = path.getPointAtLength(at);
      for (const [name, box] of boxes) {
        if (x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height) {
          found.push(`a line crosses ${name}`);
        }
      }
    }
  }
  return {found, labels: document.querySelectorAll(".graph .edge text").length};
}"""
