"""What the user asks of a test run: the one type for it, from the command line to the session."""

from collections.abc import Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.images.name import Stage
from helpers.model.results.results import Suite
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.version import Version


@dataclass(frozen=True, slots=True)
class TestRequest:
    """Which tests to run, and how.

    Attributes:
        dirs: whose tests are run; `choose` narrows them to what `since`, `last_failed` and `shard`
            ask for.
        every_dir: all runnable dirs of the repo: a dir's tests do not include those of a dir
            nested in it.
        suite: one that markers make, all, or a name among the `suites` of dirs.
        jobs: dirs at the same time.
        platform: whose images to test in, where it is not the machine's own.
        images: by dir, the image to test in, where it is not what stage and version say.
        timeout: seconds that the tests of one dir may take.
        build: make the local image of a dir that has none.
        sibling: what the tests of every dir may do with the engine's socket, where it is more than
            what their own settings say.
        dind: give every dir an engine of its own.
        offline: no network but that of the dir's own services, which has no way out.
        pytest_args: handed to pytest as they are.
        only: by dir, the tests that are wanted: node ids, or files; a dir that is not in it runs
            all of its suite.
        workers: processes that share the tests of one dir, as pytest-xdist takes it; empty: one.
        retries: how often a test that failed is tried again.
        coverage: measure which lines the tests run.
        reuse: show a result that was recorded for the same inputs instead of running the tests.
        again: run also what passed before.
        reuse_from: where results of others are read from: a folder, or a URL.
        reuse_write: also record there.
        since: run what changed since the branch left this commit; empty: since the newest
            commit; none: changes do not matter.
        last_failed: run what failed in the last run.
        shard: which part of how many; none: all of them.
        left_out: how many dirs were not asked for, since nothing that they use had changed,
            or since they are in another part.
        allow_no_tests: a run in which no test was collected passes.
        networks: of the stack that is tested, which the dirs' containers join; none: no stack is.
        stack: the file of that stack.
        part: which part this is, in words, with what shows that all parts were cut alike.
    """

    __test__ = False

    dirs: tuple[RunnableDir, ...] = ()
    every_dir: tuple[RunnableDir, ...] = ()
    suite: str = Suite.FAST
    jobs: int = 1
    fail_fast: bool = False
    timeout: float = 3600.0
    stage: Stage = Stage.LOCAL
    version: Version | None = None
    platform: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    skip_version_check: bool = False
    build: bool = True
    sibling: SocketPolicy | None = None
    dind: bool = False
    offline: bool = False
    pytest_args: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    workers: str = ""
    retries: int = 0
    coverage: bool = False
    allow_no_tests: bool = False
    reuse: bool = True
    again: bool = False
    reuse_from: str = ""
    reuse_write: bool = False
    since: str | None = None
    last_failed: bool = False
    shard: tuple[int, int] | None = None
    left_out: int = 0
    part: str = ""
    networks: tuple[str, ...] = ()
    stack: str = ""
