"""Values of settings are shown without the secrets in them."""

import pytest

from helpers.model.stack.shown_values import HIDDEN, shown_value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("db.password", "x"),
        ("passwort", "geheim"),
        ("datenbank.Kennwort", "z"),
        ("apiSchlüssel", "z"),
        ("KEY", "plain"),
        ("signing_key", "plain"),
        ("credentials.db", "x"),
        ("CREDENTIALS", "x"),
        ("secrets.db", "x"),
        ("tokens[0]", "x"),
        ("db_pass", "1"),
        ("dbPwd", "x"),
        ("note", "ghp_" + "a" * 36),
    ],
)
def test_a_secret_is_hidden(key: str, value: str) -> None:
    assert shown_value(key, value) == HIDDEN


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgres://u:geheim@host/db", "postgres://u:***@host/db"),
        ("redis://:12345@host:6379/0", "redis://:***@host:6379/0"),
        ("postgres://u:ge@/he#im?@host/db", "postgres://u:***@host/db"),
        ("amqp://a:x1@one,amqp://b:x2@two", "amqp://a:***@two"),
        ("see https://u:x1@host and more", "see https://u:***@host and more"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("https://ann@host/x", "https://ann@host/x"),
        ("Server=db;Password=x1;Port=1", "Server=db;Password=***;Port=1"),
        ("host=db password='x1 y' user=ann", "host=db password=*** user=ann"),
        ("https://host/?a=1&access_token=x1&b=2", "https://host/?a=1&access_token=***&b=2"),
    ],
)
def test_a_secret_in_a_value_is_hidden(value: str, shown: str) -> None:
    assert shown_value("dsn", value) == shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_tokens", "4096"),
        ("tokenizer", "bert"),
        ("key_file", "/etc/key.pem"),
        ("password", "${DB_PASSWORD}"),
        ("monkey", "Ann"),
        ("compass", "north"),
        ("address", "here"),
        ("image", "shop/api:1.0"),
        ("", "plain"),
    ],
)
def test_what_is_no_secret_is_shown(key: str, value: str) -> None:
    assert shown_value(key, value) == value
