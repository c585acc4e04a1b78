"""The report in a browser: what people click and type, in light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import (
    DirResult,
    DirState,
    Phase,
    Reused,
    RunResult,
    TestCase,
    TestOutcome,
)
from helpers.testing.report.page import render_report
from tests.browsers import VIEWS, View, faults

pytestmark = pytest.mark.slow

_HOSTILE = "</script><script>document.title='owned'</script><!-- \" ' & \x00\x1b[2J"
_HOSTILE_SHOWN = "</script><script>document.title='owned'</script><!-- \" ' & \\x00\\x1b[2J"
_SOURCE = "def price(x):\n    if x:\n        return 1\n    return 2\n"


def _run() -> RunResult:
    passed = tuple(
        TestCase(f"tests/test_a.py::test_{n}", TestOutcome.PASSED, n / 100) for n in range(449)
    )
    failed = TestCase(
        "tests/test_b.py::test_price", TestOutcome.FAILED, 1.2, "assert 2 == 1",
        "def test_price():\n>       assert price(0) == 1\nE       assert 2 == 1\n"
        f"--- Captured stdout call ---\n{_HOSTILE}",
    )  # fmt: skip
    flaky = TestCase(
        "tests/test_b.py::test_clock", TestOutcome.PASSED, 0.3, "assert late", attempts=2
    )
    skipped = TestCase("tests/test_b.py::test_gpu", TestOutcome.SKIPPED, 0.0, "no GPU here")
    hostile = TestCase(f"hostile{_HOSTILE}", TestOutcome.PASSED, 0.0)
    phases = (
        Phase(DirState.WAITING, 0.0, 0.4), Phase(DirState.BUILDING, 0.4, 3.0),
        Phase(DirState.STARTING, 3.0, 3.5), Phase(DirState.TESTING, 3.5, 9.0),
    )  # fmt: skip
    shop = DirResult(
        "apps/shop", DirState.FAILED, "shop:local-ann-1.2.0", 9.0,
        (failed, flaky, skipped, hostile),
        version="1.2.0", phases=phases,
        hints=("data/prices.csv is in the repo, but is no input of apps/shop",),
        coverage=(FileCoverage("apps/shop/price.py", (1, 2, 4), (3,)),),
    )  # fmt: skip
    stock = DirResult(
        "apps/stock", DirState.PASSED, "stock:local-ann-2.0.0", 5.1, passed, version="2.0.0",
        phases=(Phase(DirState.WAITING, 0, 0.2), Phase(DirState.TESTING, 0.2, 5.3)),
    )  # fmt: skip
    mail = DirResult(
        "apps/mail", DirState.PASSED, "mail:local-ann-1.0.0", 3.3, (passed[0],), version="1.0.0",
        reused=Reused("20260101-120000-abcdef", "2026-01-01T12:00:00+00:00", "/mnt/results"),
    )  # fmt: skip
    lost = DirResult(
        "libs/lost", DirState.ERROR, problem="the image lost:local is not on this engine",
        fix="i docker_build_local_image --dir libs/lost",
    )  # fmt: skip
    dirs = (shop, stock, mail, lost)
    return RunResult(
        "run-7", "tmp/run-7", dirs, 9.3, started="2026-01-02T03:04:05+00:00", left_out=3
    )


@dataclass
class Witness:
    """What a page asked for and complained of."""

    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", self._on_request)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    def _on_request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _on_error(self, error: Error) -> None:
        self.said.append(str(error))


def _sources() -> dict[str, str]:
    return {"apps/shop/price.py": _SOURCE}


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The report, opened; a request, or an error on its console, is a failure."""
    path = tmp_path / "report.html"
    path.write_text(render_report(_run(), _sources()))
    opened = browser.new_page(viewport={"width": 1200, "height": 1000})
    witness = Witness()
    witness.watch(opened)
    opened.goto(path.as_uri())
    yield opened
    without_icon = [url for url in witness.asked if not url.startswith("data:")]
    assert [url.partition("#")[0] for url in without_icon] == [path.as_uri()]
    assert witness.said == []
    opened.close()


def _names(page: Page, table: str) -> list[str]:
    return page.locator(f"#{table} tbody tr:visible > :first-child").all_inner_texts()


def _active(page: Page) -> str:
    """The element that has the focus, in short."""
    found = page.evaluate("document.activeElement.id || document.activeElement.textContent")
    assert isinstance(found, str)
    return found


def _tab_to(page: Page, wanted: str) -> None:
    for _ in range(100):
        page.keyboard.press("Tab")
        if _active(page) == wanted:
            return
    pytest.fail(f"Tab never came to {wanted}")


