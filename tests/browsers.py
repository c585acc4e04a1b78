"""A browser without a screen, and what axe-core finds wrong in a page that it shows."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.needs import find_program

View = tuple[int, Literal["light", "dark"]]
# The widths of a desk and a phone, each by day and by night.
VIEWS: list[View] = [(1400, "light"), (1400, "dark"), (390, "light"), (390, "dark")]
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The distribution's Chromium."""
    found = shutil.which("chromium-browser") or find_program("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=_ARGUMENTS)
        yield opened
        opened.close()


def faults(browser: Browser, file: Path, view: View, name: str) -> list[str]:
    """What is wrong in a page at one width and colour scheme, closed and with all of it open.

    Args:
        name: of its picture in `tmp.helpers/screenshots`.

    Returns:
        Findings of axe-core that are serious or critical, and the width if it scrolls sideways.
    """
    width, scheme = view
    # The pages refuse foreign scripts, and axe-core is one.
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(file.as_uri())
    folder = working_folder(TOOLCHAIN_ROOT) / "screenshots"
    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
    found = _axe(page)
    for closed in page.locator("details:not([open]) > summary").all():
        closed.click()
    found += _axe(page)
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    return found if scrolled <= width else [*found, f"{scrolled} px wide at {width}"]


def _axe(page: Page) -> list[str]:
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
