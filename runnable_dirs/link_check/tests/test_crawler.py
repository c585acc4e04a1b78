import time

import pytest
from link_check.__main__ import main
from link_check.crawler import Broken, find_broken_links
from link_check.pages import Page, fetch


def test_a_broken_link_is_reported_with_its_page(site: str) -> None:
    assert find_broken_links(site) == [Broken(site, f"{site}gone.html", 404)]


def test_pages_are_followed(site: str) -> None:
    asked = []

    def get(url: str) -> Page:
        asked.append(url)
        return fetch(url)

    find_broken_links(site, get=get)
    assert f"{site}about.html" in asked
    assert len(asked) == len(set(asked))


def test_no_more_is_asked_for_than_wanted(site: str) -> None:
    asked = []

    def get(url: str) -> Page:
        asked.append(url)
        return fetch(url)

    find_broken_links(site, most=2, get=get)
    assert len(asked) == 2


def test_a_site_that_does_not_answer_is_broken_itself() -> None:
    assert find_broken_links("http://localhost:9/") == [Broken("", "http://localhost:9/", 0)]


def test_the_command_exits_with_1(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([site]) == 1
    assert capsys.readouterr().out == f"{site}gone.html (404), on {site}\n"


@pytest.mark.slow
def test_a_sibling_is_reached_by_its_name(named_site: str) -> None:
    deadline = time.monotonic() + 30
    while fetch(named_site).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(find_broken_links(named_site)) == 1
