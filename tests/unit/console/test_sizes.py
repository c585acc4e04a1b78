import pytest

from helpers.console.sizes import readable_size
from helpers.console.usage_table import print_usage
from helpers.model.results.usage import Usage


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_345, "12 kB"),
        (602_929_926, "603 MB"),
        (999_700, "1.0 MB"),
        (2_150_000_000, "2.1 GB"),
        (5_000_000_000_000_000, "5000 TB"),
    ],
)
def test_sizes_are_short(size: int, shown: str) -> None:
    assert readable_size(size) == shown


@pytest.mark.parametrize(
    ("size", "shown"), [(12, "12 B"), (12_345, "12.3 kB"), (602_929_926, "602.9 MB")]
)
def test_sizes_that_are_compared_have_a_decimal(size: int, shown: str) -> None:
    assert readable_size(size, exact=True) == shown


def test_a_line_for_each_container(capsys: pytest.CaptureFixture[str]) -> None:
    usage = Usage(0, 0, 25_000_000, 0, 3)
    print_usage([("apps/a", "kept", "x", usage, 0.254), ("apps/a", "service", "y", usage, None)])
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["cpu", "memory", "pids", "dir", "role", "name"]
    assert first.split() == ["25.4%", "25", "MB", "3", "apps/a", "kept", "x"]
    assert second.split() == ["25", "MB", "3", "apps/a", "service", "y"]
