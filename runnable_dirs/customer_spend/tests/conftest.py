"""What tests of several files share."""

import pytest
from customer_spend.data_loaders.finding import default_source
from customer_spend.errors import InputError


@pytest.fixture(scope="session")
def dummy_data() -> str:
    """The dummy data, as `--data` names it; it is not where the wheel is installed: skipped."""
    try:
        source: str = default_source()
    except InputError as error:
        pytest.skip(str(error))
    return source
