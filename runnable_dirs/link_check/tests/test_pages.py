from link_check.pages import Page, links_of


def test_links_are_absolute_and_without_fragments() -> None:
    text = '<a href="b.html#x">b</a> <a href="b.html">again</a> <img src="/c.png">'
    found = links_of(text, "http://site/a/index.html")
    assert found == ("http://site/a/b.html", "http://site/c.png")


def test_what_is_no_page_is_no_link() -> None:
    assert links_of('<a href="mailto:ann@example.org">m</a><a>no</a>', "http://site/") == ()


def test_no_answer_and_errors_are_broken() -> None:
    assert Page("http://site/", 0).broken
    assert Page("http://site/", 404).broken
    assert not Page("http://site/", 200).broken
