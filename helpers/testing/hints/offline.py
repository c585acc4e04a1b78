"""What a failure says of a network that the tests are not given."""

import re

from helpers.model.results.results import DirResult
from helpers.model.settings.config import DirConfig
from helpers.testing.request import TestRequest
from helpers.testing.suites import is_offline

# What programs say where there is no network: the kernel's words, and those of resolvers.
_NO_NETWORK = re.compile(
    r"Network is unreachable|No route to host|Could not resolve host|Name or service not known"
    r"|Temporary failure in name resolution|getaddrinfo failed|ENETUNREACH|EAI_AGAIN"
)


def offline_hints(result: DirResult, config: DirConfig, request: TestRequest) -> list[str]:
    """That the tests run without a network, where a failure may come of that."""
    if not (request.offline or is_offline(config, request.suite)):
        return []
    texts = (f"{test.message}\n{test.details}" for test in result.tests if test.bad)
    if not any(_NO_NETWORK.search(text) for text in texts):
        return []
    why = "--offline was given" if request.offline else f"the suite {request.suite!r} is offline"
    return [f"these tests run without a network: {why}"]
