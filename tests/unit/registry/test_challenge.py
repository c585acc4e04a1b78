import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.registry.challenge import Challenge, choose, read_challenges


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("Basic", [Challenge("basic", {})]),
        ('Basic realm="the team\'s"', [Challenge("basic", {"realm": "the team's"})]),
        ('basic Realm="a, b=\\"c\\""', [Challenge("basic", {"realm": 'a, b="c"'})]),
        (
            'Bearer realm="https://auth.example/token",service="r",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {
                        "realm": "https://auth.example/token",
                        "service": "r",
                        "scope": "repository:a/b:pull,push",
                    },
                )
            ],
        ),
        (
            'Negotiate, Basic realm=x , Bearer realm = "y"',
            [
                Challenge("negotiate", {}),
                Challenge("basic", {"realm": "x"}),
                Challenge("bearer", {"realm": "y"}),
            ],
        ),
    ],
)
def test_challenges_are_read(header: str, expected: list[Challenge]) -> None:
    assert read_challenges(header) == expected


@given(st.text(max_size=80))
def test_no_header_is_too_strange(header: str) -> None:
    assert all(found.scheme == found.scheme.lower() for found in read_challenges(header))


def test_a_token_is_preferred_where_its_server_is_named() -> None:
    basic, bearer = Challenge("basic", {}), Challenge("bearer", {"realm": "https://a.example"})
    assert choose([basic, bearer]) is bearer
    assert choose([Challenge("bearer", {}), basic]) is basic
    assert choose([Challenge("negotiate", {})]) is None
    assert choose([]) is None
