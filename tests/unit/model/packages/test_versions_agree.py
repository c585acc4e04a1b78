import pytest

from helpers.model.packages.versions_agree import Agreement, compare_versions
from helpers.model.version import Version


@pytest.mark.parametrize(
    ("image", "changelog", "expected"),
    [
        ("1.2.3", "1.2.3", Agreement.SAME),
        ("1.2.2", "1.2.3", Agreement.IMAGE_OLDER_PATCH),
        ("1.1.9", "1.2.0", Agreement.IMAGE_TOO_OLD),
        ("0.9.9", "1.0.0", Agreement.IMAGE_TOO_OLD),
        ("1.2.4", "1.2.3", Agreement.IMAGE_NEWER),
        ("2.0.0", "1.9.0", Agreement.IMAGE_NEWER),
    ],
)
def test_an_image_fits_the_code_or_not(image: str, changelog: str, expected: Agreement) -> None:
    assert compare_versions(Version.parse(image), Version.parse(changelog)) is expected
