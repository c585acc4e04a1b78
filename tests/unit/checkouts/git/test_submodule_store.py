import pytest

from helpers.checkouts.git.submodule_store import resolve_url


@pytest.mark.parametrize(
    ("base", "url", "found"),
    [
        ("https://git.example/team/app.git", "https://other.example/x", "https://other.example/x"),
        ("https://git.example/team/app.git", "../lib.git", "https://git.example/team/lib.git"),
        ("https://git.example/team/app.git/", "../lib.git", "https://git.example/team/lib.git"),
        ("https://git.example/team/app.git", "../../us/lib", "https://git.example/us/lib"),
        ("https://git.example/team/app.git", "./lib", "https://git.example/team/app.git/lib"),
        ("git@git.example:team/app.git", "../lib.git", "git@git.example:team/lib.git"),
        ("git@git.example:app.git", "../lib.git", "git@git.example:lib.git"),
        ("/srv/app.git", ".././lib.git", "/srv/lib.git"),
        ("/srv/app.git", "/elsewhere/lib.git", "/elsewhere/lib.git"),
    ],
)
def test_a_relative_address_is_meant_from_the_parents(base: str, url: str, found: str) -> None:
    assert resolve_url(base, url) == found
