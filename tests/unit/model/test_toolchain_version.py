import pytest

from helpers.model.errors import HelpersError
from helpers.model.toolchain_version import check_driving
from helpers.model.version import Version


@pytest.mark.parametrize("inner", ["1.0.0", "1.9.0", "2.0.0", "2.8.1", None])
def test_settings_of_the_same_and_of_the_last_major_version_are_understood(
    inner: str | None,
) -> None:
    check_driving(Version(2, 1, 0), Version.parse(inner) if inner else None, "inner")


def test_a_toolchain_that_is_too_old_is_named_with_what_to_upgrade() -> None:
    with pytest.raises(HelpersError, match=r"libs/inner is version 1\.4\.0") as caught:
        check_driving(Version(3, 0, 0), Version(1, 4, 0), "libs/inner")
    assert caught.value.fix == "in libs/inner: i helpers_upgrade --to v3.0.0"


def test_a_repo_ahead_of_the_toolchain_that_drives_says_so() -> None:
    with pytest.raises(HelpersError, match=r"is version 4\.0\.0, and 3\.0\.0 drives") as caught:
        check_driving(Version(3, 0, 0), Version(4, 0, 0), "inner")
    assert caught.value.fix == "in the outermost repo: i helpers_upgrade --to v4.0.0"
