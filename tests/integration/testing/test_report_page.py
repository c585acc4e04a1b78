"""The report in a browser: what people click and type, in light and dark."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from helpers.model.coverage import FileCoverage
from helpers.model.results import (
    DirResult,
    DirState,
    Outcome,
    Phase,
    Reused,
    RunResult,
    TestCase,
)
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.testing.report.page import render_report

pytestmark = pytest.mark.slow

_CHROMIUM = shutil.which("chromium")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
_HOSTILE = "</script><script>document.title='owned'</script>"
_SOURCE = "def price(x):\n    if x:\n        return 1\n    return 2\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if _CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI always has a browser: install the package chromium")
        pytest.skip("needs the package chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
        yield opened
        opened.close()


def _run() -> RunResult:
    passed = tuple(
        TestCase(f"tests/test_a.py::test_{n}", Outcome.PASSED, n / 100) for n in range(450)
    )
    failed = TestCase(
        "tests/test_b.py::test_price", Outcome.FAILED, 1.2, "assert 2 == 1",
        "def test_price():\n>       assert price(0) == 1\nE       assert 2 == 1\n"
        f"--- Captured stdout call ---\n{_HOSTILE}",
    )  # fmt: skip
    flaky = TestCase("tests/test_b.py::test_clock", Outcome.PASSED, 0.3, "assert late", attempts=2)
    skipped = TestCase("tests/test_b.py::test_gpu", Outcome.SKIPPED, 0.0, "no GPU here")
    phases = (
        Phase(DirState.WAITING, 0.0, 0.4), Phase(DirState.BUILDING, 0.4, 3.0),
        Phase(DirState.STARTING, 3.0, 3.5), Phase(DirState.TESTING, 3.5, 9.0),
    )  # fmt: skip
    shop = DirResult(
        "apps/shop", DirState.FAILED, "shop:local-ann-1.2.0", 9.0, (failed, flaky, skipped),
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
        mend="i docker_build_local_image --dir libs/lost",
    )  # fmt: skip
    dirs = (shop, stock, mail, lost)
    return RunResult(
        "run-7", "tmp/run-7", dirs, 9.3, started="2026-01-02T03:04:05+00:00", left_out=3
    )


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The report, opened; a request, or an error on its console, is a failure."""
    path = tmp_path / "report.html"
    path.write_text(render_report(_run(), {"apps/shop/price.py": _SOURCE}))
    opened = browser.new_page(viewport={"width": 1200, "height": 1000})
    asked: list[str] = []
    said: list[str] = []

    def on_request(request: Request) -> None:
        asked.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        said.append(message.text)

    opened.on("request", on_request)
    opened.on("console", on_console)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    assert asked == [path.as_uri()]
    assert said == []
    opened.close()


def test_totals_failures_and_the_command_are_there(page: Page) -> None:
    assert "2 of 4 dirs did not pass" in page.inner_text("h1")
    page.click("summary:has-text('test_price')")
    shown = page.inner_text("details[open]")
    assert "assert 2 == 1" in shown
    assert _HOSTILE in shown, "what a test printed is text"
    assert "./main_pytest.py --dir apps/shop --suite all -- tests/test_b.py::test_price" in shown
    assert "i docker_build_local_image --dir libs/lost" in page.inner_text("#failures")
    assert page.title() != "owned"


def test_dirs_are_filtered_and_sorted(page: Page) -> None:
    visible = "#dirs-table tbody tr:visible"
    page.fill("#dirs-filter", "shop")
    assert page.locator(visible).count() == 1
    page.fill("#dirs-filter", "")
    page.select_option("#dirs-filter-kind", "passed")
    assert page.locator(visible).count() == 2
    page.select_option("#dirs-filter-kind", "")
    page.click("#dirs-table th button:has-text('seconds')")
    names = page.locator(f"{visible} td:first-child").all_inner_texts()
    assert names == ["libs/lost", "apps/mail", "apps/stock", "apps/shop"]
    page.click("#dirs-table th button:has-text('seconds')")
    assert page.locator(f"{visible} td:first-child").all_inner_texts() == names[::-1]


def test_tests_are_filtered_sorted_and_shown_in_steps(page: Page) -> None:
    rows = page.locator("#tests-table tbody tr")
    assert rows.count() == 100
    page.click("#more")
    assert rows.count() == 200
    page.fill("#tests-filter", "test_price")
    assert rows.count() == 1
    page.fill("#tests-filter", "")
    page.select_option("#tests-filter-kind", "skipped")
    assert rows.all_inner_texts()[0].split()[:2] == ["skipped", "tests/test_b.py::test_gpu"]
    page.select_option("#tests-filter-kind", "")
    seconds = page.locator("#tests-table th button:has-text('seconds')")
    seconds.click()
    seconds.click()
    assert "test_449" in rows.first.inner_text()


def test_everything_is_reached_by_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    page.keyboard.type("test_price")
    assert page.locator("#tests-table tbody tr").count() == 1
    page.focus("summary:has-text('test_price')")
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    page.focus("#dirs-table th button:has-text('state')")
    page.keyboard.press("Space")
    assert page.locator("#dirs-table th[aria-sort]").count() == 1


def test_sources_are_shown_with_what_did_not_run(page: Page) -> None:
    page.click("#coverage summary")
    page.click("button.source")
    assert page.inner_text(".lines .missed").split() == ["3", "return", "1"]
    assert page.locator(".lines .ran").count() == 3
    page.click("button.source")
    assert page.locator(".lines").count() == 0


def test_the_time_axis_names_every_phase(page: Page) -> None:
    assert page.locator("#time rect").count() == 6
    assert "building the image: 2.60 s" in page.locator("#time rect.building title").inner_html()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_legible(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.click("#coverage summary")
    page.click("button.source")
    weakest = page.evaluate(_CONTRAST)
    folder = working_folder(TOOLCHAIN_ROOT) / "screenshots"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"report-{scheme}.png", full_page=True)
    assert weakest["ratio"] >= 4.5, weakest


def test_a_phone_shows_it_without_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


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
