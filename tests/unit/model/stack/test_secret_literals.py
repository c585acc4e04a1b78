"""Which values of a stack file are secrets that everybody reads."""

import pytest

from helpers.model.stack.secret_literals import is_secret_literal


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("POSTGRES_PASSWORD", "hunter2"),
        ("PGPASSWORD", "1234"),
        ("apiToken", "abc"),
        ("CLIENT_SECRET", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("SERVICE_API_KEY", "x"),
        ("--requirepassword", "x"),
        ("PASSWORD", "${PASSWORD:-hunter2}"),
        ("PASSWORD", "${PASSWORD-hunter2}"),
        ("PASSWORD", "cost$$5"),
        ("ANYTHING", "ghp_" + "a" * 36),
        ("", "AKIA" + "A" * 16),
        ("NOTE", "-----BEGIN RSA PRIVATE KEY-----"),
    ],
)
def test_a_literal_is_a_secret(key: str, value: str) -> None:
    assert is_secret_literal(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("POSTGRES_PASSWORD", "${POSTGRES_PASSWORD}"),
        ("POSTGRES_PASSWORD", "$POSTGRES_PASSWORD"),
        ("POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:?is needed}"),
        ("POSTGRES_PASSWORD", "${POSTGRES_PASSWORD:-}"),
        ("POSTGRES_PASSWORD", ""),
        ("POSTGRES_PASSWORD_FILE", "/run/secrets/db"),
        ("PASSWORD", "/run/secrets/db"),
        ("TOKEN_TTL", "300"),
        ("MAX_TOKENS", "4096"),
        ("REQUIRE_TOKEN", "true"),
        ("SECRETARY", "Ann"),
        ("KEY", "plain"),
        ("image", "shop/api:1.0"),
    ],
)
def test_what_names_a_variable_or_no_secret_is_none(key: str, value: str) -> None:
    assert not is_secret_literal(key, value)