def test_totals_failures_and_the_command_are_there(page: Page) -> None:
    assert "1 dir in error, 1 dir failed, 2 dirs passed" in page.inner_text("h1")
    shown = page.inner_text("details[open]")
    assert "assert 2 == 1" in shown
    assert "./main_pytest.py --dir apps/shop --suite all -- tests/test_b.py::test_price" in shown
    assert "i docker_build_local_image --dir libs/lost" in page.inner_text("#failures")


def test_totals_tell_every_kind(page: Page) -> None:
    tests, dirs = page.locator(".card ul").all_inner_texts()
    assert tests.split("\n") == [
        "452 passed", "1 failed", "0 error", "1 skipped", "1 flaky", "1 reused",
    ]  # fmt: skip
    assert dirs.split("\n") == ["2 passed", "1 failed", "1 error", "1 flaky", "1 reused"]
    assert "3 dirs skipped" in page.inner_text("header")


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    assert _HOSTILE_SHOWN in page.inner_text("details[open] pre")
    page.fill("#tests-filter", "hostile")
    [shown] = _names(page, "tests-table")
    assert _HOSTILE_SHOWN in shown
    assert "owned" not in page.title()
    assert page.evaluate("document.scripts.length") == 3


def test_the_copy_button_copies_the_command(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("details[open] button.copy")
    button.click()
    page.wait_for_function("document.querySelector('details[open] .copy').textContent === 'copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "./main_pytest.py --dir apps/shop --suite all -- tests/test_b.py::test_price"


def test_dirs_are_filtered_and_sorted(page: Page) -> None:
    assert _names(page, "dirs-table") == ["libs/lost", "apps/shop", "apps/stock", "apps/mail"]
    page.fill("#dirs-filter", "SHOP local")
    assert _names(page, "dirs-table") == ["apps/shop"]
    page.keyboard.press("Escape")
    page.select_option("#dirs-kind", "passed")
    assert _names(page, "dirs-table") == ["apps/stock", "apps/mail"]
    page.select_option("#dirs-kind", "reused")
    assert _names(page, "dirs-table") == ["apps/mail"]
    page.select_option("#dirs-kind", "")
    page.click("#dirs-table th button:has-text('seconds')")
    names = ["apps/shop", "apps/stock", "apps/mail", "libs/lost"]
    assert _names(page, "dirs-table") == names
    seconds = page.locator("#dirs-table th:has(button:has-text('seconds'))")
    assert seconds.get_attribute("aria-sort") == "descending"
    page.click("#dirs-table th button:has-text('seconds')")
    assert seconds.get_attribute("aria-sort") == "ascending"
    assert _names(page, "dirs-table") == names[::-1]


def test_tests_are_filtered_sorted_and_shown_in_steps(page: Page) -> None:
    rows = page.locator("#tests-table tbody tr")
    assert rows.count() == 200
    assert "test_price" in rows.first.inner_text(), "what failed stands first"
    page.click("#tests-more")
    assert rows.count() == 400
    page.click("#tests-more")
    assert rows.count() == 454
    assert page.locator("#tests-more").is_hidden()
    page.fill("#tests-filter", "test_price")
    assert rows.count() == 1
    assert page.inner_text("#tests-count") == "1 of 454"
    page.fill("#tests-filter", "")
    page.select_option("#tests-kind", "skipped")
    assert rows.all_inner_texts()[0].split()[:1] == ["tests/test_b.py::test_gpu"]
    assert "no GPU here" in rows.first.inner_text()
    page.select_option("#tests-kind", "")
    page.click("#tests-table th button:has-text('seconds')")
    assert "test_448" in rows.first.inner_text()
    page.click("#tests-table th button:has-text('test')")
    assert "hostile" in rows.first.inner_text()


def test_a_test_leads_to_its_failure(page: Page) -> None:
    page.click("#tests-table a:has-text('test_price')")
    assert page.locator("details.failure[open]").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_everything_is_reached_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert _active(page) == "Skip to the results"
    assert page.locator(".skip").bounding_box() != {"x": 0, "y": 0, "width": 1, "height": 1}
    page.keyboard.press("Enter")
    assert _active(page) == "content"
    _tab_to(page, page.locator("summary:has-text('test_price')").text_content() or "")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.locator("details.failure[open]").count() == 0, "the only failure was open"
    _tab_to(page, "dirs-filter")
    page.keyboard.type("stock")
    assert _names(page, "dirs-table") == ["apps/stock"]
    _tab_to(page, "state")
    page.keyboard.press("Space")
    assert page.locator("#dirs-table th[aria-sort=ascending]").inner_text() == "state"
    page.keyboard.press("/")
    assert _active(page) == "tests-filter"
    page.keyboard.type("a/price")
    assert page.input_value("#tests-filter") == "a/price", "within a field it is a letter"


def test_sources_are_shown_with_what_did_not_run(page: Page) -> None:
    assert page.locator("#coverage table").count() == 0, "made when it is asked for"
    page.click("#coverage summary")
    assert page.locator("#coverage tbody tr").inner_text().split() == [
        "apps/shop/price.py", "75%", "4", "3",
    ]  # fmt: skip
    page.click("button.source")
    assert page.inner_text(".lines .missed").split() == ["3", "!", "return", "1"]
    assert page.locator(".lines .ran").count() == 3
    page.click("button.source")
    assert page.locator(".lines").count() == 0


def test_the_time_axis_names_every_phase(page: Page) -> None:
    assert page.locator("#time rect").count() == 6
    assert "building the image, 2.60 s" in page.locator("#time rect.building title").inner_html()
    assert "testing 10.6 s" in page.inner_text(".legend")
    testing = page.locator("#time tbody tr:has-text('shop') rect.testing").bounding_box()
    frame = page.locator("#time tbody tr:has-text('shop') svg").bounding_box()
    assert testing
    assert frame
    assert (testing["x"] - frame["x"]) / frame["width"] == pytest.approx(3.5 / 9.3, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.click("#coverage summary")
    page.click("button.source")
    page.mouse.move(0, 0)
    weakest = page.evaluate(_CONTRAST)
    assert weakest["ratio"] >= 4.5, weakest


@pytest.mark.superslow
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_the_page_is_accessible_on_a_desk_and_on_a_phone(
    browser: Browser, tmp_path: Path, view: View
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(_run(), _sources()))
    assert faults(browser, path, view, "report") == []


def test_a_phone_shows_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    for summary in page.locator("summary").all():
        summary.click()
    page.click("button.source")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_on_paper_failures_are_open_and_controls_are_gone(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.failure pre").is_visible()
    assert not page.locator("#tests-filter").is_visible()
    assert page.locator("#dirs-table thead").is_visible()
    assert page.locator("#dirs-table thead").inner_text().split()[0] == "dir"


def test_without_a_script_the_essentials_are_there(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(_run(), _sources()))
    page = browser.new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    assert "452 passed" in page.inner_text("header")
    assert page.locator("#dirs-table tbody tr").count() == 4
    assert "assert 2 == 1" in page.inner_text("details[open]")
    assert "JavaScript" in page.inner_text("#tests")
    assert not page.locator("form").first.is_visible()
    page.close()


def test_the_policy_refuses_markup_and_code_of_others(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(_run(), _sources()))
    page = browser.new_page()
    page.goto(path.as_uri())
    refused = page.evaluate("""() => {
      try { document.body.innerHTML = "<b>owned</b>"; return "set"; }
      catch (error) { return error.name; }
    }""")
    assert refused == "TypeError"
    complaint = page.evaluate("""() => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (e) => done(e.violatedDirective));
      document.body.append(Object.assign(document.createElement("img"), {src: "x.png"}));
    })""")
    assert complaint == "img-src"
    page.close()


def test_a_large_run_opens_and_filters_quickly(browser: Browser, tmp_path: Path) -> None:
    tests = tuple(
        TestCase(f"tests/test_module.py::test_{number}", TestOutcome.PASSED, number / 100)
        for number in range(20)
    )
    phases = (Phase(DirState.WAITING, 0, 1), Phase(DirState.TESTING, 1, 2))
    dirs = tuple(
        DirResult(f"apps/app_{number}", DirState.PASSED, tests=tests, phases=phases)
        for number in range(1000)
    )
    path = tmp_path / "report.html"
    path.write_text(render_report(RunResult("run-8", "tmp/run-8", dirs, 9.0), {}))
    page = browser.new_page()
    page.goto(path.as_uri())
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    typed = page.evaluate(_TYPED)
    page.close()
    # Some 500 ms and 10 ms where they were measured; the bounds leave room for a busy machine.
    assert opened < 3000
    assert typed < 500


_TYPED = """() => {
  const field = document.getElementById("tests-filter"), began = performance.now();
  field.value = "app_7 test_1";
  field.dispatchEvent(new Event("input"));
  document.body.getBoundingClientRect();
  return performance.now() - began;
}"""
# The least contrast of any text with what is behind it: https://www.w3.org/TR/WCAG22/#contrast-minimum
_CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map(
      (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  let least = {ratio: 99};
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const hidden = element.closest("script, style, svg, noscript") || !element.checkVisibility();
    if (!own || hidden) continue;
    const pair = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort();
    const [low, high] = [Math.min(...pair), Math.max(...pair)];
    const ratio = (high + 0.05) / (low + 0.05);
    const text = element.textContent.slice(0, 60);
    if (ratio < least.ratio) least = {ratio, text, name: element.className};
  }
  return least;
}"""
