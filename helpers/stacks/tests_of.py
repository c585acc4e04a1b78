"""Which tests are those of a stack, and in whose containers they run."""

from collections.abc import Sequence
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.compose_files import PROJECT
from helpers.engine.containers import list_networks
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import RunnableDir
from helpers.model.stack.places import STACK_TESTS
from helpers.model.stack.services import Service
from helpers.stacks.stack import Stack
from helpers.vcs.files import list_files

_NETWORK = "com.docker.compose.network"


def find_stack_tests(
    stack: Stack, dirs: Sequence[RunnableDir], lender: str
) -> dict[str, tuple[str, ...]]:
    """By dir, the folders with tests of the stack, as seen from the dir.

    Args:
        lender: in whose container tests of the root run where that is no runnable dir; empty: in
            no dir's.

    Raises:
        HelpersError: there are none, or there is no container for those of the root.
    """
    found: dict[str, tuple[str, ...]] = {
        item.name: (STACK_TESTS,) for item in dirs if _has_tests(item.root)
    }
    root = stack.repo.checkout
    if _has_tests(root) and not any(item.root == root for item in dirs):
        if not lender:
            raise HelpersError(
                f"{STACK_TESTS} is in no runnable dir, and no service runs a dir's image",
                where=str(root / STACK_TESTS),
                fix="i stack_test --dir <the dir in whose container it runs>",
            )
        up = "../" * len(stack.repo.own_name(lender).split("/"))
        found[lender] = (*found.get(lender, ()), f"{up}{STACK_TESTS}")
    if not found:
        raise HelpersError(
            f"the stack has no tests: no dir has test_*.py in {STACK_TESTS}",
            where=str(root),
            fix=f"write {STACK_TESTS}/test_stack.py; a service is reached by its name",
        )
    return found


def first_dir(services: Sequence[Service]) -> str:
    """The dir of the first service that runs a dir's image; empty where none does."""
    return next((one.dir for one in services if one.dir), "")


def networks_of(client: Client, stack: Stack) -> tuple[str, ...]:
    """The networks of a stack that is up, the default one first.

    Raises:
        EngineError: the engine does not answer.
    """
    found = list_networks(client, {PROJECT: stack.project})
    return tuple(id for id, own in sorted(found, key=lambda one: one[1].get(_NETWORK) != "default"))


def _has_tests(root: Path) -> bool:
    names = (f":(glob){STACK_TESTS}/**/{pattern}" for pattern in ("test_*.py", "*_test.py"))
    return (root / STACK_TESTS).is_dir() and bool(list_files(root, *names))
