import pytest

from helpers.registry.proxies import is_loopback, proxy_for


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_this_machine_is_known_by_its_names(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("", "r.example", False),
        ("*", "r.example", True),
        ("r.example", "r.example", True),
        ("example", "r.example", True),
        (".example", "r.example", True),
        (".r.example", "r.example", False),
        ("xample", "r.example", False),
        ("other, r.example:443", "r.example", True),
        ("r.example:5000", "r.example", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("nonsense/8", "10.1.2.3", False),
    ],
)
def test_exceptions_are_read_as_programs_in_go_do(no_proxy: str, host: str, direct: bool) -> None:
    environment = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": no_proxy}
    found = proxy_for("https", host, 443, environment)
    assert found == ("" if direct else "http://proxy.example:3128")


def test_variables_in_lower_case_and_addresses_without_a_scheme_are_read() -> None:
    environment = {"https_proxy": "proxy.example:3128"}
    assert proxy_for("https", "r.example", 443, environment) == "http://proxy.example:3128"
    assert proxy_for("http", "r.example", 80, environment) == ""


def test_this_machine_is_never_asked_through_a_proxy() -> None:
    assert proxy_for("https", "127.0.0.1", 5000, {"HTTPS_PROXY": "http://p.example"}) == ""
