"""What the user asks of a test run."""

from dataclasses import dataclass

from helpers.model.image import Stage
from helpers.model.results import Suite
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version


@dataclass(frozen=True, slots=True)
class TestRequest:
    """Which tests to run, and how.

    Attributes:
        dirs: whose tests are run.
        every_dir: all runnable dirs of the repo: a dir's tests do not include those of a dir
            nested in it.
        jobs: dirs at the same time.
        timeout: seconds that the tests of one dir may take.
        build: make the local image of a dir that has none.
        sibling: give every dir the engine's socket; otherwise its own settings say.
        pytest_args: handed to pytest as they are.
    """

    __test__ = False

    dirs: tuple[RunnableDir, ...]
    every_dir: tuple[RunnableDir, ...]
    suite: Suite = Suite.FAST
    jobs: int = 1
    fail_fast: bool = False
    timeout: float = 3600.0
    stage: Stage = Stage.LOCAL
    version: Version | None = None
    skip_version_check: bool = False
    build: bool = True
    sibling: bool = False
    pytest_args: tuple[str, ...] = ()
